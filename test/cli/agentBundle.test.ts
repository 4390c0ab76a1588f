/** What lies on a router with OpenWrt: how large it is, and what is not in it. That it works, test/root/fleetGateway.test.ts and its neighbours see. */
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Metafile, OutputFile } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { PACKAGES } from '../../scripts/agent-modules.mjs';
import { bundleAgent } from '../../scripts/build-agent.mjs';

/** Octets. docs/FOOTPRINT.md says what they are made of; a change that needs more raises them there and here. */
const MOST = {
  /** A gateway by UCI that belongs to no fleet loads this at its start. */
  alone: 380_000,
  /** The same in a fleet. */
  inFleet: 500_000,
  /** `roamstead agent status`, as LuCI asks for it. */
  asking: 62_000,
  /** All chunks. Nobody loads them all. */
  all: 605_000,
  packed: 210_000,
};

type Bundle = { readonly metafile: Metafile; readonly outputFiles: readonly Pick<OutputFile, 'path' | 'contents'>[] };

let outputs: Metafile['outputs'];
let files: Bundle['outputFiles'];
let sizes: ReadonlyMap<string, number>;
beforeAll(async () => {
  const bundled = (await bundleAgent(undefined, { uciOnly: true })) as Bundle;
  outputs = Object.fromEntries(Object.entries(bundled.metafile.outputs).filter(([name]) => !name.endsWith('.map')));
  files = bundled.outputFiles;
  sizes = new Map(files.map(({ path, contents }) => [basename(path), contents.length]));
});

/** Chunks that are loaded when these sources are. */
function reached(entries: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const output = outputs[name];
    if (!output || seen.has(name)) return;
    seen.add(name);
    for (const { path, kind } of output.imports) if (kind === 'import-statement') visit(path);
  };
  for (const [name, { entryPoint }] of Object.entries(outputs)) if (entryPoint !== undefined && entries.includes(entryPoint)) visit(name);
  expect(entries.filter((e) => !Object.values(outputs).some((o) => o.entryPoint === e))).toEqual([]);
  return seen;
}

/** Octets of them. */
const loaded = (...entries: string[]): number => [...reached(entries)].reduce((sum, name) => sum + (sizes.get(basename(name)) ?? Number.NaN), 0);

const ALONE = ['cli/agentMain.ts', 'cli/agent.ts', 'cli/agentProcess.ts', 'cli/agentUci.ts'];
const FLEET = ['agent/fleet/member.ts', 'agent/fleet/mqtt.ts'];

it('what is loaded, and what is stored, is no larger than it may be', () => {
  expect(loaded(...ALONE)).toBeLessThan(MOST.alone);
  expect(loaded(...ALONE, ...FLEET)).toBeLessThan(MOST.inFleet);
  expect(loaded('cli/agentMain.ts', 'cli/agent.ts', 'cli/owner.ts')).toBeLessThan(MOST.asking);
  expect(files.reduce((sum, f) => sum + f.contents.length, 0)).toBeLessThan(MOST.all);
  expect(gzipSync(Buffer.concat(files.map((f) => f.contents)), { level: 9 }).length).toBeLessThan(MOST.packed);
});

it('nothing of the cloud, the lab or the benchmark is in it, and no package that is not listed', () => {
  const inputs = Object.values(outputs).flatMap((o) => Object.keys(o.inputs));
  expect(inputs).toContain('agent/main.ts');
  expect(inputs.filter((path) => /^(?:cloud|lab|bench|web|test|packaging)\//.test(path))).toEqual([]);
  const packages = new Set(inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  expect([...packages].toSorted()).toEqual((PACKAGES as readonly string[]).filter((name) => name !== 'yaml'));
});

it.each([
  ['a fleet', [...FLEET, 'node_modules/mqtt']],
  ['RADIUS', ['agent/aaa/radius.ts', 'runtime/radius/client.ts', 'agent/aaa/radsec.ts']],
  ['a survey by node-wifi', ['node_modules/node-wifi/']],
  ["the kernel's own tunnels", ['linux/datapath/kernelPaths.ts']],
  ['somebody who asks', ['cli/printers/gateway.ts', 'cli/phrases/gateway.ts', 'cli/grammar.ts']],
])('a gateway without %s loads nothing of it', (_, parts) => {
  const start = reached(ALONE);
  for (const part of parts) {
    const chunks = Object.entries(outputs).flatMap(([name, o]) => (Object.keys(o.inputs).some((path) => path.includes(part)) ? [name] : []));
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.filter((name) => start.has(name))).toEqual([]);
  }
});
