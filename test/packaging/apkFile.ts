/** Opens packages and indexes of apk's format 2 as apk-tools does, and refuses what it refuses. Source: apk-tools src/extract_v2.c, src/package.c. */
import { createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { digest, Refused } from './packageManager.ts';
import { fileIn, readTar } from './reader.ts';
import type { ReadEntry } from './reader.ts';

export interface Index {
  readonly name: string;
  readonly version: string;
  readonly identity: string;
  readonly size: number;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
}

export interface Opened {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly scripts: ReadonlyMap<string, string>;
  readonly data: readonly ReadEntry[];
}

/** Either the sum that a trusted index has of the control member, or the router's keys by file name. */
export type Trust = { readonly identity: string } | { readonly keys: ReadonlyMap<string, string> };

const MAGIC = Buffer.from([0x1f, 0x8b, 8]);
const textOf = (entries: readonly ReadEntry[], name: string): string => fileIn(entries, name)?.toString() ?? '';

/** Gzip members by trying where one ends: everything up to the next beginning must inflate. */
export function gzipMembers(octets: Buffer): Buffer[] {
  const members: Buffer[] = [];
  let start = 0;
  for (let end = octets.indexOf(MAGIC, 1); end >= 0; end = octets.indexOf(MAGIC, end + 1)) {
    if (!inflates(octets.subarray(start, end))) continue;
    members.push(octets.subarray(start, end));
    start = end;
  }
  return [...members, octets.subarray(start)];
}

function inflates(octets: Buffer): boolean {
  try {
    gunzipSync(octets);
    return true;
  } catch {
    return false;
  }
}

/** The members after the signature's, and whether one of the keys made it. */
function checkSigned(octets: Buffer, keys: ReadonlyMap<string, string>): Buffer[] {
  const [first, ...rest] = gzipMembers(octets);
  const [signature] = first ? readTar(gunzipSync(first), { open: true }) : [];
  if (!signature?.name.startsWith('.SIGN.RSA256.') || signature.kind !== 'file') throw new Refused('UNTRUSTED signature');
  const key = keys.get(signature.name.slice('.SIGN.RSA256.'.length));
  if (key === undefined) throw new Refused('UNTRUSTED signature');
  if (!rest[0] || !verify('sha256', rest[0], createPublicKey(key), signature.data)) throw new Refused('BAD signature');
  return rest;
}

export function readIndex(octets: Buffer, keys: ReadonlyMap<string, string>): Index[] {
  const [member] = checkSigned(octets, keys);
  const entries = readTar(gunzipSync(member ?? Buffer.alloc(0)));
  const paragraphs = textOf(entries, 'APKINDEX').split('\n\n').filter((paragraph) => paragraph !== '');
  return paragraphs.map((paragraph) => {
    const fields = new Map(paragraph.split('\n').map((line) => [line.slice(0, 1), line.slice(2)]));
    const words = (key: string): string[] => (fields.get(key) ?? '').split(' ').filter((word) => word !== '');
    return { name: fields.get('P') ?? '', version: fields.get('V') ?? '', identity: fields.get('C') ?? '', size: Number(fields.get('S')), depends: words('D'), provides: words('p') };
  });
}

/** @throws Refused for a signature, sum or format that apk does not take */
export function openApk(octets: Buffer, trust: Trust): Opened {
  const members = 'keys' in trust ? checkSigned(octets, trust.keys) : withoutSignature(gzipMembers(octets));
  const [control, data, ...more] = members;
  if (!control || !data || more.length > 0) throw new Refused('v2 package format error');
  if ('identity' in trust && `Q1${digest('sha1', control).toString('base64')}` !== trust.identity) throw new Refused('v2 package integrity error');
  const entries = readTar(gunzipSync(control), { open: true });
  if (entries.some(({ name }) => !name.startsWith('.'))) throw new Refused('v2 package format error');
  const info = textOf(entries, '.PKGINFO');
  const all = (key: string): string[] => [...info.matchAll(new RegExp(`^${key} = (.*)$`, 'gm'))].map(([, value]) => value ?? '');
  if (digest('sha256', data).toString('hex') !== all('datahash')[0]) throw new Refused('v2 package integrity error');
  if (all('arch')[0] !== 'noarch') throw new Refused(`uninstallable: arch ${all('arch')[0]}`);
  const files = readTar(gunzipSync(data));
  const wrong = files.find((entry) => entry.kind === 'file' && digest('sha1', entry.data).toString('hex') !== entry.pax?.['APK-TOOLS.checksum.SHA1']);
  if (wrong) throw new Refused(`${wrong.name}: another sum than the package says`);
  const scripts = new Map(entries.filter(({ name }) => name !== '.PKGINFO').map(({ name }) => [name.slice(1), textOf(entries, name)]));
  return { name: all('pkgname')[0] ?? '', version: all('pkgver')[0] ?? '', depends: all('depend'), provides: all('provides'), scripts, data: files };
}

function withoutSignature(members: readonly Buffer[]): readonly Buffer[] {
  const [first, ...rest] = members;
  const [entry] = first ? readTar(gunzipSync(first), { open: true }) : [];
  return entry?.name.startsWith('.SIGN.') ? rest : members;
}
