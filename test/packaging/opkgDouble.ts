/** A double of opkg, with the rules of opkg-lede: libopkg/opkg_install.c, opkg_remove.c, conffile.c, pkg.c; opkg-key and usign for signatures. */
import { createPublicKey, verify } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { compareVersions, digest, Refused, unpack } from './packageManager.ts';
import type { PackageManager } from './packageManager.ts';
import { fileIn, readTar } from './reader.ts';
import type { ReadEntry } from './reader.ts';
import type { Router } from './router.ts';

type Fields = Readonly<Record<string, string>>;

interface Opened {
  readonly fields: Fields;
  readonly control: readonly ReadEntry[];
  readonly data: readonly ReadEntry[];
  readonly conffiles: readonly string[];
}

interface Installed {
  readonly version: string;
  readonly depends: readonly string[];
  /** Files, not directories: these opkg leaves. */
  readonly files: readonly string[];
  /** SHA-256 of the package's own, by name. */
  readonly conffiles: ReadonlyMap<string, string>;
}

const INFO = 'usr/lib/opkg/info';
const BACKUP = '-opkg.backup';
const fieldsOf = (paragraph: string): Fields => Object.fromEntries([...paragraph.matchAll(/^([\w-]+): (.*)$/gm)].map(([, key, value]) => [key, value]));
const listOf = (text = ''): string[] => text.split(', ').filter((name) => name !== '');
const sha256 = (path: string): string => digest('sha256', readFileSync(path)).toString('hex');

/** `Ed`, eight octets of the key's number, then the key (32) or the signature (64), after a line of comment. */
function usignFile(text: string, length: number): { readonly number: string; readonly value: Buffer } {
  const octets = Buffer.from(text.split('\n')[1] ?? '', 'base64');
  if (octets.length !== 10 + length || octets.toString('latin1', 0, 2) !== 'Ed') throw new Refused('Signature check failed.');
  return { number: octets.toString('hex', 2, 10), value: octets.subarray(10) };
}

function checkSignature(router: Router, message: Buffer, signature: string): void {
  const { number, value } = usignFile(signature, 64);
  const key = `etc/opkg/keys/${number}`;
  if (!router.exists(key)) throw new Refused('Signature check failed.');
  const x = usignFile(router.read(key), 32).value.toString('base64url');
  if (!verify(null, message, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), value)) throw new Refused('Signature check failed.');
}

function open(octets: Uint8Array): Opened {
  const outer = readTar(gunzipSync(octets));
  const member = (name: string): Buffer => {
    const found = fileIn(outer, name);
    if (!found) throw new Refused(`Failed to unpack: no ${name}`);
    return found;
  };
  if (member('debian-binary').toString() !== '2.0\n') throw new Refused('Failed to unpack: another format');
  const control = readTar(gunzipSync(member('control.tar.gz')));
  const text = (name: string): string => fileIn(control, name)?.toString() ?? '';
  const conffiles = text('conffiles').split('\n').filter((line) => line !== '').map((line) => line.replace(/^\//, ''));
  return { fields: fieldsOf(text('control')), control, data: readTar(gunzipSync(member('data.tar.gz'))), conffiles };
}

/** `feed` is the folder of the feed, as the web server has it. */
export function opkgDouble(router: Router, feed: string): PackageManager {
  const there = new Map<string, Installed>();
  let available: readonly Fields[] = [];

  function script(name: string, which: 'postinst' | 'prerm' | 'postrm', args: string, upgrade: boolean): void {
    const path = `/${INFO}/${name}.${which}`;
    if (!router.exists(path)) return;
    const { code, said } = router.run(['/bin/sh', '-c', `${path} ${args}`], { PKG_ROOT: '/', PKG_UPGRADE: upgrade ? '1' : '0' });
    if (code !== 0) throw new Refused(`package "${name}" ${which} script returned status ${code}. ${said}`);
  }

  /** Leaves a conffile that was edited. */
  function removeFiles(name: string, { files, conffiles }: Installed): void {
    for (const file of files) {
      const own = conffiles.get(file);
      if (own !== undefined && router.exists(file) && sha256(router.at(file)) !== own) continue;
      rmSync(router.at(file), { force: true });
    }
    rmSync(router.at(`${INFO}/${name}.list`), { force: true });
  }

  function removeScripts(name: string): void {
    for (const file of readdirSync(router.at(INFO)).filter((entry) => entry.startsWith(`${name}.`))) rmSync(router.at(`${INFO}/${file}`));
  }

  /** A file that is no package's is replaced. */
  function checkClashes(name: string, files: readonly string[]): void {
    for (const [owner, pkg] of there) {
      const file = owner === name ? undefined : pkg.files.find((one) => files.includes(one));
      if (file !== undefined) throw new Refused(`Package ${name} wants to install file ${file}\n\tBut that file is already provided by package ${owner}`);
    }
  }

  /** Returns the names to configure, what is depended upon first. */
  function unpackPackage(octets: Uint8Array): string[] {
    const { fields, control, data, conffiles } = open(octets);
    const { Package: name = '', Version: version = '', Architecture, Depends } = fields;
    if (Architecture !== 'all') throw new Refused(`INTERNAL ERROR: architecture ${Architecture} for pkg ${name} is unsupported.`);
    const depends = listOf(Depends);
    const first = depends.flatMap((one) => (there.has(one) ? [] : fetchAndUnpack(one)));
    const files = data.filter((entry) => entry.kind !== 'directory').map((entry) => entry.name);
    const old = there.get(name);
    if (old) script(name, 'prerm', `upgrade ${version}`, true);
    // What was edited, and what was there before the package knew it.
    for (const file of new Set([...(old?.conffiles.keys() ?? []), ...conffiles])) {
      const own = old?.conffiles.get(file);
      if (router.exists(file) && (own === undefined || sha256(router.at(file)) !== own)) copyFileSync(router.at(file), router.at(`${file}${BACKUP}`));
    }
    checkClashes(name, files);
    if (old) {
      script(name, 'postrm', `upgrade ${version}`, true);
      removeFiles(name, old);
      removeScripts(name);
    }
    for (const entry of control) unpack(router, entry, `${INFO}/${name}.${entry.name}`);
    for (const entry of data) unpack(router, entry);
    router.write(`${INFO}/${name}.list`, files.map((file) => `/${file}\n`).join(''));
    const sums = new Map(conffiles.map((file) => [file, sha256(router.at(file))]));
    for (const [file, sum] of sums) restore(file, sum);
    there.set(name, { version, depends, files, conffiles: sums });
    return [...first, name];
  }

  function restore(file: string, sum: string): void {
    const backup = router.at(`${file}${BACKUP}`);
    if (!existsSync(backup)) return;
    if (sha256(backup) !== sum) {
      renameSync(router.at(file), router.at(`${file}-opkg`));
      renameSync(backup, router.at(file));
    }
    rmSync(backup, { force: true });
  }

  /** The newest of what is there and what the feed has; an older one is not taken. */
  function fetchAndUnpack(name: string): string[] {
    const [candidate] = available.filter((fields) => fields['Package'] === name).sort((a, b) => compareVersions(b['Version'] ?? '', a['Version'] ?? ''));
    const old = there.get(name);
    if (!candidate && !old) throw new Refused(`Unknown package '${name}'.`);
    if (!candidate || (old && compareVersions(candidate['Version'] ?? '', old.version) <= 0)) return [];
    const path = join(feed, candidate['Filename'] ?? '');
    if (!existsSync(path)) throw new Refused(`Failed to download ${name}.`);
    const octets = readFileSync(path);
    if (octets.length !== Number(candidate['Size']) || digest('sha256', octets).toString('hex') !== candidate['SHA256sum']) throw new Refused(`Checksum or size mismatch for package ${name}.`);
    return unpackPackage(octets);
  }

  function configure(names: readonly string[], before: ReadonlyMap<string, Installed>): void {
    for (const name of names) script(name, 'postinst', 'configure', before.has(name));
  }

  const change = (unpacked: () => string[]): void => {
    const before = new Map(there);
    configure(unpacked(), before);
  };

  return {
    update() {
      available = [];
      const list = gunzipSync(readFileSync(join(feed, 'Packages.gz')));
      if (!existsSync(join(feed, 'Packages.sig'))) throw new Refused('Signature file download failed.');
      checkSignature(router, list, readFileSync(join(feed, 'Packages.sig'), 'utf8'));
      available = list.toString().split('\n\n').filter((paragraph) => paragraph !== '').map(fieldsOf);
    },
    install: (name) => change(() => fetchAndUnpack(name)),
    // opkg checks no signature of a file, and goes back with --force-downgrade.
    installFile: (path) => change(() => unpackPackage(readFileSync(path))),
    upgrade: () => change(() => [...there.keys()].flatMap((name) => fetchAndUnpack(name))),
    remove(...names) {
      for (const name of names) {
        const pkg = there.get(name);
        if (!pkg) throw new Refused('No packages removed.');
        const dependents = [...there].filter(([, other]) => other.depends.includes(name)).map(([other]) => other);
        if (dependents.length > 0) throw new Refused(`Package ${name} is depended upon by packages: ${dependents.join(', ')}`);
        script(name, 'prerm', 'remove', false);
        removeFiles(name, pkg);
        script(name, 'postrm', 'remove', false);
        removeScripts(name);
        there.delete(name);
      }
    },
    installed: () => [...there].map(([name, { version }]) => `${name} ${version}`).sort(),
  };
}
