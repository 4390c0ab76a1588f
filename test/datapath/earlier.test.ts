/** Where the maps of a run are kept for the next: only in a bpffs, told by its number (linux/datapath/earlier.ts). */
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { isBpffs, pinFolder } from '../../linux/datapath/earlier.ts';

it.each([
  ['64-bit machines', 0xcafe4a11n, true],
  ['32-bit glibc, with a sign', -0x3501b5efn, true],
  ['32-bit glibc, without it', 0xffff_ffff_cafe_4a11n, true],
  ['a tmpfs', 0x01021994n, false],
] as const)('a bpffs as statfs(2) tells of it: %s', (_, type, is) => expect(isBpffs(type)).toBe(is));

it('a folder elsewhere, or none, is no place for pins', () => expect([pinFolder(tmpdir()), pinFolder('/no/such/folder')]).toEqual([undefined, undefined]));
