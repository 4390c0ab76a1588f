/**
 * Packages for apk, as OpenWrt from 25.12 has it, in the format of apk-tools 2, which apk-tools 3 reads as well: gzip
 * members one after the other, each a part of one tar: a signature (when signed), the control files, the data. Source:
 * apk-tools src/extract_v2.c, src/package.c, src/tar.c and doc/apk-v2.5.scd; what OpenWrt adds to the data: include/package-pack.mk.
 */
import { createHash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import type { Pack } from './pack.ts';
import { checkPackage, installedSize } from './package.ts';
import type { Package } from './package.ts';
import { apkScripts } from './scripts.ts';
import { gzip, tar, tree } from './tar.ts';
import type { TarEntry } from './tar.ts';

export interface Apk {
  readonly fileName: string;
  /** Without a signature. */
  readonly octets: Buffer;
  /** The package's lines in a feed's APKINDEX, with the size of `octets`. */
  readonly paragraph: string;
}

const NOARCH = 'noarch';
const hash = (algorithm: 'sha1' | 'sha256', data: Uint8Array) => createHash(algorithm).update(data);
const text = (name: string, mode: number, content: string): TarEntry => ({ kind: 'file', name, mode, data: Buffer.from(content) });

/** apk compares files on the disk with these sums: a changed file below /etc is kept, the new one put beside it. */
function summed(entry: TarEntry): TarEntry {
  if (entry.kind === 'directory') return entry;
  const sum = hash('sha1', entry.kind === 'file' ? entry.data : Buffer.from(entry.target)).digest('hex');
  return { ...entry, pax: { 'APK-TOOLS.checksum.SHA1': sum } };
}

/** /lib/apk/packages/<name>.*: by these OpenWrt's scripts find services and uci-defaults, and sysupgrade what to keep. */
function openwrtLists({ name, files, conffiles }: Package): TarEntry[] {
  const folder = `lib/apk/packages/${name}`;
  const listed = files.filter(({ kind }) => kind !== 'directory').map((file) => `/${file.name}\n`).sort();
  const fixed = conffiles.map((conffile) => {
    const file = files.find((candidate) => candidate.name === conffile);
    return `/${conffile} ${hash('sha256', file?.kind === 'file' ? file.data : Buffer.alloc(0)).digest('hex')}\n`;
  });
  const lists = [text(`${folder}.list`, 0o644, listed.join(''))];
  if (conffiles.length > 0) lists.push(text(`${folder}.conffiles`, 0o644, conffiles.map((conffile) => `/${conffile}\n`).join('')), text(`${folder}.conffiles_static`, 0o644, fixed.join('')));
  return lists;
}

function packageInfo(pkg: Package, time: number, size: number, dataHash: string): string {
  const lines: [string, string][] = [
    ['pkgname', pkg.name],
    ['pkgver', pkg.version],
    ['pkgdesc', pkg.description],
    ['url', pkg.url],
    ['builddate', String(time)],
    ['size', String(size)],
    ['arch', pkg.architecture === 'all' ? NOARCH : pkg.architecture],
    ['origin', pkg.name],
    ['maintainer', pkg.maintainer],
    ['license', pkg.license],
    ...pkg.depends.map((name): [string, string] => ['depend', name]),
    ...pkg.provides.map((name): [string, string] => ['provides', name]),
    ['datahash', dataHash],
  ];
  return lines.map(([key, value]) => `${key} = ${value}\n`).join('');
}

/** @param pack compresses the package's files @throws Error in words for a package that apk would refuse or misread */
export function apk(pkg: Package, time: number, pack: Pack = gzip): Apk {
  checkPackage(pkg);
  const files = tree([...pkg.files, ...openwrtLists(pkg)]);
  const size = installedSize(files);
  const data = pack(tar(files.map(summed), { time }));
  const info = packageInfo(pkg, time, size, hash('sha256', data).digest('hex'));
  const scripts = Object.entries(apkScripts(pkg)).map(([name, script]) => text(`.${name}`, 0o755, script));
  const control = gzip(tar([text('.PKGINFO', 0o644, info), ...scripts], { time, open: true }));
  const octets = Buffer.concat([control, data]);
  const lines: [string, string][] = [
    ['C', controlSum(control)],
    ['P', pkg.name],
    ['V', pkg.version],
    ['A', pkg.architecture === 'all' ? NOARCH : pkg.architecture],
    ['S', String(octets.length)],
    ['I', String(size)],
    ['T', pkg.description],
    ['U', pkg.url],
    ['L', pkg.license],
    ['o', pkg.name],
    ['m', pkg.maintainer],
    ['t', String(time)],
    ['D', pkg.depends.join(' ')],
    ['p', pkg.provides.join(' ')],
  ];
  const paragraph = lines.filter(([, value]) => value !== '').map(([key, value]) => `${key}:${value}\n`).join('');
  return { fileName: `${pkg.name}-${pkg.version}.apk`, octets, paragraph };
}

/** The text of APKINDEX, by which apk knows packages by the sum of their control member (`C`). */
export const apkIndexText = (packages: readonly Apk[]): string => packages.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1)).map((one) => `${one.paragraph}\n`).join('');

/** APKINDEX.tar.gz without a signature. */
export const apkIndex = (index: string, description: string, time: number): Buffer => gzip(tar([text('DESCRIPTION', 0o644, description), text('APKINDEX', 0o644, index)], { time }));

const controlSum = (control: Uint8Array): string => `Q1${hash('sha1', control).digest('base64')}`;

/** Whether it is the whole of the package that an index has as `C:sum`, signed or not. */
export function isApk(octets: Uint8Array, sum: string): boolean {
  try {
    const unsigned = withoutSignature(octets);
    const end = firstMember(unsigned);
    const [, data] = /^datahash = (\w+)$/m.exec(gunzipSync(unsigned.subarray(0, end)).toString('latin1')) ?? [];
    return controlSum(unsigned.subarray(0, end)) === sum && hash('sha256', unsigned.subarray(end)).digest('hex') === data;
  } catch {
    // No gzip, or not to its end.
    return false;
  }
}

const SIGNATURE = '.SIGN.RSA256.';

/**
 * The same package or index with a signature of its control member (of all of an index) put before it, in place of the
 * one it had. PKCS #1 v1.5 (RFC 8017 §8.2) with SHA-256: the same octets whenever it is signed. `keyName` is the file
 * below /etc/apk/keys that the router looks for.
 */
export function signApk(octets: Uint8Array, keyName: string, key: KeyObject, time: number): Buffer {
  const unsigned = withoutSignature(octets);
  const signature = sign('sha256', unsigned.subarray(0, firstMember(unsigned)), key);
  const member = gzip(tar([{ kind: 'file', name: `${SIGNATURE}${keyName}`, mode: 0o644, data: signature }], { time, open: true }));
  return Buffer.concat([member, unsigned]);
}

function withoutSignature(octets: Uint8Array): Uint8Array {
  const end = firstMember(octets);
  return gunzipSync(octets.subarray(0, end)).subarray(0, SIGNATURE.length).toString('latin1') === SIGNATURE ? octets.subarray(end) : octets;
}

/** Length of the first gzip member, which `gzip` writes without a name or extra fields. */
export function firstMember(octets: Uint8Array): number {
  const HEADER = 10;
  const TRAILER = 8;
  const inflated: unknown = inflateRawSync(octets.subarray(HEADER), { info: true });
  const engine = typeof inflated === 'object' && inflated !== null && 'engine' in inflated ? inflated.engine : undefined;
  const read = typeof engine === 'object' && engine !== null && 'bytesWritten' in engine ? engine.bytesWritten : undefined;
  if (typeof read !== 'number') throw new Error('apk: this Node does not say where a gzip member ends (zlib option "info")');
  return HEADER + read + TRAILER;
}
