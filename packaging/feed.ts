/** Feeds: folders of packages with an index that any web server can hand out. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apk, apkIndex, apkIndexText, isApk, signApk } from './apk.ts';
import { ipk, packagesIndex } from './ipk.ts';
import { apkPublicKey } from './keys.ts';
import type { SigningKeys } from './keys.ts';
import { packSmall } from './pack.ts';
import type { Package } from './package.ts';
import { publicKeyFile, signatureFile } from './usign.ts';

/** A package's file in a feed. */
export interface Written {
  readonly pkg: Package;
  readonly path: string;
}

const INDEX = { plain: 'Packages', gzipped: 'Packages.gz', signature: 'Packages.sig', apkText: 'APKINDEX', apk: 'APKINDEX.tar.gz' } as const;
const DESCRIPTION = 'roamstead';

/** Writes a feed for opkg, unsigned. */
export function writeOpkgFeed(folder: string, packages: readonly Package[], time: number): Written[] {
  mkdirSync(folder, { recursive: true });
  const made = packages.map((pkg) => ({ pkg, ...ipk(pkg, time, packSmall) }));
  for (const { fileName, octets } of made) writeFileSync(join(folder, fileName), octets);
  const { plain, gzipped } = packagesIndex(made);
  writeFileSync(join(folder, INDEX.plain), plain);
  writeFileSync(join(folder, INDEX.gzipped), gzipped);
  return made.map(({ pkg, fileName }) => ({ pkg, path: join(folder, fileName) }));
}

/** Writes a feed for apk, unsigned. The index also lies there as text: signing changes the sizes in it. */
export function writeApkFeed(folder: string, packages: readonly Package[], time: number): Written[] {
  mkdirSync(folder, { recursive: true });
  const made = packages.map((pkg) => ({ pkg, ...apk(pkg, time, packSmall) }));
  for (const { fileName, octets } of made) writeFileSync(join(folder, fileName), octets);
  writeApkIndex(folder, apkIndexText(made), time);
  return made.map(({ pkg, fileName }) => ({ pkg, path: join(folder, fileName) }));
}

function writeApkIndex(folder: string, text: string, time: number): void {
  writeFileSync(join(folder, INDEX.apkText), text);
  writeFileSync(join(folder, INDEX.apk), apkIndex(text, DESCRIPTION, time));
}

/** Public keys of an earlier signature: a feed offers none but the one that it is signed with. */
function removeKeys(folder: string, ofKey: RegExp): void {
  for (const name of readdirSync(folder)) if (ofKey.test(name)) rmSync(join(folder, name));
}

/** What is signed is what the index names, and not a package that was cut short on its way to the keys. Before anything is written. */
function checkFile(path: string, right: (octets: Buffer) => boolean): Buffer {
  const octets = readFileSync(path);
  if (!right(octets)) throw new Error(`signing: ${path} is not the package that its index names: make the feed anew, or copy it whole`);
  return octets;
}

/** Signs the index, which names every package by its SHA-256. @throws Error in words when one is not what it was */
export function signOpkgFeed(folder: string, keys: SigningKeys): void {
  const index = readFileSync(join(folder, INDEX.plain), 'utf8');
  for (const [, name = '', sum] of index.matchAll(/^Filename: (.*)$[^]*?^SHA256sum: (.*)$/gm)) checkFile(join(folder, name), (octets) => createHash('sha256').update(octets).digest('hex') === sum);
  removeKeys(folder, /^[0-9a-f]{16}$/);
  writeFileSync(join(folder, INDEX.signature), signatureFile(Buffer.from(index), keys.opkg));
  writeFileSync(join(folder, keys.opkg.number), publicKeyFile(keys.opkg));
}

/** Signs every package, so that one may be installed from a file, and the index. @throws Error in words when one is not what it was */
export function signApkFeed(folder: string, keys: SigningKeys, time: number): void {
  const paragraphs = readFileSync(join(folder, INDEX.apkText), 'utf8').split('\n\n').filter((paragraph) => paragraph !== '');
  const packages = paragraphs.map((paragraph) => {
    const field = (letter: string): string => new RegExp(`^${letter}:(.*)$`, 'm').exec(paragraph)?.[1] ?? '';
    const path = join(folder, `${field('P')}-${field('V')}.apk`);
    return { paragraph, path, octets: checkFile(path, (octets) => isApk(octets, field('C'))) };
  });
  removeKeys(folder, /\.rsa\.pub$/);
  const text = packages.map(({ paragraph, path, octets }) => {
    const signed = signApk(octets, keys.apkName, keys.apk, time);
    writeFileSync(path, signed);
    return `${paragraph.replace(/^S:.*$/m, `S:${signed.length}`)}\n\n`;
  }).join('');
  writeApkIndex(folder, text, time);
  const index = join(folder, INDEX.apk);
  writeFileSync(index, signApk(readFileSync(index), keys.apkName, keys.apk, time));
  writeFileSync(join(folder, keys.apkName), apkPublicKey(keys));
}
