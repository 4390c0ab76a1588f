/** What of the module for QuickJS can be tried without one: its own SHA-1 and HMAC against Node's, built as the module is. */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'rs-sha1-'));
const program = join(folder, 'hmac');

/** Reads lengths and octets of keys and data, and writes a digest for each pair. */
const SOURCE = `
#include "sha1.h"
#include <stdio.h>
int main(void) {
  unsigned char size[4], key[256], data[4096], digest[SHA1_DIGEST];
  while (fread(size, 1, 4, stdin) == 4) {
    size_t k = size[0], d = (size_t)size[2] << 8 | size[3];
    if (fread(key, 1, k, stdin) != k || fread(data, 1, d, stdin) != d) return 1;
    hmac_sha1(digest, key, k, data, d);
    fwrite(digest, 1, sizeof digest, stdout);
  }
  return 0;
}
`;

const octets = (length: number, seed: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 255));
const digests = (pairs: readonly (readonly [key: Buffer, data: Buffer])[]): string[] => {
  const input = Buffer.concat(pairs.flatMap(([key, data]) => [Buffer.from([key.length, 0, data.length >> 8, data.length & 255]), key, data]));
  const { stdout } = spawnSync(program, { input });
  return pairs.map((_, i) => stdout.subarray(i * 20, i * 20 + 20).toString('hex'));
};

beforeAll(() => {
  const file = join(folder, 'hmac.c');
  writeFileSync(file, SOURCE);
  const built = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-fsanitize=undefined', '-fno-sanitize-recover', '-I', join(root, 'bench', 'quickjs'), file, '-o', program], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('HMAC-SHA1 of the module', () => {
  it('is that of RFC 2202, 3.2', () => {
    expect(digests([[Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')]])).toEqual(['effcdf6ae5eb2fa2d27416d5f184df9c259a7c79']);
  });

  it('is Node\'s for every length about the edges of a block, and for every length of a key', () => {
    const pairs = [...Array.from({ length: 260 }, (_, n) => [octets(20, n), octets(n, n)] as const), ...Array.from({ length: 65 }, (_, n) => [octets(n, n), octets(100, n)] as const), [octets(64, 1), octets(2080, 1)] as const];
    expect(digests(pairs)).toEqual(pairs.map(([key, data]) => createHmac('sha1', key).update(data).digest('hex')));
  });
});
