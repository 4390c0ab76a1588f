import { describe, expect, it } from 'vitest';
import { cpio } from '../../lab/machine/cpio.ts';

const TEXT = 'five!';
const archive = cpio([{ path: 'bin' }, { path: 'bin/run', data: Buffer.from('#!/bin/sh\n'), executable: true }, { path: 'note', data: Buffer.from(TEXT) }]);

/** The entries as the format's description has them. */
function entries(octets: Buffer): { name: string; mode: string; data: string }[] {
  const found = [];
  for (let at = 0; at < octets.length; ) {
    const field = (i: number) => parseInt(octets.toString('latin1', at + 6 + 8 * i, at + 14 + 8 * i), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const start = (at + 110 + nameSize + 3) & ~3;
    found.push({ name: octets.toString('latin1', at + 110, at + 110 + nameSize - 1), mode: mode.toString(8), data: octets.toString('latin1', start, start + size) });
    at = (start + size + 3) & ~3;
  }
  return found;
}

describe('an initramfs', () => {
  it('has every file with its kind, its rights and its content, and ends with the trailer', () => {
    expect(entries(archive)).toEqual([
      { name: 'bin', mode: '40755', data: '' },
      { name: 'bin/run', mode: '100755', data: '#!/bin/sh\n' },
      { name: 'note', mode: '100644', data: TEXT },
      { name: 'TRAILER!!!', mode: '0', data: '' },
    ]);
  });

  it('is made of headers and data at multiples of four', () => {
    expect(archive.length % 4).toBe(0);
    expect(cpio([{ path: 'a', data: Buffer.from('x') }]).subarray(112, 116)).toEqual(Buffer.from('x\0\0\0'));
  });

  it('gives every entry an inode of its own, so that none is taken for a link of another', () => {
    const inodes = [...archive.toString('latin1').matchAll(/070701([0-9a-f]{8})/g)].map((m) => m[1]);
    expect(new Set(inodes).size).toBe(4);
  });
});
