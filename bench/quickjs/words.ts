/** The comparison as people read it. Pure. */
import { fixed, table } from '../report.ts';
import type { QuickjsResult } from './comparison.ts';

const kib = (octets: number): string => fixed(octets / 1024, 0);

export function quickjsText({ engines, loopback, roams }: QuickjsResult): string {
  const { quickjs: q, node: n } = loopback;
  const row = (name: string, digits: number, a: number, b: number) => [name, fixed(a, digits), fixed(b, digits), fixed(a / b, 2)];
  return [
    `A gateway (MAG, loop, signalling, sockets; without configuration, fleet, AAA) on ${engines.quickjs.name} and on ${engines.node.name}, the same sources, against the same anchor`,
    table(['', engines.quickjs.name, engines.node.name, 'ratio'], [
      row('start to first PBU, ms (median)', 0, q.firstPbuMs.p50, n.firstPbuMs.p50),
      row('resident with 10 subscribers, MiB', 1, q.memory.rssMiB, n.memory.rssMiB),
      row('  of it private, MiB', 1, q.memory.privateMiB, n.memory.privateMiB),
      row('processor time of a PBU and its PBA, us', 0, q.cpuUs, n.cpuUs),
      row('PBUs a second, loopback', 0, q.perSecond, n.perSecond),
      row('resident with the data path, MiB', 1, roams.quickjs.rssMiB, roams.node.rssMiB),
      row('handover: PBU sent, ms (median)', 2, roams.quickjs.pbuSentMs.p50, roams.node.pbuSentMs.p50),
      row('handover: both ends switched, ms (median)', 2, roams.quickjs.switchedMs.p50, roams.node.switchedMs.p50),
      row('handover: both ends switched, ms (9 of 10)', 2, roams.quickjs.switchedMs.p90, roams.node.switchedMs.p90),
    ]),
    `PBUs a second in the same round: ${fixed(loopback.rateRatio, 2)} of Node's. Echoes lost a handover, one every ${roams.intervalMs} ms: ${fixed(roams.quickjs.lostPerRoam, 1)} and ${fixed(roams.node.lostPerRoam, 1)} (${roams.roams} handovers each).`,
    `Installed, stripped, KiB: program ${kib(engines.quickjs.octets.program)} and ${kib(engines.node.octets.program)}, bundle ${kib(engines.quickjs.octets.bundle)} and ${kib(engines.node.octets.bundle)}, module in C ${kib(engines.quickjs.octets.module)} and ${kib(engines.node.octets.module)}.`,
  ].join('\n');
}
