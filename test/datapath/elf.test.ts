import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readObject } from '../../linux/datapath/elf.ts';
import { MAPS, PROGRAMS } from '../../linux/datapath/layout.ts';
import { locateObject } from '../../linux/datapath/loader.ts';

const file = new Uint8Array(readFileSync(locateObject()));
const BPF_LD_IMM64 = 0x18;
const BPF_CALL = 0x85;
const BPF_EXIT = 0x95;

describe('the committed object', () => {
  const { programs, license } = readObject(file);

  test('has all programs under a licence that the kernel\'s helpers want', () => {
    expect(programs.map((p) => p.name).sort()).toEqual([...PROGRAMS].sort());
    expect(license).toBe('Dual MIT/GPL');
  });

  test.each(programs.map((p) => [p.name, p] as const))('%s refers to maps of the layout only, each time by a 64-bit load', (_, { instructions, references }) => {
    expect(references.length).toBeGreaterThan(0);
    for (const { map, offset } of references) {
      expect(Object.keys(MAPS)).toContain(map);
      expect(instructions[offset]).toBe(BPF_LD_IMM64);
    }
  });

  test.each(programs.map((p) => [p.name, p] as const))('%s calls no other program: old JITs cannot', (_, { instructions }) => {
    expect(instructions.length % 8).toBe(0);
    const calls = [];
    for (let at = 0; at < instructions.length; at += 8) if (instructions[at] === BPF_CALL) calls.push((instructions[at + 1] as number) >> 4);
    expect(calls.length).toBeGreaterThan(0);
    expect(new Set(calls)).toEqual(new Set([0])); // source register 1: a call of a program, 2: of a kernel function
    expect(instructions[instructions.length - 8]).toBeOneOf([BPF_EXIT, 0x05]); // the end, or a jump back from it
  });

  test('names no folder of the machine that built it', () => {
    expect(Buffer.from(file).toString('latin1')).not.toMatch(/\/(?:work|home|tmp|root|usr)\//);
  });
});

describe('what is no such object', () => {
  test.each([
    ['empty', new Uint8Array(0)],
    ['another file', new TextEncoder().encode('#!/bin/sh\n'.repeat(20))],
    ['big-endian', file.map((b, i) => (i === 5 ? 2 : b))],
    ['for another machine', file.map((b, i) => (i === 18 ? 62 : b))],
  ])('%s is refused in words', (_, octets) => {
    expect(() => readObject(octets)).toThrow(new RangeError('not a little-endian BPF object'));
  });

  test('a damaged one gives an error or an object, and never hangs', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(file.length), (at, value, cut) => {
        const damaged = file.slice(0, Math.max(64, cut));
        damaged[at % damaged.length] = value;
        try {
          return readObject(damaged).programs.length <= PROGRAMS.length;
        } catch (error) {
          return error instanceof RangeError;
        }
      }),
      { numRuns: 300 },
    );
  });
});
