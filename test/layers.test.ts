/** Who may import whom, and what the pure folders may touch: a table with the reason in words. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Every other folder holds sources and needs a row. */
const WITHOUT_SOURCES = ['node_modules', 'dist', 'build', 'test', 'docs', 'examples', 'scripts', 'bin', 'openwrt'];
const LONGEST = 400;

interface Layer {
  /** The rule holds for every file under this folder, save those that a longer row names. */
  readonly folder: string;
  /** Folders and package names that its files may import besides their own folder. */
  readonly imports: readonly string[] | 'anything';
  /** What they may import by `import type` besides. */
  readonly types?: readonly string[];
  readonly pure?: boolean;
  readonly because: string;
}

const ANY_PACKAGE = 'npm:*';
const NODE = 'node:*';

const LAYERS: readonly Layer[] = [
  { folder: 'protocol', imports: [], pure: true, because: 'wire formats stand on nothing, so that every other part can stand on them' },
  { folder: 'agent/mag', imports: ['protocol'], pure: true, because: 'the gateway is a function of state, event and now: it is simulated and replayed without sockets' },
  { folder: 'agent/dhcp-server', imports: ['protocol'], pure: true, because: 'a package of its own: the conversation with the phone, usable behind any socket' },
  { folder: 'agent/wifi/hostapd-ctrl', imports: ['protocol'], pure: true, because: 'a package of its own: the socket is given to it' },
  { folder: 'agent/fleet/desired.ts', imports: ['protocol', 'runtime', 'agent'], pure: true, because: 'what becomes of a document is a function of state, event and now: it is tried without a broker' },
  { folder: 'agent/fleet/trial.ts', imports: ['protocol', 'runtime', 'agent'], pure: true, because: 'what becomes of a document is a function of state, event and now: it is tried without a broker' },
  { folder: 'agent/fleet/client.ts', imports: ['protocol', 'runtime', 'agent'], pure: true, because: 'a gateway of a fleet knows the world through ports: a simulation runs hundreds in one process' },
  { folder: 'agent/wifi/ubus', imports: ['protocol'], pure: true, because: 'what ubusd says is tested without one: the socket is given to it' },
  { folder: 'agent/openwrt/uci.ts', imports: [], pure: true, because: 'what a file says follows from its text: it is fuzzed' },
  { folder: 'agent/openwrt/options.ts', imports: [], pure: true, because: 'which option is which key is a table' },
  { folder: 'agent/openwrt/resolve.ts', imports: ['protocol', 'agent/openwrt'], pure: true, because: 'devices follow from the files and from what netifd said: they are looked up without a router' },
  { folder: 'agent/openwrt/render.ts', imports: ['runtime/nearest.ts', 'agent/openwrt'], pure: true, because: 'the configuration follows from the files and from what netifd said' },
  { folder: 'cloud/lma', imports: ['protocol'], pure: true, because: 'the anchor is a function of state, event and now: it is simulated and replayed without sockets' },
  { folder: 'cloud/accounting/ledger.ts', imports: ['protocol', 'cloud/lma', 'cloud/accounting'], pure: true, because: 'sums follow from what the anchor says and the counters: they are replayed without a disk or a server' },
  { folder: 'cloud/accounting/delivery.ts', imports: ['protocol', 'cloud/accounting'], pure: true, because: 'what waits for a server is a function of state, event and now' },
  { folder: 'cloud/fleet/rollout.ts', imports: ['cloud/fleet', 'cloud/live', 'runtime/fleet'], pure: true, because: 'a rollout is a function of state, event and now: a cloud that was killed goes on with the state that it stored' },
  { folder: 'cloud/fleet/presence.ts', imports: ['cloud/fleet', 'runtime/fleet'], pure: true, because: 'who is there follows from what was heard, in whatever order it came' },
  { folder: 'cloud/fleet/status.ts', imports: ['cloud/fleet', 'cloud/api', 'runtime/fleet'], pure: true, because: 'how a home is follows from what is known of it' },
  { folder: 'cloud/fleet/earshot.ts', imports: ['cloud/fleet', 'cloud/api', 'runtime/fleet'], pure: true, because: 'who hears whom follows from what gateways told' },
  { folder: 'cloud/fleet/merge.ts', imports: ['cloud/fleet'], pure: true, because: 'what a home desires follows from the documents' },
  { folder: 'cloud/privacy/epochs.ts', imports: ['cloud/api/resources'], pure: true, because: 'what is purged and destroyed when is a function of settings and now: clocks are moved in its tests' },
  { folder: 'cloud/privacy/trustedClock.ts', imports: ['cloud/privacy'], pure: true, because: 'whether a clock is believed follows from what it said before' },
  { folder: 'cloud/fleet/store/steps.ts', imports: ['cloud/fleet/ports.ts'], pure: true, because: 'both stores take a commit the same way' },
  { folder: 'cloud/live/join.ts', imports: ['protocol', 'runtime/fleet', 'cloud'], pure: true, because: 'what both ends told is joined by id and time alone: any order of it is replayed' },
  { folder: 'cloud/live/axis.ts', imports: ['protocol', 'runtime/fleet', 'cloud'], pure: true, because: 'stages are laid on one axis without a clock' },
  { folder: 'cloud/live/figures.ts', imports: ['protocol', 'runtime/fleet', 'cloud'], pure: true, because: 'figures follow from attempts and their times' },
  { folder: 'cloud/live/sessions.ts', imports: ['protocol', 'runtime/fleet', 'cloud'], pure: true, because: 'who is where follows from what was told' },
  { folder: 'cloud/live/alertBook.ts', imports: ['protocol', 'runtime/fleet', 'cloud'], pure: true, because: 'alerts follow from what was found and when' },
  { folder: 'cloud/live/alertRules.ts', imports: ['protocol', 'runtime/fleet', 'cloud'], pure: true, because: 'a rule looks at what it is given' },
  { folder: 'cloud/broker/frames.ts', imports: [], pure: true, because: 'what a client may send is judged by octets and a clock that is given' },
  { folder: 'cloud/broker/acl.ts', imports: ['runtime/fleet', 'cloud/broker'], pure: true, because: 'who may what follows from one table, for both brokers' },
  { folder: 'cloud/fleet/claimsPending.ts', imports: ['runtime/fleet', 'cloud'], pure: true, because: 'who waits follows from what was asked and when' },
  { folder: 'linux', imports: ['protocol', NODE], because: 'the kernel adapters serve both ends and know neither' },
  { folder: 'runtime', imports: ['protocol', 'linux', NODE, ANY_PACKAGE], because: 'what both processes share belongs to neither' },
  { folder: 'agent', imports: ['protocol', 'linux', 'runtime', 'agent', NODE, ANY_PACKAGE], because: 'a home router carries no cloud code' },
  { folder: 'cloud', imports: ['protocol', 'linux', 'runtime', 'cloud', NODE, ANY_PACKAGE], because: 'the cloud meets agents over the network only' },
  { folder: 'cloud/api', imports: ['protocol', 'runtime', 'cloud', NODE, ANY_PACKAGE], because: 'the API asks the parts of the fleet and touches no kernel' },
  { folder: 'web', imports: [ANY_PACKAGE], types: ['cloud/api/resources', 'runtime/fleet'], because: 'the dashboard runs in a browser and speaks HTTP to the cloud: of the cloud it knows the types of the answers' },
  { folder: 'web/mocks', imports: ['runtime/fleet', 'cloud/api/resources', NODE], because: 'the mock stands in for the cloud, with its types and without its code' },
  { folder: 'lab/fleet/town.ts', imports: [], pure: true, because: 'a town is where it was the last time' },
  { folder: 'cli', imports: 'anything', because: 'the one command starts every part' },
  { folder: 'bench', imports: 'anything', because: 'the benchmark measures every part' },
  { folder: 'lab', imports: 'anything', because: 'the lab builds a whole world' },
  { folder: 'packaging', imports: [NODE], because: 'packages are made from files: none of the code that they carry runs while they are' },
  { folder: 'bench', imports: 'anything', because: 'the benchmark measures every part' },
];

/** What would make the same input give another result, or reach outside. */
const IMPURE: Readonly<Record<string, RegExp>> = {
  'the clock': /\bDate\.now\b|\bnew Date\s*\(\s*\)|\bperformance\b|\bhrtime\b/,
  'a timer': /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
  'random numbers': /\bMath\.random\b|\bcrypto\b|\bgetRandomValues\b/,
  'the process': /\bprocess\.|\bglobalThis\b|\brequire\s*\(/,
  'output': /\bconsole\./,
};

/** Source text without comments and with strings emptied, so that prose about the clock is not taken for reading it. */
function codeOf(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (m) => (m.startsWith('/') ? '' : "''"));
}

/** Every specifier, with whether it is imported for its types only. */
function importsOf(source: string): { readonly specifier: string; readonly types: boolean }[] {
  const bare = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, '');
  return [...bare.matchAll(/(?:^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*|^\s*import\s*|\bimport\s*\(\s*)['"]([^'"\n]+)['"]/gm)].map((m) => ({ specifier: m[1] as string, types: /^\s*(?:import|export)\s+type\b/.test(m[0]) }));
}

const under = (folder: string, path: string) => path === folder || path.startsWith(`${folder}/`);

function layerOf(file: string): Layer | undefined {
  return LAYERS.filter((l) => under(l.folder, file)).sort((a, b) => b.folder.length - a.folder.length)[0];
}

const workspaces: Readonly<Record<string, string>> = { 'hostapd-ctrl': 'agent/wifi/hostapd-ctrl', 'dhcp-server': 'agent/dhcp-server' };

/** A folder path of this repository, or `node:x`, or `npm:x`. */
function target(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(root, resolve(root, dirname(file), specifier));
  return workspaces[specifier] ?? (specifier.startsWith('node:') ? specifier : `npm:${specifier}`);
}

function allowed(layer: Layer, to: string, types: boolean): boolean {
  if (layer.imports === 'anything' || under(layer.folder, to)) return true;
  if (types && layer.types?.some((i) => under(i, to))) return true;
  return layer.imports.some((i) => (i.endsWith('*') ? to.startsWith(i.slice(0, -1)) : under(i, to)));
}

/** What one file does against the table, in words. */
function complaints(file: string, source: string): string[] {
  const layer = layerOf(file);
  if (!layer) return [`${file}: no row of the table covers it`];
  const found = importsOf(source)
    .map(({ specifier, types }) => ({ to: target(file, specifier), types }))
    .filter(({ to, types }) => !allowed(layer, to, types))
    .map(({ to }) => `${file} imports ${to}: ${layer.because}`);
  if (!layer.pure) return found;
  const code = codeOf(source);
  for (const [what, pattern] of Object.entries(IMPURE)) {
    const hit = pattern.exec(code);
    if (hit) found.push(`${file} uses ${what} (${hit[0]}): ${layer.because}`);
  }
  return found;
}

function sources(dir: string): string[] {
  if (!existsSync(join(root, dir))) return [];
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((e) => {
    const path = `${dir}/${e.name}`;
    if (e.isDirectory()) return e.name === 'node_modules' || e.name === 'dist' ? [] : sources(path);
    return /\.(?:ts|tsx|mjs)$/.test(e.name) && !e.name.endsWith('.d.ts') ? [path] : [];
  });
}

const folders = readdirSync(root, { withFileTypes: true })
  .filter((e) => e.isDirectory() && !e.name.startsWith('.') && !WITHOUT_SOURCES.includes(e.name))
  .map((e) => e.name);
const files = folders.flatMap(sources);
const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the layers', () => {
  it('imports go the way the table says, and pure folders are pure', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => complaints(file, read(file)))).toEqual([]);
  });

  it.each([
    ['protocol/a.ts', "import { x } from '../agent/mag/b.ts';"],
    ['protocol/a.ts', "import {\n  readFileSync,\n} from 'node:fs';"],
    ['protocol/a.ts', "import 'node:fs';"],
    ['protocol/a.ts', "const v = await import('valibot');"],
    ['agent/mag/a.ts', "export type { X } from '../../cloud/lma/b.ts';"],
    ['agent/mag/a.ts', "import { serve } from 'dhcp-server';"],
    ['agent/mag/a.ts', 'const t = Date.now();'],
    ['agent/dhcp-server/a.ts', 'setTimeout(() => undefined, 1);'],
    ['cloud/lma/a.ts', 'const key = Math.random();'],
    ['cloud/lma/a.ts', 'crypto.getRandomValues(x);'],
    ['agent/wifi/hostapd-ctrl/a.ts', "import { createSocket } from 'node:dgram';"],
    ['linux/a.ts', "import { x } from '../agent/main.ts';"],
    ['agent/a.ts', "import { x } from '../cloud/main.ts';"],
    ['runtime/a.ts', "import { x } from '../agent/main.ts';"],
    ['web/a.ts', "import { x } from '../protocol/codec.ts';"],
    ['web/a.ts', "import { x } from '../cloud/api/resources/homes.ts';"],
    ['web/a.ts', "import type { Route } from '../cloud/api/route.ts';"],
    ['other/a.ts', ''],
  ])('the check refuses %s with %s', (file, source) => {
    expect(complaints(file, source)).toHaveLength(1);
  });

  it.each([
    ['agent/mag/a.ts', "import { x } from '../../protocol/codec.ts';\nimport type { Y } from './b.ts';"],
    ['agent/mag/a.ts', "// Date.now() would be read here\nconst text = 'process.exit';"],
    ['agent/mag/a.ts', "const text = 'away from' + 'here';\nimport {\n  x,\n} from './b.ts';"],
    ['agent/main.ts', "import { serve } from 'dhcp-server';\nimport 'node:fs';\nDate.now();"],
    ['cloud/lma/a.ts', 'const at = new Date(wall).toISOString();'],
    ['web/a.ts', "import type { Home } from '../cloud/api/resources/homes.ts';"],
  ])('the check lets %s with %s pass', (file, source) => {
    expect(complaints(file, source)).toEqual([]);
  });
});

describe('the house', () => {
  it(`no source has more than ${LONGEST} lines`, () => {
    const long = files.map((file) => [file, read(file).split('\n').length - 1] as const).filter(([, n]) => n > LONGEST);
    expect(long).toEqual([]);
  });

  it('hostapd-ctrl and dhcp-server are resolved to the workspaces and to no registry', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string; link?: boolean }> };
    for (const [name, folder] of Object.entries(workspaces)) {
      expect(lock.packages[`node_modules/${name}`]).toEqual({ resolved: folder, link: true });
    }
  });

  it('docs/ARCHITECTURE.md names every dependency', () => {
    const text = read('docs/ARCHITECTURE.md');
    const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<'dependencies' | 'optionalDependencies', Record<string, string>>;
    expect(Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !text.includes(name))).toEqual([]);
  });

  it('a package that is loaded when it is needed is taken by its default', () => {
    // In a bundle of several chunks a CommonJS module has no other name, whatever it has in Node.
    const named = files.flatMap((file) => [...read(file).matchAll(/const (\{.*\}) = await import\('(?!node:)([^.'][^']*)'\)/g)].filter(([, names = '']) => !names.startsWith('{ default')).map(([, , name]) => `${file}: ${name}`));
    expect(named).toEqual([]);
  });
});
