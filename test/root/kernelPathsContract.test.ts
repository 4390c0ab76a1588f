/** The contract of `Paths` on the kernel's own GRE, in a virtual machine: this machine's kernel may have none. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locateAddon } from '../../linux/native.ts';
import { startGuest } from '../datapath/uml.ts';
import type { Guest } from '../datapath/uml.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await startGuest({ modules: ['ipv6', 'bridge', 'veth', 'ip_gre', 'ip6_gre', 'nf_tables'] });
});
afterAll(() => guest?.close());

describe('the contract on the kernel\'s tunnels', () => {
  test('holds, and nothing is left behind by any of its tests', async () => {
    const outfile = join(guest.folder, 'contract.mjs');
    await build({ entryPoints: ['test/datapath/umlContract.ts'], outfile, bundle: true, platform: 'node', format: 'esm', alias: { vitest: './test/datapath/plainVitest.ts' }, logLevel: 'error' });
    const out = await guest.run(`ROAMSTEAD_NATIVE=${locateAddon()} ${process.execPath} --test-reporter=tap ${outfile} || true`);
    expect(out).not.toMatch(/^\s*not ok /m);
    expect(Number(/^# pass (\d+)$/m.exec(out)?.[1])).toBeGreaterThan(20);
  });
});
