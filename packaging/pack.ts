/** How a package's files are compressed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzip } from './tar.ts';

export type Pack = (data: Uint8Array) => Buffer;

/** More takes minutes, and flash that holds more does not need it: a runtime has 90 MB. */
const MOST = 8 << 20;

/**
 * What `gzip` makes, in 5 % less: Zopfli tries more ways to say the same, and routers unpack it as any other. One iteration takes a
 * second, and more of them win no further hundredth. The same octets whatever zlib this Node has.
 * @throws Error in words without the program
 */
export const packSmall: Pack = (data) => (data.length > MOST ? gzip(data) : zopfli(data));

function zopfli(data: Uint8Array): Buffer {
  // It reads no pipe.
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-pack-'));
  try {
    const file = join(folder, 'data');
    writeFileSync(file, data);
    const { error, status, stdout, stderr } = spawnSync('zopfli', ['-c', '--i1', file], { maxBuffer: 2 * MOST });
    if (error) throw new Error('there is no program zopfli, which makes packages small enough for routers (Debian: apt-get install zopfli)', { cause: error });
    if (status !== 0) throw new Error(`zopfli: ${stderr.toString().trim() || `ended with ${status}`}`);
    // As `gzip` has it: nothing of the machine that packed.
    stdout[9] = 255;
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
