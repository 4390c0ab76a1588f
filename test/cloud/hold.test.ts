/** `hold` of an APN, from the file to what the core and the data path are told, and what operators see of it. */
import { Registry } from 'prom-client';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lmaConfig, lmaSchema, type ServiceFile } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { holdRoom } from '../../cloud/holdConfig.ts';
import { holdMetrics } from '../../cloud/observe/holdMetrics.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const example = readFileSync(new URL('../../examples/lma.yaml', import.meta.url), 'utf8');
const parse = (apn: string, rest = '') => parseConfig('lma.yaml', `${example.replace('  - name: example_A.com\n', `  - name: example_A.com\n${apn}`)}\n${rest}`, lmaSchema, problemsOf);
const holds = (file: ReturnType<typeof parse>) => lmaConfig(file, file['lma-services'][0] as ServiceFile, 1, () => 1).apns.map((a) => a.hold);

describe('hold', () => {
  it('is off unless an APN has it, and then for that one', () => {
    expect([holds(parse('')), holdRoom(parse(''))]).toEqual([[undefined, undefined, undefined], undefined]);
    const file = parse('    hold: {}\n');
    expect(holds(file)).toEqual([undefined, { packets: 3000, octets: 2_000_000, milliseconds: 2000, settle: 250 }, undefined]);
    expect(holdRoom(file)).toEqual({ packets: 100_000, octets: 64_000_000 });
  });

  it('has bounds for one subscriber and for all', () => {
    const file = parse('    hold: { packets: 5, octets: 600, milliseconds: 70, settle: 8 }\n', 'hold-room: { packets: 9, octets: 1000 }');
    expect([holds(file)[1], holdRoom(file)]).toEqual([{ packets: 5, octets: 600, milliseconds: 70, settle: 8 }, { packets: 9, octets: 1000 }]);
    expect(() => parse('    hold: { packets: -5 }\n')).toThrow('packets');
    expect(() => parse('    hold: { seconds: 5 }\n')).toThrow('seconds');
  });

  it('needs a data path', () => {
    expect(() => parse('    hold: {}\n', 'datapath: none')).toThrow('hold: packets are held by the data path');
  });

  it('is in the metrics: what became of the packets, and what is held now', async () => {
    const registry = new Registry();
    let counters: Parameters<typeof holdMetrics>[1] = () => undefined;
    const refresh = holdMetrics(registry, () => counters());
    refresh();
    expect(await registry.metrics()).not.toMatch(/^pmip_held_packets_total\{/m);
    counters = () => ({ held: 10, released: 4, overflowed: 3, expired: 2, ended: 1, refused: 6, sessions: 7, packets: 8, octets: 900 });
    refresh();
    refresh();
    const lines = (await registry.metrics()).split('\n').filter((l) => l !== '' && !l.startsWith('#'));
    expect(lines).toEqual([
      'pmip_held_packets_total{outcome="released"} 4',
      'pmip_held_packets_total{outcome="overflowed"} 3',
      'pmip_held_packets_total{outcome="expired"} 2',
      'pmip_held_packets_total{outcome="ended"} 1',
      'pmip_hold_refused_total 6',
      'pmip_held{unit="sessions"} 7',
      'pmip_held{unit="packets"} 8',
      'pmip_held{unit="octets"} 900',
    ]);
  });
});
