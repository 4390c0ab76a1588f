/** Packages for tests: small ones, and stand-ins for what OpenWrt's feeds have. */
import { generateKeyPairSync } from 'node:crypto';
import type { SigningKeys } from '../../packaging/keys.ts';
import { ABOUT } from '../../packaging/openwrt.ts';
import type { Package } from '../../packaging/package.ts';
import type { TarEntry } from '../../packaging/tar.ts';
import { readSecretKey, secretKeyFile } from '../../packaging/usign.ts';

export const TIME = 1_767_225_600;

export const file = (name: string, text: string, mode = 0o644): TarEntry => ({ kind: 'file', name, mode, data: Buffer.from(text) });

export const sample = (changed: Partial<Package> = {}): Package => ({
  name: 'sample',
  version: '1.0-r1',
  architecture: 'all',
  description: 'A sample',
  section: 'net',
  ...ABOUT,
  depends: [],
  provides: [],
  files: [file('etc/config/sample', 'one\n', 0o600), file('usr/bin/sample', '#!/bin/sh\n', 0o755)],
  conffiles: ['etc/config/sample'],
  hooks: {},
  ...changed,
});

/** What a feed of OpenWrt would provide. */
export const standIn = (name: string): Package => sample({ name, files: [file(`usr/share/${name}`, name)], conffiles: [] });

/** Half of what feeds are signed with, made in a tenth of the time. */
const RSA_BITS = 1024;

/** Keys that are the same in every run, but for RSA, whose every key is as good as another. */
export function testKeys(name = 'roamstead-test', seed = 1): SigningKeys {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  const secret = secretKeyFile(`${name} key`, Buffer.alloc(32, seed), Buffer.alloc(8, seed), Buffer.alloc(16, seed));
  return { apkName: `${name}.rsa.pub`, apk: privateKey, opkg: readSecretKey(secret, `${name}.sec`), development: true, folder: '' };
}
