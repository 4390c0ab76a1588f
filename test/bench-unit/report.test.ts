import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../bench/arguments.ts';
import { receivedMbit } from '../../bench/datapath/traffic.ts';
import { roundTrips, type HandoverResult } from '../../bench/handover.ts';
import { quickjsText } from '../../bench/quickjs/words.ts';
import { fixed, table } from '../../bench/report.ts';
import { summary } from '../../bench/statistics.ts';
import type { Summary } from '../../bench/statistics.ts';
import { datapathText, handoverText, machineLine, restartText, stationsText } from '../../bench/tables.ts';
import { MODES } from '../../bench/datapath/modes.ts';
import type { ModeResult } from '../../bench/datapath/datapath.ts';

describe('arguments', () => {
  test('all parts unless some are named, in the order in which they run', () => {
    expect(parseArguments([])).toEqual({ parts: ['handover', 'datapath', 'agent', 'anchor', 'restart', 'stations', 'scale', 'holding', 'live', 'fleet', 'quickjs'], quick: false, help: false });
    expect(parseArguments(['--quick', '--only', 'agent', '--only', 'handover'])).toEqual({ parts: ['handover', 'agent'], quick: true, help: false });
  });

  test('an unknown part or option is refused in words', () => {
    expect(() => parseArguments(['--only', 'tunnel'])).toThrow('--only tunnel: the parts are handover, datapath, agent, anchor, restart, stations, scale, holding');
    expect(() => parseArguments(['--fast'])).toThrow('--fast');
  });
});

describe('what other programs print', () => {
  test('round trips of ping', () => {
    const log = '64 bytes from 2001:db8::1: icmp_seq=1 ttl=63 time=0.085 ms\n64 bytes from 2001:db8::1: icmp_seq=2 ttl=63 time=20.4 ms\n\n2 packets transmitted, 2 received, time 203ms\nrtt min/avg/max/mdev = 0.085/1/2/3 ms\n';
    expect(roundTrips(log)).toEqual([0.085, 20.4]);
  });

  test('the rate that iperf3 received, and NaN when it says nothing', () => {
    expect(receivedMbit('{"end":{"sum_received":{"bits_per_second":1500000000}}}')).toBe(1500);
    expect([receivedMbit('{"error":"unable to connect"}'), receivedMbit('')]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('tables', () => {
  test('columns are as wide as their widest cell', () => {
    expect(table(['', 'ms'], [['a long name', '1.0'], ['b', '10.0']])).toBe(['               ms', '-----------  ----', 'a long name   1.0', 'b            10.0'].join('\n'));
  });

  test('what was not measured is a dash', () => {
    expect([fixed(1.005, 1), fixed(Number.NaN, 1)]).toEqual(['1.0', '-']);
  });

  test('a busy machine is called so', () => {
    const where = { kernel: '6.1', node: '20.0.0', processor: 'cpu', cores: 2, memoryMiB: 1, loadBefore: 0.5 };
    expect(machineLine(where)).not.toContain('busy');
    expect(machineLine({ ...where, loadBefore: 1.5 })).toContain('busy');
  });
});

const handover = (switched: readonly number[], rtt: number): HandoverResult => {
  const any = summary([1]);
  return { stationEvents: 'scripted', oneWayDelayMs: 0, roams: 2, rttMs: summary([rtt]), pbuSentMs: any, pbaReceivedMs: any, switchedMs: summary(switched), firstDownMs: any, probe: { intervalMs: 1, up: { sent: 10, lost: 3 }, down: { sent: 10, lost: 4 }, lostPerRoam: 3.5 } };
};

describe('the aim of handovers', () => {
  test('the median within RTT + 2 ms and the 99th percentile within RTT + 10 ms', () => {
    expect(handoverText([handover([21.9, 21.9, 30], 20)])).toMatch(/p50 21\.90 ms.*reached; p99 30\.00 ms.*reached/);
    expect(handoverText([handover([22.1, 22.1, 30.1], 20)])).toMatch(/p50 22\.10 ms.*missed; p99 30\.10 ms.*missed/);
  });

  test('it says that a script told of the stations, and what was lost', () => {
    const text = handoverText([handover([1], 1)]);
    expect(text).toContain('from the script, not from hostapd');
    expect(text).toContain('3 of 10 lost up, 4 of 10 down, 3.5 a roam');
  });
});

test('the data path is held against plain routing and VXLAN, and the budget of a packet follows from the rates', () => {
  const value = (median: number, toVxlan?: number) => ({ median, toPlain: 0.5, ...(toVxlan === undefined ? {} : { toVxlan }), rounds: [median] });
  const modes = MODES.map((mode): ModeResult => {
    const v = value(mode === 'plain' ? 200_000 : 100_000, mode.startsWith('gre') ? 1.1 : undefined);
    return { mode, values: { upMtu: v, downMtu: v, upGso: v, downGso: v, packetRate: v } };
  });
  const text = datapathText({ rounds: 1, secondsEach: 1, modes });
  expect(text).toContain('100 x0.50 (1.10)');
  expect(text).toContain('A small packet takes 5000 ns when plainly routed');
  expect(text).toContain('gre6 5000, gre4 5000, udp4 5000. 0.9 of plain routing allows 556.');
});

test('stations: RADIUS against the local list, and what each silent phone costs', () => {
  const text = stationsText(
    { stations: 500, localMs: summary([400, 500, 600]), radiusMs: summary([700, 750, 800]) },
    { phones: 50, seconds: 60, questionsPerHour: 30_000, answersPerHour: 30_000, octetsPerHour: 4_500_000 },
  );
  expect(text).toMatch(/^local list +500 +400 +600 +3$/m);
  expect(text).toContain("x1.50 of the local list's time");
  expect(text).toContain('4.50 MB an hour in all, 20.0 frames a minute and phone');
});

test('a restart is held against reading alone, and a million bindings against the aim', () => {
  const of = (bindings: number, seconds: number) => restartText({ bindings, seconds, cpuSeconds: 12, bareSeconds: 2, toBare: seconds / 2 });
  expect(of(1_000_000, 14)).toContain('14.0 s, 12.0 of processor time, x7.00 of reading the same database bare (2.0 s); aim 15 s: reached');
  expect(of(1_000_000, 16)).toContain('missed');
  expect(of(200_000, 16)).not.toContain('aim');
});

describe('engines', () => {
  test('what QuickJS takes stands beside what Node takes, with the ratio', () => {
    const spread = (p50: number): Summary => ({ n: 3, min: p50, p50, p90: p50 * 2, p99: p50 * 2, max: p50 * 2 });
    const engine = (name: string, program: number) => ({ name, octets: { program, bundle: 102_400, module: 20_480 } });
    const loopback = (rssMiB: number, cpuUs: number) => ({ firstPbuMs: spread(rssMiB * 2), perSecond: 1000, cpuUs, memory: { rssMiB, privateMiB: rssMiB / 2 } });
    const roams = (ms: number) => ({ pbuSentMs: spread(0.1), pbaReceivedMs: spread(ms), switchedMs: spread(ms), sent: 100, lostPerRoam: 1, rssMiB: 8 });
    const text = quickjsText({
      engines: { quickjs: engine('QuickJS', 1_048_576), node: engine('Node 20', 104_857_600) },
      loopback: { quickjs: loopback(5, 200), node: loopback(50, 100), rateRatio: 0.6 },
      roams: { roams: 10, intervalMs: 2, quickjs: roams(5), node: roams(4) },
    });
    expect(text).toMatch(/resident with 10 subscribers, MiB +5\.0 +50\.0 +0\.10/);
    expect(text).toMatch(/processor time of a PBU and its PBA, us +200 +100 +2\.00/);
    expect(text).toMatch(/both ends switched, ms \(median\) +5\.00 +4\.00 +1\.25/);
    expect(text).toContain('program 1024 and 102400');
    expect(text).toContain('0.60 of Node');
  });
});
