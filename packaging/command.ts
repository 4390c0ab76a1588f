/** `npm run package`: OpenWrt's packages from what was built, as feeds in dist/packages; a line for each file. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { archOfDebian, writeDebs, writeImage, writeNodeDeb } from './debTargets.ts';
import { signApkFeed, signOpkgFeed, writeApkFeed, writeOpkgFeed } from './feed.ts';
import type { Written } from './feed.ts';
import { makeKeys, signingKeys } from './keys.ts';
import { LUCI_APP, RELEASES, ROAMSTEAD, runtimePackage } from './openwrt.ts';
import type { Recipe, Release } from './openwrt.ts';
import type { Package } from './package.ts';
import { collectPackage, packageTime } from './payload.ts';
import { runtimeOf } from './runtimeFile.ts';

const USAGE = `usage: npm run package -- [options]

Writes dist/packages/openwrt-24.10 (opkg) and dist/packages/openwrt-25.12 (apk): feeds, to be copied to any web server; then signs them.
Beside them dist/packages/debian: a package for amd64, arm64 and armhf.

  --unsigned         stop before signing: needs no key
  --sign             only sign the feeds that are there
  --node FILE        also package a Node built for musl as roamstead-node, in a feed of its own below openwrt-25.12
  --arch A           the router's architecture, as OpenWrt names it (aarch64_cortex-a53, x86_64, …), for --node; or Debian's (amd64,
                     arm64, armhf) and a Node for glibc: then roamstead-node is a .deb
  --oci ARCH=FILE    also a container image with that Node for glibc; once for each of amd64, arm64, armhf
  --out FOLDER       instead of dist/packages
  --make-keys FOLDER make two keys for signing there, and nothing else
  --help

Keys are taken from the folder ROAMSTEAD_SIGNING_KEYS; without it a development key is made once, in the user's state folder.
Dates are SOURCE_DATE_EPOCH, or a fixed day. docs/PACKAGING.md says how routers are told of a feed and its key.
`;

const RECIPES: readonly Recipe[] = [ROAMSTEAD, LUCI_APP];

interface Options {
  readonly root: string;
  readonly out: string;
  readonly time: number;
  /** Of the product. */
  readonly version: string;
  readonly say: (line: string) => void;
}

/** @throws Error in words; the caller says it */
export function packageCommand(args: readonly string[], root: string, environment: NodeJS.ProcessEnv): void {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ args: [...args], options: { unsigned: flag, sign: flag, help: flag, node: text, arch: text, out: text, oci: { type: 'string', multiple: true, default: [] }, 'make-keys': text } });
  const say = (line: string): void => void process.stdout.write(`package: ${line}\n`);
  if (values.help) return void process.stdout.write(USAGE);
  if (values['make-keys'] !== undefined) {
    makeKeys(values['make-keys'], 'roamstead');
    return say(`made ${values['make-keys']}/roamstead.rsa (apk) and roamstead.sec (opkg); keep them from others, and do not lose them`);
  }
  if ((values.node === undefined) !== (values.arch === undefined)) throw new Error('--node and --arch belong together');
  const options: Options = { root, out: values.out ?? join(root, 'dist/packages'), time: packageTime(environment), say, version: versionOf(root) };
  const written = values.sign ? [] : writeFeeds(options);
  if (!values.sign) writeDebs(options);
  if (values.oci.length > 0) writeImage(values.oci, options);
  if (values.node !== undefined && values.arch !== undefined) {
    const debian = archOfDebian(values.arch);
    if (debian) writeNodeDeb(values.node, debian, options);
    else writeRuntime(values.node, values.arch, options);
  }
  if (!values.unsigned) signFeeds(options, environment);
  checkSizes(written);
}

const feedFolder = (out: string, release: Release): string => join(out, `openwrt-${release}`);

const versionOf = (root: string): string => (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

function writeFeeds({ root, out, time, version, say }: Options): Written[] {
  return RELEASES.flatMap((release) => {
    const folder = feedFolder(out, release);
    // Not the folders: runtimes of several architectures are made one after the other.
    for (const file of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()) : []) rmSync(join(folder, file.name));
    const packages = RECIPES.flatMap((recipe) => collectPackage(root, recipe, release, version) ?? []);
    return tell(write(release)(folder, packages, time), say);
  });
}

const write = (release: Release): ((folder: string, packages: readonly Package[], time: number) => Written[]) => (release === '24.10' ? writeOpkgFeed : writeApkFeed);

/** A feed of its own for an architecture: names of apk's files do not say which they are for. */
function writeRuntime(file: string, architecture: string, { out, time, say }: Options): void {
  const folder = join(feedFolder(out, '25.12'), architecture);
  tell(writeApkFeed(folder, [runtimePackage(runtimeOf(readFileSync(file), architecture))], time), say);
}

function tell(files: readonly Written[], say: Options['say']): readonly Written[] {
  for (const { path } of files) say(`${path}  ${statSync(path).size.toLocaleString('en-US')} octets`);
  return files;
}

/** Last: with the signature, and what is too large can be looked at. */
function checkSizes(files: readonly Written[]): void {
  for (const { pkg, path } of files) {
    const { size } = statSync(path);
    const limit = RECIPES.find(({ name }) => name === pkg.name)?.limit;
    if (limit !== undefined && size > limit) throw new Error(`${basename(path)} has ${size} octets, of which at most ${limit} are allowed: routers have little flash`);
  }
}

/** The release's own and, below it, those of architectures. */
const apkFeeds = (folder: string): string[] => [folder, ...readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name))];

function signFeeds({ out, time, say }: Options, environment: NodeJS.ProcessEnv): void {
  const keys = signingKeys(environment);
  for (const release of RELEASES) {
    const folder = feedFolder(out, release);
    if (!existsSync(folder)) throw new Error(`there is no ${folder} to sign; \`npm run package\` makes it`);
    if (release === '24.10') signOpkgFeed(folder, keys);
    else for (const feed of apkFeeds(folder)) signApkFeed(feed, keys, time);
  }
  if (keys.development) process.stderr.write('package: WARNING: signed with a development key, which is not for others: name the folder of the keys in ROAMSTEAD_SIGNING_KEYS\n');
  say(`signed with ${keys.development ? 'the DEVELOPMENT keys' : 'the keys'} of ${keys.folder}: ${keys.opkg.number} (opkg), ${keys.apkName} (apk)`);
}
