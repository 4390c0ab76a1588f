import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzip, tar, tree } from '../../packaging/tar.ts';
import type { TarEntry } from '../../packaging/tar.ts';
import { readTar } from './reader.ts';

const time = 1_700_000_000;
const file = (name: string, text = name): TarEntry => ({ kind: 'file', name, mode: 0o644, data: Buffer.from(text) });
const part = fc.stringMatching(/^[a-zA-Z0-9_+-]{1,90}$/);
const entry = fc.record({ path: fc.array(part, { minLength: 1, maxLength: 4 }), mode: fc.integer({ min: 0, max: 0o7777 }), data: fc.uint8Array({ maxLength: 1500 }) });

describe('tar', () => {
  it('comes back from a reader written apart from the writer, whatever lengths', () => {
    fc.assert(fc.property(fc.array(entry, { maxLength: 8 }), (made) => {
      // Every path ends in a name of its own, so that none is another's directory.
      const entries = made.map(({ path, mode, data }, i): TarEntry => ({ kind: 'file', name: `${path.join('/')}.${i}`, mode, data }));
      const packed = tree(entries);
      expect(readTar(tar(packed, { time }))).toEqual(packed.map((e) => ({ ...e, time })));
    }), { numRuns: 60 });
  });

  it('puts every directory before what lies in it and orders by octets, not by a locale', () => {
    const names = tree([file('etc/Z'), file('etc/a'), file('etc/ä'), file('bin'), file('etc-x')]).map(({ name }) => name);
    expect(names).toEqual(['bin', 'etc', 'etc-x', 'etc/Z', 'etc/a', 'etc/ä']);
  });

  it('does not depend on the order in which the files were found', () => {
    const found = [file('b/c'), file('a'), file('b/a')];
    expect(tar(tree(found), { time }).equals(tar(tree(found.toReversed()), { time }))).toBe(true);
  });

  it('writes pax records whose length counts itself, at the boundaries of its digits', () => {
    for (let n = 0; n < 1100; n++) {
      const [first] = readTar(tar([{ kind: 'file', name: 'a', mode: 0o600, data: new Uint8Array(), pax: { key: 'v'.repeat(n) } }], { time }));
      expect(first).toMatchObject({ pax: { key: 'v'.repeat(n) } });
    }
  });

  it('keeps links and their long targets', () => {
    const link: TarEntry = { kind: 'link', name: 'usr/lib/l', target: `../${'t'.repeat(200)}` };
    expect(readTar(tar([link], { time }))).toEqual([{ ...link, time }]);
  });

  it.each(['', '/etc', 'a//b', '../a', 'a/./b', 'a/..', 'a/', 'a\0b', './a'])('refuses the name %j', (name) => {
    expect(() => tar([file(name)], { time })).toThrow('is not a path below the root');
  });

  it('refuses a name twice, and anything below a link or a file', () => {
    expect(() => tar([file('a'), file('a')], { time })).toThrow('tar: "a" is given twice');
    expect(() => tar([{ kind: 'link', name: 'a', target: '/etc' }, file('a/b')], { time })).toThrow('"a/b" lies below "a", which is a link');
    expect(() => tar([file('a/b/c'), file('a')], { time })).toThrow('"a/b/c" lies below "a", which is a file');
  });

  it('refuses a date that does not fit', () => {
    expect(() => tar([file('a')], { time: -1 })).toThrow('does not fit');
    expect(() => tar([file('a')], { time: 8 ** 11 })).toThrow('does not fit');
  });
});

describe('gzip', () => {
  it('carries no date, no name and no system', () => {
    const packed = gzip(Buffer.from('text'));
    expect([...packed.subarray(3, 8), packed[9]]).toEqual([0, 0, 0, 0, 0, 255]);
    expect(gunzipSync(packed).toString()).toBe('text');
  });
});
