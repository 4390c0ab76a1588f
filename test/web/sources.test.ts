/** What no file of the dashboard may do, whoever writes it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', 'web');

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(?:tsx?|css|html)$/.test(path) && !path.startsWith('mocks'));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const found = (pattern: RegExp, of: readonly string[] = files): string[] => of.filter((path) => pattern.test(read(path)));

describe('the sources of the dashboard', () => {
  it('there are some', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('no text becomes markup: names come from the network', () => {
    expect(found(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment/)).toEqual([]);
  });

  it('no code is made of text', () => {
    expect(found(/\beval\(|new Function\(|javascript:/)).toEqual([]);
  });

  it('nothing is loaded from another site, and no link leads to one', () => {
    expect(found(/(?:src|href)=["'{`]*https?:|url\(\s*["']?(?:https?:|\/\/)|@import/)).toEqual([]);
  });

  it('the page has neither styles nor scripts of its own, which the content security policy would refuse', () => {
    expect(found(/<style|\son\w+=|style=|<script(?![^>]*\ssrc=)/, ['index.html'])).toEqual([]);
  });

  it('every colour is a token or has a value for both themes; only the veil behind a dialog is the same', () => {
    const bare = /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\((?!10 12 20 \/ 50%)/i;
    const coloured = files.filter((path) => path.endsWith('.css') && bare.test(read(path).replaceAll(/light-dark\((?:[^()]|\([^()]*\))*\)/g, '').replace(/--on-accent: #ffffff;/, '')));
    expect(coloured).toEqual([]);
  });
});
