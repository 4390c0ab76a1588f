/** Collects what lies in the house's folders into packages. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ABOUT, modeOf } from './openwrt.ts';
import type { Recipe, Release, Source } from './openwrt.ts';
import type { Package } from './package.ts';
import type { TarEntry } from './tar.ts';

/** Dates of all files when SOURCE_DATE_EPOCH is not set: 2026-01-01T00:00:00Z. */
const FIXED_TIME = 1_767_225_600;

/** Seconds since 1970. @throws Error in words when SOURCE_DATE_EPOCH is no number */
export function packageTime(environment: NodeJS.ProcessEnv): number {
  const given = environment['SOURCE_DATE_EPOCH'];
  if (given === undefined || given === '') return FIXED_TIME;
  if (!/^\d{1,10}$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is "${given}", expected seconds since 1970`);
  return Number(given);
}

/** Names of all files below a folder, without following links. @throws Error for anything but files and folders */
export function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(folder, name);
    if (!entry.isFile()) throw new Error(`${join(folder, name)} is neither a file nor a folder: a package holds nothing else`);
    return [name];
  });
}

function collect(root: string, { from, to, only, made = (file) => file }: Source): TarEntry[] {
  const folder = join(root, from);
  if (!existsSync(folder)) return [];
  const names = filesBelow(folder).filter((name) => only?.test(name) ?? true);
  return names.map((below) => {
    const file = made({ name: below, data: readFileSync(join(folder, below)) });
    const name = to === '' ? file.name : `${to}/${file.name}`;
    return { kind: 'file', name, mode: modeOf(name), data: file.data };
  });
}

/** The package as a recipe has it; undefined when not one of its files is there. `version` without a release. */
export function collectPackage(root: string, recipe: Recipe, release: Release, version: string): Package | undefined {
  const { name, description, section, conffiles, hooks } = recipe;
  const files = recipe.sources.flatMap((source) => collect(root, source));
  if (files.length === 0) return undefined;
  const depends = recipe.depends.filter(({ on }) => on === undefined || on === release).map((dependency) => dependency.name);
  return { name, version: `${version}-r1`, architecture: 'all', description, section, ...ABOUT, depends, provides: [], files, conffiles, hooks };
}
