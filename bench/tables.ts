/** The results as people read them. Pure. */
import type { AgentResult, Memory } from './agent.ts';
import type { CoreResult } from './anchorCore.ts';
import type { LoopbackResult } from './anchorLoopback.ts';
import type { MemoryResult } from './anchorMemory.ts';
import type { RateResult } from './anchorRate.ts';
import type { RestartResult } from './anchorRestart.ts';
import type { DatapathResult, Measure } from './datapath/datapath.ts';
import type { ScaleResult } from './datapath/scale.ts';
import type { FleetResult, Load } from './fleet.ts';
import type { HandoverResult } from './handover.ts';
import type { HoldingResult } from './holding.ts';
import type { JoiningResult } from './joining.ts';
import type { LiveResult } from './live.ts';
import type { Machine } from './machine.ts';
import type { PresenceResult } from './presence.ts';
import type { QuickjsResult } from './quickjs/comparison.ts';
import { fixed, table } from './report.ts';
import type { Summary } from './statistics.ts';

export interface Results {
  readonly machine: Machine;
  readonly handover?: readonly HandoverResult[];
  readonly datapath?: DatapathResult;
  readonly agent?: AgentResult;
  readonly anchorCore?: CoreResult;
  readonly anchorLoopback?: LoopbackResult;
  readonly anchorRate?: RateResult;
  readonly anchorMemory?: MemoryResult;
  readonly anchorRestart?: RestartResult;
  readonly joining?: JoiningResult;
  readonly presence?: PresenceResult;
  readonly scale?: ScaleResult;
  readonly holding?: HoldingResult;
  readonly live?: LiveResult;
  readonly fleet?: FleetResult;
  readonly quickjs?: QuickjsResult;
}

/** The aim: both ends switched within a round trip and so many milliseconds. */
const AIM = { p50: 2, p99: 10 } as const;
const AIM_TO_PLAIN = 0.9;
/** A million entries in so many milliseconds, and forwarding to any of them at least at this part of the rate to one. */
const AIM_ENTRIES_MS = 1000;
const AIM_SPREAD = 0.7;
/** Seconds until an anchor with a million bindings of its last run is ready. */
const AIM_RESTART = 15;
/** Seconds until a change is at all gateways, kB of the first load, its seconds, frames a second. */
const AIM_FLEET = { change: 10, load: 150, interactive: 1, frames: 30 } as const;

export function machineLine({ kernel, node, processor, cores, memoryMiB, loadBefore }: Machine): string {
  return `kernel ${kernel}, Node ${node}, ${cores} x ${processor}, ${memoryMiB} MiB, load ${loadBefore.toFixed(2)} before${loadBefore > cores / 2 ? ' (busy: trust the ratios, not the numbers)' : ''}`;
}

export function handoverText(results: readonly HandoverResult[]): string {
  const row = (name: string, s: Summary) => [name, ...[s.p50, s.p90, s.p99, s.max].map((v) => fixed(v, 2))];
  return results
    .map((r) => {
      const aim = (q: keyof typeof AIM) => {
        const limit = r.rttMs.p50 + AIM[q];
        return `${q} ${fixed(r.switchedMs[q], 2)} ms, aim at most RTT + ${AIM[q]} = ${fixed(limit, 2)} ms: ${r.switchedMs[q] <= limit ? 'reached' : 'missed'}`;
      };
      const { up, down, intervalMs, lostPerRoam } = r.probe;
      return [
        `${r.roams} handovers with ${r.oneWayDelayMs} ms each way; station events from the script, not from hostapd; agents and LMA with scheduling: realtime; milliseconds from the event`,
        table(['', 'p50', 'p90', 'p99', 'max'], [
          row('round trip home to LMA (ping)', r.rttMs),
          row('PBU sent', r.pbuSentMs),
          row('PBA received', r.pbaReceivedMs),
          row('both ends switched', r.switchedMs),
          row('first packet down at the phone', r.firstDownMs),
        ]),
        `both ends switched: ${aim('p50')}; ${aim('p99')}`,
        `UDP every ${intervalMs} ms each way: ${up.lost} of ${up.sent} lost up, ${down.lost} of ${down.sent} down, ${fixed(lostPerRoam, 1)} a roam`,
      ].join('\n');
    })
    .join('\n\n');
}

export function holdingText({ roams, packetsPerSecond, rows }: HoldingResult): string {
  return [
    `${roams} roams each, ${packetsPerSecond} packets/s down; announced: the old home de-registers before the phone goes; after: sent once the anchor had released or switched the session`,
    table(['one way', 'old home', 'packets', 'sent', 'lost', 'a roam', 'after', 'out of order', 'held', 'given up', 'away p50 ms', 'p99 ms'], rows.map((r) => [
      `${r.oneWayDelayMs} ms`, r.notice ? 'announced' : 'unannounced', r.hold ? 'held' : 'not held', String(r.sent), String(r.lost), fixed(r.lost / roams, 2), String(r.lostAfter), String(r.disordered), String(r.held), String(r.givenUp), fixed(r.awayMs.p50, 1), fixed(r.awayMs.p99, 1),
    ])),
  ].join('\n');
}

const COLUMNS: Readonly<Record<Measure, readonly [head: string, perUnit: number]>> = {
  upMtu: ['TCP up, MTU', 1],
  downMtu: ['TCP down, MTU', 1],
  upGso: ['TCP up, GSO', 1],
  downGso: ['TCP down, GSO', 1],
  packetRate: ['64 octets, kpps', 1000],
};

export function datapathText({ rounds, secondsEach, modes }: DatapathResult): string {
  const columns = Object.entries(COLUMNS) as [Measure, (typeof COLUMNS)[Measure]][];
  const rows = modes.map(({ mode, values }) => [
    mode,
    ...columns.map(([what, [, unit]]) => {
      const v = values[what];
      return `${fixed(v.median / unit, 0)} x${fixed(v.toPlain, 2)}${v.toVxlan === undefined ? '' : ` (${fixed(v.toVxlan, 2)})`}`;
    }),
  ]);
  return [
    `Data path: medians of ${rounds} interleaved rounds, ${secondsEach} s each; Mbit/s; x: against plain routing; in brackets: against kernel VXLAN over the same outer family`,
    table(['', ...columns.map(([, [head]]) => head)], rows),
    budget(modes),
  ].join('\n');
}

/** What a packet may cost, in time, and where the time is. */
function budget(modes: DatapathResult['modes']): string {
  const nanoseconds = (mode: string) => 1e9 / (modes.find((m) => m.mode === mode)?.values.packetRate.median ?? Number.NaN);
  const plain = nanoseconds('plain');
  const allowed = plain / AIM_TO_PLAIN - plain;
  const cost = (['gre6', 'gre4', 'udp4'] as const).map((mode) => `${mode} ${fixed(nanoseconds(mode) - plain, 0)}`).join(', ');
  return [
    `A small packet takes ${fixed(plain, 0)} ns when plainly routed; the tunnel adds, at both ends together, in ns: ${cost}. ${AIM_TO_PLAIN} of plain routing allows ${fixed(allowed, 0)}.`,
    'The programs are the smaller part of it: each end passes the packet through the kernel a second time (routing to the pseudo-device,',
    'its queue, the outer route and neighbour; on arrival the backlog again). To reach 0.9, take packets of known flows from the access and',
    'transport devices straight to the next hop in the program, with TTL, path MTU and neighbours checked there, and leave the way through the',
    'kernel to all others: it costs nftables and conntrack on those packets, so it is a choice of the operator. udp4 takes no GSO packets:',
    'its TLV header says each packet\'s length, so every segment is encapsulated by itself.',
  ].join('\n');
}

export function agentText(agent: AgentResult, core: CoreResult, loopback: LoopbackResult): string {
  const per = (n: number) => `${fixed(n, 0)}/s`;
  const memory = ({ rssMiB, privateMiB }: Memory) => `${fixed(rssMiB, 1)} MiB resident, ${fixed(privateMiB, 1)} of it private`;
  const short = ({ rssMiB, privateMiB }: Memory) => `${fixed(rssMiB, 1)} (${fixed(privateMiB, 1)})`;
  return [
    'Gateway and anchor',
    table(
      ['MiB resident (private)', 'bare', 'loaded', `${agent.subscribers} subscribers`, 'first PBU, ms', 'its processor time', 'PBU of the next'],
      agent.ways.map((w) => [w.way, short(w.bare), short(w.loaded), short(w.agent), fixed(w.firstPbuMs.p50, 0), fixed(w.processorMs, 0), fixed(w.updateMs, 2)]),
    ),
    '',
    table(['', ''], [
      [`LMA, idle, ${agent.subscribers} subscribers`, memory(agent.lma)],
      [`LMA core, new sessions (${core.subscribers} subscribers)`, per(core.registrations)],
      ['LMA core, refreshes', per(core.refreshes)],
      ['LMA core, handovers with revocation', per(core.handovers)],
      [`LMA process over UDP loopback, ${loopback.outstanding} on the way`, per(loopback.perSecond)],
      ['LMA process, PBU to PBA, one at a time', `${fixed(loopback.answerMs.p50, 2)} ms median, ${fixed(loopback.answerMs.p99, 2)} p99`],
    ]),
    'Core rates are per second of processor time, with decoding, authentication and encoding.',
  ].join('\n');
}

export function anchorText({ subscribers, windows, two, anew }: RateResult, memory: MemoryResult): string {
  const rate = (n: number, toEcho: number) => `${fixed(n, 0)} x${fixed(toEcho, 2)}`;
  return [
    `PBUs a second at one anchor process, ${subscribers} subscribers, a tenth of them handovers; medians; x: against a bare UDP echo in the same round`,
    table(['on the way', 'echo', 'bindings in memory', 'p99 ms', 'durable', 'p99 ms', 'CPU us: echo', 'in memory', 'durable'], windows.map((w) => [
      String(w.window), fixed(w.echo, 0), rate(w.accepted, w.acceptedToEcho), fixed(w.acceptedP99Ms, 1), rate(w.durable, w.durableToEcho), fixed(w.durableP99Ms, 1),
      fixed(w.cpuUs.echo, 1), fixed(w.cpuUs.accepted, 1), fixed(w.cpuUs.durable, 1),
    ])),
    `Two durable processes at once, 64 on the way at each: ${fixed(two.both, 0)} a second together, x${fixed(two.toOne, 2)} of one; both, their disk and the gateways share the machine's cores.`,
    `${anew.bindings} bindings registered anew in ${fixed(anew.seconds, 1)} s, durable.`,
    `Memory at ${memory.bindings} bindings: ${fixed(memory.heapOctets + memory.arrayOctets, 0)} octets each, ${fixed(memory.heapOctets, 0)} of them on the heap; a new session takes ${fixed(memory.stepMs.p50 * 1000, 0)} us, 1 of 100 more than ${fixed(memory.stepMs.p99 * 1000, 0)}.`,
  ].join('\n');
}

export function restartText({ bindings, seconds, cpuSeconds, bareSeconds, toBare }: RestartResult): string {
  const aim = bindings < 1_000_000 ? '' : `; aim ${AIM_RESTART} s: ${seconds <= AIM_RESTART ? 'reached' : 'missed'}`;
  return `An anchor that starts with ${bindings} stored bindings is ready after ${fixed(seconds, 1)} s, ${fixed(cpuSeconds, 1)} of processor time, x${fixed(toBare, 2)} of reading the same database bare (${fixed(bareSeconds, 1)} s)${aim}`;
}

export function scaleText({ paths, rounds, entries, reconcile, spreads }: ScaleResult): string {
  const took = ({ ms, cpuMs }: ScaleResult['entries']) => `${fixed(ms, 0)} ms, ${fixed(cpuMs, 0)} of them of processor time`;
  const last = spreads.at(-1)?.toOne ?? Number.NaN;
  return [
    `Data path of an anchor, ${paths} subscribers, each with a rate; packets of 64 octets down, of one core; medians of ${rounds} interleaved rounds`,
    table(['to addresses at random', 'kpps', 'to one'], spreads.map(({ among, perSecond, toOne }) => [String(among), fixed(perSecond / 1000, 0), `x${fixed(toOne, 2)}`])),
    `${paths} entries written: ${took(entries)}; aim ${AIM_ENTRIES_MS} ms: ${Math.min(entries.ms, entries.cpuMs) <= AIM_ENTRIES_MS ? 'reached' : 'missed'}${entries.ms > AIM_ENTRIES_MS && entries.cpuMs <= AIM_ENTRIES_MS ? ' in processor time, on a machine that others use' : ''}`,
    `${paths} paths at once, both directions and all that the process keeps of them: ${took(reconcile)}`,
    `forwarding to any of them: x${fixed(last, 2)} of that to one, aim x${AIM_SPREAD}: ${last >= AIM_SPREAD ? 'reached' : 'missed'}`,
  ].join('\n');
}

export function stationsText({ stations, localMs, radiusMs }: JoiningResult, presence: PresenceResult): string {
  const last = ({ n, p50, min, max }: Summary) => [fixed(p50, 0), fixed(min, 0), fixed(max, 0), String(n)];
  const { phones, seconds, questionsPerHour, answersPerHour, octetsPerHour } = presence;
  return [
    `${stations} stations join one gateway at once (from the script); milliseconds from the first association to the last binding with its path`,
    table(['profiles', 'median', 'least', 'most', 'runs'], [
      ['local list', ...last(localMs)],
      ['FreeRADIUS on the same machine', ...last(radiusMs)],
    ]),
    `RADIUS takes x${fixed(radiusMs.p50 / localMs.p50, 2)} of the local list's time.`,
    `${phones} silent phones, counted for ${seconds} s and scaled: ${fixed(questionsPerHour, 0)} ARP and ND frames an hour from the gateway, ${fixed(answersPerHour, 0)} from the phones;`,
    `${fixed(octetsPerHour / 1e6, 2)} MB an hour in all, ${fixed((questionsPerHour + answersPerHour) / phones / 60, 1)} frames a minute and phone.`,
  ].join('\n');
}

export function liveText(r: LiveResult): string {
  return [
    `fleet service: ${r.sessions} sessions at ${r.homes} homes, ${r.handoversPerSecond} handovers a second told by both ends, store in files`,
    table(['', ''], [
      ['all sessions known after (s)', fixed(r.syncMs / 1000, 1)],
      ['memory a session (octets of heap)', fixed(r.heapOctetsPerSession, 0)],
      ['memory of the process (MiB)', fixed(r.rssMiB, 0)],
      ['one processor, idle (%)', fixed(r.idle * 100, 1)],
      ['one processor, with handovers (%)', fixed(r.busy * 100, 1)],
      ['event loop late by, p50 / p99 / max (ms)', [r.loopDelayMs.p50, r.loopDelayMs.p99, r.loopDelayMs.max].map((v) => fixed(v, 1)).join(' / ')],
      ['joined of both ends (%)', fixed(r.joined * 100, 1)],
      ['batches to a browser a second', fixed(r.batchesPerSecond, 1)],
      ...Object.entries(r.queriesMs).map(([name, ms]) => [`${name} (ms)`, fixed(ms, 2)]),
    ]),
  ].join('\n');
}

export function fleetText(r: FleetResult): string {
  const aim = (reached: boolean, text: string): string => `aim ${text}: ${reached ? 'reached' : 'missed'}`;
  const of = (load: Load): string => [load.cloud, load.lma, load.gateways].map((part) => fixed(part * 100, 0)).join(' / ');
  const { change, firstLoad, page, overview } = r;
  const load = (page?.octets ?? firstLoad.octets) / 1000;
  return [
    `${r.homes} simulated gateways with the agent's own code in one process, ${r.subscribers} subscribers; broker in the cloud's process, store in files`,
    table(['', '', ''], [
      ['all connected after (s)', fixed(r.connectedMs / 1000, 1), 'they start within 10 s'],
      ['memory: cloud / LMA / gateways (MiB)', [r.memoryMiB.cloud, r.memoryMiB.lma, r.memoryMiB.gateways].map((m) => fixed(m, 0)).join(' / '), ''],
      ['one processor, at rest: cloud / LMA / gateways (%)', of(r.idle), ''],
      ['a timer changed at all gateways after (s)', fixed(change.appliedMs / 1000, 1), ''],
      ['and the cloud knows after (s)', fixed(change.knownMs / 1000, 1), aim(change.knownMs < AIM_FLEET.change * 1000, `under ${AIM_FLEET.change} s`)],
      [`one processor, ${r.handoversPerSecond} handovers a second (%)`, of(r.busy), `${overview.perMinute} in the last minute, ${fixed(overview.success * 100, 1)} % succeeded`],
      ['live events to one dashboard (kB a second)', fixed(r.eventOctetsPerSecond / 1000, 1), ''],
      ['first load, compressed (kB)', fixed(load, 0), aim(load < AIM_FLEET.load, `under ${AIM_FLEET.load} kB`)],
      ...(page
        ? [
            ['first page can be used after (s)', fixed(page.interactiveMs / 1000, 2), aim(page.interactiveMs < AIM_FLEET.interactive * 1000, `under ${AIM_FLEET.interactive} s`)],
            ['frames a second of the page Now', fixed(page.framesPerSecond, 0), `${aim(page.framesPerSecond >= AIM_FLEET.frames, `at least ${AIM_FLEET.frames}`)}; the longest frame ${fixed(page.longestFrameMs, 0)} ms`],
          ]
        : []),
    ]),
  ].join('\n');
}
