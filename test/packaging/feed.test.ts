/** Signing is a step of its own, maybe on another machine: what lies there is looked at first. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { apk } from '../../packaging/apk.ts';
import { signApkFeed, signOpkgFeed, writeApkFeed, writeOpkgFeed } from '../../packaging/feed.ts';
import { sample, testKeys, TIME } from './samples.ts';

const keys = testKeys();
const PACKAGES = [sample(), sample({ name: 'other' })];
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'roamstead-feed-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const FEEDS = {
  opkg: { write: () => writeOpkgFeed(folder, PACKAGES, TIME), sign: () => signOpkgFeed(folder, keys), second: 'sample_1.0-r1_all.ipk' },
  apk: { write: () => writeApkFeed(folder, PACKAGES, TIME), sign: () => signApkFeed(folder, keys, TIME), second: 'sample-1.0-r1.apk' },
} as const;
const all = (): [string, string][] => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);

it.each(Object.entries(FEEDS))('a feed for %s is signed, and signed again with the same octets', (_, { write, sign }) => {
  write();
  sign();
  const once = all();
  sign();
  expect(all()).toEqual(once);
});

it.each(Object.entries(FEEDS))('a feed for %s with a package that was cut short is left as it is', (_, { write, sign, second }) => {
  write();
  const path = join(folder, second);
  truncateSync(path, readFileSync(path).length - 10);
  const before = all();
  expect(sign).toThrow(`signing: ${path} is not the package that its index names: make the feed anew, or copy it whole`);
  expect(all()).toEqual(before);
});

it('a package of another build has another sum, in its control or in its files', () => {
  for (const changed of [{ description: 'Another' }, { files: [{ ...sample().files[0], data: Buffer.from('two\n') }, ...sample().files.slice(1)] }]) {
    writeApkFeed(folder, PACKAGES, TIME);
    writeFileSync(join(folder, FEEDS.apk.second), apk(sample(changed as Partial<ReturnType<typeof sample>>), TIME).octets);
    expect(FEEDS.apk.sign).toThrow('is not the package that its index names');
  }
});
