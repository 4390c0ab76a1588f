/** `monitor protocol`: each terminal reads as much as it asked for. */
import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../protocol/mobility/header.ts';
import type { Said } from '../../runtime/debug.ts';
import { protocolMonitor, type Verbosity } from '../../runtime/debugPackets.ts';
import { buildPbu } from '../lma/pbu.ts';

const pbu = buildPbu({}, { at: 0, wall: 1_800_000_000_000 }, 7);
const octets = encodeMessage(pbu, { kind: 'udp' });
const from = { transport: 'udp', local: '192.0.2.1', remote: '198.51.100.7', remotePort: 40000 } as const;

function watch(verbosity?: unknown) {
  const monitor = protocolMonitor((identity) => identity, false);
  const lines: string[] = [];
  const say = (said: Said): void => void lines.push(...[typeof said === 'string' ? said : said()].flat());
  const stop = monitor.watch({ command: 'debug', ...(verbosity === undefined ? {} : { verbosity }) }).start(say);
  monitor.message('in', from, pbu, octets);
  return { monitor, lines, stop };
}

describe('monitor protocol', () => {
  const read = (v: Verbosity): string[] => watch(v).lines;

  it('1 says what came from whom, in a line', () => {
    expect(read(1)).toEqual([expect.stringMatching(/^<- PBU #7 .* from 198\.51\.100\.7 port 40000$/)]);
  });

  it('2 adds the fields, 3 the options, which is the usual', () => {
    expect(read(2)).toHaveLength(2);
    expect(read(2)[1]).toMatch(/^ {2}binding update: sequence 7/);
    expect(read(3).join('\n')).toMatch(/mn identifier \(8\): subtype 1 NAI, identifier mn0@example\.com/);
    expect(watch().lines).toEqual(read(3));
  });

  it('4 adds how it travelled, 5 its octets', () => {
    expect(read(4)).toContain(`  ${octets.length} octets, IPv4-UDP 198.51.100.7 port 40000 -> 192.0.2.1`);
    const all = read(5).slice(read(4).length);
    expect(all).toHaveLength(Math.ceil(octets.length / 16));
    expect(all[0]).toMatch(/^ {2}0000: 3b [0-9a-f]{2} 05 00 /);
  });

  it('ends when its terminal goes, and tells what was dropped until then', () => {
    const { monitor, lines, stop } = watch(1);
    monitor.discarded('unknown peer');
    stop();
    monitor.discarded('unknown peer');
    expect(lines.filter((l) => l === 'discarded: unknown peer')).toHaveLength(1);
  });

  it.each([0, 6, 2.5, '3', null])('refuses the verbosity %j', (v) => {
    expect(() => watch(v)).toThrow('expected a verbosity of 1 to 5');
  });

  it('shows no octets where names are hidden', () => {
    const monitor = protocolMonitor(() => 'mn-1', true);
    expect(() => monitor.watch({ command: 'debug', verbosity: 5 })).toThrow('identities: pseudonymous');
    expect(monitor.watch({ command: 'debug', verbosity: 4 }).name).toBe('monitor protocol verbosity 4');
  });
});
