/** A double of apk-tools 3 with packages of format 2, by its rules: src/extract_v2.c, src/database.c (apk_db_install_file, apk_db_migrate_files, apk_db_purge_pkg), doc/apk-v2.5.scd. */
import { existsSync, readFileSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openApk, readIndex } from './apkFile.ts';
import type { Index, Opened } from './apkFile.ts';
import { compareVersions, digest, Refused, unpack } from './packageManager.ts';
import type { PackageManager } from './packageManager.ts';
import type { Router } from './router.ts';

interface Installed {
  readonly version: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  /** SHA-1 of the package's own, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly folders: readonly string[];
  readonly scripts: ReadonlyMap<string, string>;
}

const NEW = '.apk-new';
/** apk's default `+etc`: files below are kept when they were changed. */
const isProtected = (name: string): boolean => name.startsWith('etc/');
const withoutVersion = (dependency: string): string => dependency.split('=')[0] ?? dependency;

export function apkDouble(router: Router, feed: string): PackageManager {
  const there = new Map<string, Installed>();
  /** What was asked for by name: whatever else is there goes when nothing needs it. */
  const world = new Set<string>();
  /** What is there without a file that is another package's, and why: an error of whatever is done until it is removed. */
  const broken = new Map<string, string>();
  let index: readonly Index[] = [];

  const trusted = (): ReadonlyMap<string, string> => new Map(readdirSync(router.at('etc/apk/keys')).map((name) => [name, router.read(`etc/apk/keys/${name}`)]));
  const sumOnDisk = (name: string): string | undefined => (router.exists(name) ? digest('sha1', readFileSync(router.at(name))).toString('hex') : undefined);
  const providerOf = (dependency: string): string | undefined => [...there].find(([name, { provides }]) => name === dependency || provides.some((one) => withoutVersion(one) === dependency))?.[0];

  function script(name: string, scripts: ReadonlyMap<string, string>, which: string, ...versions: readonly string[]): void {
    const text = scripts.get(which);
    if (text === undefined) return;
    router.write('tmp/apk-script', text, 0o755);
    const { code, said } = router.run(['/tmp/apk-script', ...versions], { APK_SCRIPT: which, APK_PACKAGE: name });
    rmSync(router.at('tmp/apk-script'));
    if (code !== 0) throw new Refused(`${name}.${which}: script exited with error ${code}: ${said}`);
  }

  const ownerBeside = (name: string, file: string): string | undefined => [...there].find(([other, { files }]) => other !== name && files.has(file))?.[0];

  function checkFolders(name: string, { data }: Opened): void {
    const folders = new Set(data.filter(({ kind }) => kind === 'directory').map((entry) => entry.name));
    for (const entry of data) {
      const parent = entry.name.split('/').slice(0, -1).join('/');
      if (parent !== '' && !folders.has(parent)) throw new Refused(`${name}: ${entry.name}: no dirent in archive`);
    }
  }

  /** What stays as it is on the disk of a protected file, and what of the package is put beside it. */
  function place(entry: Opened['data'][number], sum: string, old: Installed | undefined): void {
    const onDisk = sumOnDisk(entry.name);
    if (!isProtected(entry.name) || onDisk === undefined || onDisk === old?.files.get(entry.name)) unpack(router, entry);
    else if (onDisk !== sum) unpack(router, entry, `${entry.name}${NEW}`);
  }

  function put(opened: Opened): void {
    const { name, version, data } = opened;
    checkFolders(name, opened);
    const old = there.get(name);
    const files = new Map<string, string>();
    for (const entry of data) {
      const owner = ownerBeside(name, entry.name);
      if (entry.kind === 'directory') unpack(router, entry);
      else if (owner !== undefined) broken.set(name, `${name}: trying to overwrite ${entry.name} owned by ${owner}.`);
      else {
        const sum = entry.pax?.['APK-TOOLS.checksum.SHA1'] ?? '';
        place(entry, sum, old);
        files.set(entry.name, sum);
      }
    }
    const folders = data.filter(({ kind }) => kind === 'directory').map((entry) => entry.name);
    there.set(name, { version, depends: opened.depends, provides: opened.provides, files, folders, scripts: opened.scripts });
    if (old) clean({ ...old, files: new Map([...old.files].filter(([file]) => !files.has(file))) });
    if (old) script(name, opened.scripts, 'post-upgrade', version, old.version);
    else script(name, opened.scripts, 'post-install', version);
  }

  /** Files that are not protected or not changed, and folders that nobody else has and that are empty. */
  function clean({ files, folders }: Installed): void {
    for (const [file, sum] of files) {
      if (!isProtected(file) || sumOnDisk(file) === sum) rmSync(router.at(file), { force: true });
      if (isProtected(file)) rmSync(router.at(`${file}${NEW}`), { force: true });
    }
    const others = new Set([...there.values()].flatMap((pkg) => pkg.folders));
    for (const folder of folders.toSorted().toReversed()) {
      if (!others.has(folder) && existsSync(router.at(folder)) && readdirSync(router.at(folder)).length === 0) rmdirSync(router.at(folder));
    }
  }

  const newest = (name: string): Index | undefined =>
    index.filter((one) => one.name === name || one.provides.some((provided) => withoutVersion(provided) === name)).sort((a, b) => compareVersions(b.version, a.version))[0];

  function add(name: string): void {
    const found = newest(name);
    if (!found && providerOf(name) === undefined) throw new Refused(`unable to select packages: ${name} (no such package)`);
    const old = found && there.get(found.name);
    if (!found || (old && compareVersions(found.version, old.version) <= 0)) return;
    addNeeded(found.depends);
    // The package's own signature is not asked for: the index names it by the sum of its control member.
    const path = join(feed, `${found.name}-${found.version}.apk`);
    if (!existsSync(path)) throw new Refused(`${found.name}-${found.version}: No such file or directory`);
    const opened = openApk(readFileSync(path), { identity: found.identity });
    if (opened.name !== found.name || opened.version !== found.version) throw new Refused(`${found.name}: package mentioned in index not found`);
    put(opened);
  }

  /** All that was asked for, also what was refused before: apk keeps the wish, and tries it again with whatever it does next. */
  function settle(): void {
    const refused = [...world].flatMap((name) => {
      try {
        if (!there.has(name)) add(name);
        return [];
      } catch (error) {
        if (error instanceof Refused) return [error];
        throw error;
      }
    });
    if (refused[0]) throw refused[0];
    for (const why of broken.values()) throw new Refused(why);
  }

  function addNeeded(depends: readonly string[]): void {
    for (const dependency of depends) if (providerOf(dependency) === undefined) add(dependency);
  }

  /** Without what the world needs; a package goes before what it depends on. */
  function sweep(): void {
    const needed = new Set<string>();
    const need = (name: string): void => {
      const provider = providerOf(name);
      if (provider === undefined || needed.has(provider)) return;
      needed.add(provider);
      there.get(provider)?.depends.forEach(need);
    };
    world.forEach(need);
    const going = new Set([...there.keys()].filter((name) => !needed.has(name)));
    while (going.size > 0) {
      const [name] = [...going].filter((one) => ![...going].some((other) => there.get(other)?.depends.some((dependency) => providerOf(dependency) === one)));
      const pkg = name === undefined ? undefined : there.get(name);
      if (name === undefined || pkg === undefined) throw new Error('packages depend on each other in a circle');
      script(name, pkg.scripts, 'pre-deinstall', pkg.version);
      there.delete(name);
      broken.delete(name);
      clean(pkg);
      script(name, pkg.scripts, 'post-deinstall', pkg.version);
      going.delete(name);
    }
  }

  return {
    update() {
      index = [];
      index = readIndex(readFileSync(join(feed, 'APKINDEX.tar.gz')), trusted());
    },
    install(name) {
      if (!newest(name) && providerOf(name) === undefined) throw new Refused(`unable to select packages: ${name} (no such package)`);
      world.add(name);
      settle();
    },
    installFile(path) {
      const opened = openApk(readFileSync(path), { keys: trusted() });
      world.add(opened.name);
      addNeeded(opened.depends);
      put(opened);
      settle();
    },
    upgrade() {
      [...there.keys()].forEach(add);
      settle();
    },
    remove(...names) {
      for (const name of names) world.delete(name);
      sweep();
      // Not asked for any more: it goes with the last package that needs it.
      const kept = names.find((name) => there.has(name));
      if (kept === undefined) return;
      throw new Refused(`the following packages are not removed due to: ${kept}: ${[...there].filter(([, pkg]) => pkg.depends.includes(kept)).map(([name]) => name).join(', ')}`);
    },
    installed: () => [...there].map(([name, { version }]) => `${name} ${version}`).sort(),
  };
}
