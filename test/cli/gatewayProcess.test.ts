/** The command as it lies on a gateway, as a process: whoever begins with `agent` and whoever asks anything else is served, in whole words and short ones. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleAgentInto, type Run } from './bundle.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rs-gateway-'));
  file = await bundleAgentInto(join(folder, 'agent'));
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...args], { cwd: folder }, (_, out, err) => resolve({ code: child.exitCode, out, err }));
  });

it.each([
  [[], 2, '', 'roamstead agent --config FILE'],
  [['--help'], 0, '', 'roamstead show ipv6 mobile pmipv6 mag binding'],
  [['agent'], 2, '--config is missing', ''],
  [['agent', '--help'], 0, '', 'The Mobile Access Gateway of one home'],
  [['agent', 'status', '--socket', '/nonexistent.sock'], 1, 'nothing listens at /nonexistent.sock', ''],
  [['ag', 'status', '--socket', '/nonexistent.sock'], 1, 'nothing listens at /nonexistent.sock', ''],
  [['agent status', '--socket', '/nonexistent.sock'], 1, 'nothing listens at /nonexistent.sock', ''],
  [['show', 'ip', 'dhcp', 'bind', '--socket', '/nonexistent.sock'], 1, 'nothing listens at /nonexistent.sock', ''],
  [['debug', 'arp', '--socket', '/nonexistent.sock'], 1, 'nothing listens at /nonexistent.sock', ''],
  [['version json | include node'], 0, '', '"node": "v'],
  [['lma', '--config', 'x.yaml'], 2, 'unknown command "lma"', ''],
])('%j ends with %i', async (args, ends, said, printed) => {
  const { code, out, err } = await run(args);
  expect([code, out.includes(printed), err.includes(said)], `${out}${err}`).toEqual([ends, true, true]);
  expect([out, err].map((text) => text === '')).toEqual([printed === '', said === '']);
});
