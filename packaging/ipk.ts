/** Packages for opkg, as OpenWrt up to 24.10 has it: a gzipped tar of debian-binary, data.tar.gz and control.tar.gz. Source: OpenWrt scripts/ipkg-build and include/package-pack.mk. */
import { createHash } from 'node:crypto';
import type { Pack } from './pack.ts';
import { checkPackage, installedSize } from './package.ts';
import type { Package } from './package.ts';
import { opkgScripts } from './scripts.ts';
import { gzip, tar, tree } from './tar.ts';
import type { TarEntry } from './tar.ts';

export interface Ipk {
  readonly fileName: string;
  readonly octets: Buffer;
  /** The package's paragraph in a feed's `Packages`. */
  readonly paragraph: string;
}

function control(pkg: Package, time: number): [field: string, value: string][] {
  const fields: [string, string][] = [
    ['Package', pkg.name],
    ['Version', pkg.version],
    ['Depends', pkg.depends.join(', ')],
    ['Provides', pkg.provides.join(', ')],
    ['License', pkg.license],
    ['Section', pkg.section],
    ['SourceDateEpoch', String(time)],
    ['URL', pkg.url],
    ['Maintainer', pkg.maintainer],
    ['Architecture', pkg.architecture],
    ['Installed-Size', String(installedSize(pkg.files))],
  ];
  return fields.filter(([, value]) => value !== '');
}

const paragraph = (fields: readonly [string, string][]): string => fields.map(([field, value]) => `${field}: ${value}\n`).join('');

/** @param pack compresses the package's files @throws Error in words for a package that opkg would refuse or misread */
export function ipk(pkg: Package, time: number, pack: Pack = gzip): Ipk {
  checkPackage(pkg);
  const fields = control(pkg, time);
  const description: [string, string] = ['Description', pkg.description];
  const text = (name: string, mode: number, content: string): TarEntry => ({ kind: 'file', name, mode, data: Buffer.from(content) });
  const controlFiles = [
    text('control', 0o644, paragraph([...fields, description])),
    ...(pkg.conffiles.length > 0 ? [text('conffiles', 0o644, pkg.conffiles.map((name) => `/${name}\n`).join(''))] : []),
    ...Object.entries(opkgScripts(pkg)).map(([name, script]) => text(name, 0o755, script)),
  ];
  const options = { time, prefix: './' };
  const member = (name: string, data: Buffer): TarEntry => ({ kind: 'file', name, mode: 0o644, data });
  const octets = gzip(tar([
    member('debian-binary', Buffer.from('2.0\n')),
    member('data.tar.gz', pack(tar(tree(pkg.files), options))),
    member('control.tar.gz', gzip(tar(tree(controlFiles), options))),
  ], options));
  const fileName = `${pkg.name}_${pkg.version}_${pkg.architecture}.ipk`;
  const found: [string, string][] = [['Filename', fileName], ['Size', String(octets.length)], ['SHA256sum', createHash('sha256').update(octets).digest('hex')]];
  return { fileName, octets, paragraph: paragraph([...fields, ...found, description]) };
}

/** A feed's index; opkg fetches it gzipped and checks the signature of the plain text. */
export function packagesIndex(packages: readonly Ipk[]): { readonly plain: Buffer; readonly gzipped: Buffer } {
  const plain = Buffer.from(packages.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1)).map((one) => `${one.paragraph}\n`).join(''));
  return { plain, gzipped: gzip(plain) };
}
