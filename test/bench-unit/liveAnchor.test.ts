import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('the played anchor ends with whoever started it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-anchor-'));
  const anchor = spawn(process.execPath, ['bench/liveAnchor.mjs', join(folder, 'lma.sock'), '10', '2', '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(anchor.stdout, 'data');
    const ended = once(anchor, 'exit');
    anchor.stdin.end();
    expect(await ended).toEqual([0, null]);
  } finally {
    anchor.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
