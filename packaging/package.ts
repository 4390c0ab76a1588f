/** What a package is before it takes a format: the same for opkg and apk. */
import type { TarEntry } from './tar.ts';

export interface Package {
  readonly name: string;
  /** As OpenWrt writes versions: `0.1.0-r1`. */
  readonly version: string;
  /** As OpenWrt names architectures (`aarch64_cortex-a53`), or `all`. */
  readonly architecture: string;
  readonly description: string;
  readonly section: string;
  readonly license: string;
  readonly maintainer: string;
  readonly url: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  /** Files and links; the directories above them are added, 0755 unless given. */
  readonly files: readonly TarEntry[];
  /** Names of those files that their owner edits: an upgrade keeps what was edited. */
  readonly conffiles: readonly string[];
  readonly hooks: Hooks;
}

/** Lines of POSIX sh, without `exit`: they follow or precede OpenWrt's own steps in the same script. `$PKG_UPGRADE` is 1 in an upgrade. */
export interface Hooks {
  /** After the files are there. Runs in a first installation and in an upgrade, on a router and while an image is made (`$IPKG_INSTROOT`). */
  readonly installed?: string;
  /** On a router, when the package is to go for good and its files are still there. */
  readonly removing?: string;
  /** When its files have gone for good. */
  readonly removed?: string;
}

const NAME = /^[a-z0-9][a-z0-9+.-]*$/;
/** What opkg and apk-tools order alike: digits with dots, and OpenWrt's release. */
const VERSION = /^\d+(?:\.\d+)*-r\d+$/;

/** @throws Error in words for what one of the package managers would refuse or read as something else */
export function checkPackage({ name, version, files, conffiles, description }: Package): void {
  if (!NAME.test(name)) throw new Error(`package "${name}": a name is small letters, digits, "+", "." and "-"`);
  if (!VERSION.test(version)) throw new Error(`package ${name}: version "${version}": expected digits with dots and a release, such as 0.1.0-r1`);
  if (/\n/.test(description)) throw new Error(`package ${name}: the description is one line`);
  const missing = conffiles.find((conffile) => !files.some((file) => file.kind === 'file' && file.name === conffile));
  if (missing !== undefined) throw new Error(`package ${name}: conffile ${missing} is not among its files`);
}

/** Octets of all files. */
export const installedSize = (files: readonly TarEntry[]): number => files.reduce((sum, file) => sum + (file.kind === 'file' ? file.data.length : 0), 0);
