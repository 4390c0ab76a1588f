/** The maps' layout: one table for both languages. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../protocol/codec.ts';
import { DROPS, MAPS, addressKey, flowEntry, gatewayKey, layoutHeader, limitEntry, receiveEntry, sendEntry, stationKey } from '../../linux/datapath/layout.ts';
import { c16, c32, c64, c8, gap, structure } from '../../linux/datapath/table.ts';
import { readBpfObject } from '../../linux/datapath/loader.ts';
import { buildBpf, clangVersion } from '../../scripts/build-bpf.mjs';

const folder = 'linux/datapath/';

describe('the table', () => {
  test('puts fields where C puts them', () => {
    const s = structure('t', { a: c8, b: c8, c: c16, d: c32, e: c64 });
    expect(s.offsets).toEqual({ a: 0, b: 1, c: 2, d: 4, e: 8 });
    expect(s.codec.size).toBe(16);
    expect(s.declaration).toBe('struct t {\n\t__u8 a;\n\t__u8 b;\n\t__u16 c;\n\t__u32 d;\n\t__u64 e;\n};\n_Static_assert(sizeof(struct t) == 16, "struct t");');
  });

  test('refuses a field that C would move, and an end that C would pad', () => {
    expect(() => structure('t', { a: c8, b: c32 })).toThrow('struct t: b begins at 1, which is no multiple of 4');
    expect(() => structure('t', { a: c64, b: c8 })).toThrow('struct t: 9 octets are no multiple of 8');
  });

  test('reads what it wrote, with reserved octets as zero', () => {
    const s = structure('t', { a: c64, b: c16, _gap: gap(6) });
    const value = { a: 0x0102030405060708n, b: 0x1122 };
    expect([...encode(s.codec, value)]).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0x22, 0x11, 0, 0, 0, 0, 0, 0]);
    expect(decode(s.codec, encode(s.codec, value))).toEqual(value);
  });
});

describe('the layout', () => {
  test('is what it was: a change needs another VERSION', () => {
    expect(Object.fromEntries([addressKey, sendEntry, receiveEntry, flowEntry, limitEntry, stationKey, gatewayKey].map((s) => [s.name, s.codec.size]))).toEqual({
      address_key: 12, send: 64, receive: 72, flow: 64, limit: 16, station_key: 12, gateway_key: 24,
    });
    expect(sendEntry.offsets).toMatchObject({ index: 0, place: 12, local: 16, remote: 32, cost: 48, mtu: 52, burst: 54, mac: 56, transport: 62, flags: 63 });
    expect(receiveEntry.offsets).toMatchObject({ since: 8, remote: 16, local: 32, ipv4: 48, mtu: 52, burst: 54, prefix: 56, cost: 64 });
  });

  test('a learned mapping is one aligned 64-bit store', () => {
    expect((receiveEntry.offsets['remote'] as number) % 8).toBe(0);
  });

  test('every map has room for what is kept in it', () => {
    expect(MAPS.drops.entries()).toBe(DROPS.length);
    expect([MAPS.sends.entries(100), MAPS.receives.entries(100), MAPS.flows.entries(100)]).toEqual([200, 100, 200]); // an IPv4 address and a prefix each
  });

  test('names of maps and programs fit the kernel\'s 15 characters', () => {
    const { hash, programs } = readBpfObject();
    for (const name of [...Object.keys(MAPS).map((m) => `${m}_v2`), ...programs.map((p) => `${p.name}_${hash}`)]) expect(name).toMatch(/^[\w.]{1,15}$/);
  });
});

test('the committed header is what the table makes', () => {
  expect(readFileSync(`${folder}pmip.layout.h`, 'utf8')).toBe(layoutHeader());
});

test('the committed object is what the sources make, wherever clang 14 can say so', async () => {
  const REFERENCE = '14';
  const committed = readFileSync(`${folder}pmip.bpf.o`);
  if (clangVersion() !== REFERENCE) {
    expect(committed.length).toBeGreaterThan(0);
    return;
  }
  const { object } = (await buildBpf()) as { object: Buffer };
  expect(object.equals(committed), 'run node scripts/build-bpf.mjs, and commit').toBe(true);
});
