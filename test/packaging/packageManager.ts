/** What the doubles of opkg and apk have in common. They were written from the tools' sources and behave as these did in the run that docs/PACKAGING.md describes. */
import { createHash } from 'node:crypto';
import type { BinaryLike } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import type { ReadEntry } from './reader.ts';
import type { Router } from './router.ts';

/** What the real tool says an error about and does not do. */
export class Refused extends Error {}

export interface PackageManager {
  /** Reads the feed's index anew. @throws Refused when its signature is missing, of an unknown key, or wrong */
  update(): void;
  /** By name, with what it depends on. @throws Refused */
  install(name: string): void;
  /** From a file on the router's disk, even to an older version. @throws Refused */
  installFile(path: string): void;
  upgrade(): void;
  remove(...names: string[]): void;
  /** `name version` of what is there. */
  installed(): string[];
}

export const digest = (algorithm: 'sha1' | 'sha256', data: BinaryLike): Buffer => createHash(algorithm).update(data).digest();

/** Digits between dots, then the release. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] => (version.match(/\d+/g) ?? []).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  const at = left.findIndex((number, i) => number !== (right[i] ?? 0));
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0);
}

/** Puts an entry of an archive on the disk; a directory that is there stays as it is. */
export function unpack(router: Router, entry: ReadEntry, name = entry.name): void {
  if (entry.kind === 'directory') {
    if (router.exists(name)) return;
    mkdirSync(router.at(name));
    chmodSync(router.at(name), entry.mode);
  } else if (entry.kind === 'link') {
    rmSync(router.at(name), { force: true });
    symlinkSync(entry.target, router.at(name));
  } else {
    rmSync(router.at(name), { force: true });
    router.write(name, entry.data, entry.mode);
  }
}
