/** What the types cannot say of four languages: that nothing is empty, left in English, or lost in a placeholder. */
import { describe, expect, it } from 'vitest';
import { de } from '../../web/i18n/de/index.ts';
import { en } from '../../web/i18n/en/index.ts';
import { es } from '../../web/i18n/es/index.ts';
import { fr } from '../../web/i18n/fr/index.ts';
import { forms } from '../../web/i18n/catalogue.ts';

type Message = string | ((...given: never[]) => string);

function messages(of: object, path = ''): Map<string, Message> {
  const found = new Map<string, Message>();
  for (const [key, value] of Object.entries(of) as [string, Message | object][]) {
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string' || typeof value === 'function') found.set(at, value as Message);
    else for (const [inner, message] of messages(value, at)) found.set(inner, message);
  }
  return found;
}

/** Arguments that cannot be mistaken for words of the message. */
const GIVEN = [7, 11, 13, 17];
const said = (message: Message): string => (typeof message === 'string' ? message : (message as (...given: unknown[]) => string)(...GIVEN));
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

const english = messages(en);

describe.each([
  ['de', de],
  ['es', es],
  ['fr', fr],
])('the catalogue %s', (_, catalogue) => {
  const translated = messages(catalogue);

  it('has the same messages as the English one', () => {
    expect([...translated.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('has no empty message, and no space or number too many', () => {
    for (const [key, message] of translated) {
      const text = said(message);
      expect(text.trim(), key).toBe(text);
      expect(text, key).not.toBe('');
      expect(text, key).not.toMatch(/undefined|NaN|\[object| {2}/);
      expect(placeholders(text), key).toEqual(placeholders(said(english.get(key) ?? '')));
    }
  });

  it('uses every value that the English message uses', () => {
    for (const [key, message] of translated) {
      if (typeof message !== 'function') continue;
      const numbers = (text: string): string[] => (text.match(/\d+/g) ?? []).filter((n) => GIVEN.includes(Number(n))).sort();
      expect(numbers(said(message)), key).toEqual(numbers(said(english.get(key) ?? '')));
    }
  });

  it('is no copy: sentences differ from the English ones', () => {
    const same = [...translated].filter(([key, message]) => said(message) === said(english.get(key) ?? '') && (said(message).match(/\p{L}{3,}/gu) ?? []).length > 3);
    expect(same.map(([key]) => key)).toEqual([]);
  });
});

describe('forms of a number', () => {
  it('each language has its own rule for one', () => {
    expect(forms('en').count(0, '# home', '# homes')).toBe('0 homes');
    expect(forms('fr').count(0, '# foyer', '# foyers')).toBe('0 foyer');
    expect(forms('de').count(1, '# Haushalt', '# Haushalte')).toBe('1 Haushalt');
    expect(forms('es').count(1234567, '# hogar', '# hogares')).toBe('1.234.567 hogares');
  });
});
