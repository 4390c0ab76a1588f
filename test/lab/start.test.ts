/** `npm start -- --once --json` as a user runs it, without a terminal. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../../lab/paths.ts';

interface Result {
  readonly addressBefore: unknown;
  readonly addressAfter: unknown;
  readonly handovers: readonly { readonly from: number; readonly to: number; readonly stages: { readonly switched: number; readonly firstDown?: number } }[];
  readonly packets: { readonly sent: number; readonly lost: number };
  readonly tcpSurvived: boolean;
}

const start = (...args: string[]) => spawnSync(process.execPath, [join(repository, 'scripts', 'start.mjs'), ...args], { encoding: 'utf8', timeout: 120_000 });

describe('npm start', () => {
  it('with --once --json prints one object: address kept, connection alive, 20 handovers', () => {
    const r = start('--once', '--json', '--pause', '200', '--delay', '10', '--prefix', 'rsstart-');
    expect(r.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('set-up: '))).toEqual([]);
    expect(r.status).toBe(0);
    const result = JSON.parse(r.stdout) as Result;
    expect(result.addressAfter).toEqual(result.addressBefore);
    expect(result).toMatchObject({ addressKept: true, tcpSurvived: true });
    expect(result.handovers).toHaveLength(20);
    // Nobody can answer sooner than the delay line lets them.
    for (const h of result.handovers) expect(h.stages.switched).toBeGreaterThanOrEqual(19);
    expect(result.packets.lost).toBeLessThan(result.packets.sent / 4);
  });

  it('refuses what it does not know, in words and with exit code 1 or 2', () => {
    const r = start('--homse', '3');
    expect(r.status).toBeGreaterThan(0);
    expect(r.stderr).toContain('--homse');
    expect(r.stdout).toBe('');
  });
});
