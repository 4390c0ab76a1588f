/** Debian packages without dpkg: an ar archive of debian-binary, control.tar.gz and data.tar.gz. Source: deb(5), deb-control(5), ar(5). */
import { createHash } from 'node:crypto';
import { gzip, tar, tree } from './tar.ts';
import type { TarEntry } from './tar.ts';

export interface DebPackage {
  readonly name: string;
  /** `0.1.0-1` */
  readonly version: string;
  readonly architecture: DebArchitecture;
  readonly section: string;
  readonly maintainer: string;
  readonly homepage: string;
  readonly depends: readonly string[];
  /** The title, and lines of at most 80 characters that say what it is. */
  readonly description: readonly [string, ...string[]];
  readonly files: readonly TarEntry[];
  /** Names of files that an upgrade keeps as their owner edited them. */
  readonly conffiles: readonly string[];
  /** postinst, prerm, postrm as they stand. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** By `process.arch`. */
export const DEB_ARCHITECTURES = { x64: 'amd64', arm64: 'arm64', arm: 'armhf' } as const;
export type Arch = keyof typeof DEB_ARCHITECTURES;
export type DebArchitecture = (typeof DEB_ARCHITECTURES)[Arch];

/** deb-control(5), and what dpkg takes for a version without an epoch. */
const NAME = /^[a-z0-9][a-z0-9+.-]+$/;
const VERSION = /^\d[A-Za-z0-9.+~]*(?:-[A-Za-z0-9.+~]+)?$/;

/** ar(5), in its common form: names of at most 15 octets, numbers in decimal, the mode in octal, each member at an even offset. */
function ar(members: readonly (readonly [name: string, data: Buffer])[], time: number): Buffer {
  const all = members.flatMap(([name, data]) => {
    const header = [name.padEnd(16), String(time).padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8), String(data.length).padEnd(10), '`\n'].join('');
    return [Buffer.from(header), data, Buffer.from(data.length % 2 === 0 ? '' : '\n')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...all]);
}

/** As dpkg-gencontrol counts: every file and folder by whole KiB. */
const installedSize = (entries: readonly TarEntry[]): number => entries.reduce((sum, e) => sum + (e.kind === 'file' ? Math.ceil(e.data.length / 1024) : 1), 0);

function control(pkg: DebPackage, entries: readonly TarEntry[]): string {
  const [title, ...lines] = pkg.description;
  const fields = [
    ['Package', pkg.name],
    ['Version', pkg.version],
    ['Architecture', pkg.architecture],
    ['Maintainer', pkg.maintainer],
    ['Installed-Size', String(installedSize(entries))],
    ['Depends', pkg.depends.join(', ')],
    ['Section', pkg.section],
    ['Priority', 'optional'],
    ['Homepage', pkg.homepage],
    ['Description', [title, ...lines.map((line) => ` ${line}`)].join('\n')],
  ];
  return fields.filter(([, value]) => value !== '').map(([field, value]) => `${field}: ${value}\n`).join('');
}

/** @throws Error in words for what dpkg would refuse */
function checked(pkg: DebPackage): DebPackage {
  if (!NAME.test(pkg.name)) throw new Error(`package "${pkg.name}": a name is at least two small letters, digits, "+", "-" and "."`);
  if (!VERSION.test(pkg.version)) throw new Error(`package ${pkg.name}: version "${pkg.version}": expected such as 0.1.0-1`);
  const missing = pkg.conffiles.find((name) => !pkg.files.some((f) => f.kind === 'file' && f.name === name));
  if (missing !== undefined) throw new Error(`package ${pkg.name}: conffile ${missing} is not among its files`);
  return pkg;
}

/** `time` dates every file. @throws Error in words for a package that dpkg would refuse */
export function deb(unchecked: DebPackage, time: number): { readonly fileName: string; readonly octets: Buffer } {
  const pkg = checked(unchecked);
  const entries = tree(pkg.files);
  const text = (name: string, mode: number, content: string): TarEntry => ({ kind: 'file', name, mode, data: Buffer.from(content) });
  const sums = entries.flatMap((e) => (e.kind === 'file' && !pkg.conffiles.includes(e.name) ? [`${createHash('md5').update(e.data).digest('hex')}  ${e.name}\n`] : []));
  const controlFiles = [
    text('control', 0o644, control(pkg, entries)),
    text('md5sums', 0o644, sums.join('')),
    ...(pkg.conffiles.length > 0 ? [text('conffiles', 0o644, pkg.conffiles.map((name) => `/${name}\n`).join(''))] : []),
    ...Object.entries(pkg.scripts).map(([name, script]) => text(name, 0o755, script)),
  ];
  const options = { time, prefix: './' };
  const octets = ar([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzip(tar(tree(controlFiles), options))],
    ['data.tar.gz', gzip(tar(entries, options))],
  ], time);
  return { fileName: `${pkg.name}_${pkg.version}_${pkg.architecture}.deb`, octets };
}
