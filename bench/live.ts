/** What the fleet service costs while an anchor with many sessions has many handovers: its own process, an anchor that is played by another. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Home } from '../cloud/api/resources/homes.ts';
import { createAudit } from '../cloud/fleet/audit.ts';
import { openFileStore } from '../cloud/fleet/store/fileStore.ts';
import { openLive, type LivePart } from '../cloud/live/live.ts';
import { wire } from '../cloud/live/wire.ts';
import { openPrivacy } from '../cloud/privacy/privacy.ts';
import { repository } from '../lab/paths.ts';
import type { Millis } from '../protocol/units.ts';
import type { Say } from './report.ts';

export interface LiveResult {
  readonly sessions: number;
  readonly homes: number;
  readonly handoversPerSecond: number;
  /** Until all sessions were known after the start. */
  readonly syncMs: Millis;
  readonly heapOctetsPerSession: number;
  readonly rssMiB: number;
  /** Of one processor, 0 to 1: idle, and with the handovers. */
  readonly idle: number;
  readonly busy: number;
  readonly loopDelayMs: { readonly p50: Millis; readonly p99: Millis; readonly max: Millis };
  /** Of all handovers that both ends told. */
  readonly joined: number;
  readonly batchesPerSecond: number;
  readonly queriesMs: Readonly<Record<string, Millis>>;
}

const none = { status: 'none', problems: [] } as const;
const idOf = (n: number): string => `gw-${createHash('sha256').update(String(n)).digest('hex').slice(0, 26)}`;

export async function benchLive(sessions: number, homes: number, rate: number, seconds: number, say: Say): Promise<LiveResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rsbn-live-'));
  const socket = join(folder, 'lma.sock');
  const anchor = spawn(process.execPath, [join(repository, 'bench', 'liveAnchor.mjs'), socket, String(sessions), String(homes), String(rate)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => anchor.stdout.once('data', resolve));
    return await measure({ folder, socket, sessions, homes, rate, seconds, say, begin: () => anchor.stdin.write('go\n') });
  } finally {
    anchor.kill();
    rmSync(folder, { recursive: true });
  }
}

interface Setting {
  readonly folder: string;
  readonly socket: string;
  readonly sessions: number;
  readonly homes: number;
  readonly rate: number;
  readonly seconds: number;
  readonly say: Say;
  readonly begin: () => void;
}

async function measure({ folder, socket, sessions, homes, rate, seconds, say, begin }: Setting): Promise<LiveResult> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const now = (): number => Date.now();
  const onError = (e: Error): void => say(`  ${e.message}`);
  const store = await openFileStore({ folder: join(folder, 'store'), onError });
  const audit = createAudit({ store, now, onError });
  const privacy = await openPrivacy({ store, audit, folder, now, onError, onErased: () => undefined, revealRole: 'owner', revealsPerHour: 20 });
  const all = Array.from({ length: homes }, (_, n): Home => ({ id: idOf(n), name: `Home ${n}`, group: 'all', status: 'online', reasons: [], identity: `m${n}`, subscribers: 0, bytesUp: 0, bytesDown: 0, configuration: { profiles: none, timers: none, lmas: none, limits: none } }));
  const [byId, byIdentity] = [new Map(all.map((h) => [h.id, h])), new Map(all.map((h) => [h.identity, h]))];
  let told: (topic: string, payload: unknown) => void = () => undefined;
  let [batches, shown, timed] = [0, 0, 0];
  collect();
  const before = process.memoryUsage().heapUsed;
  const begun = performance.now();
  const live = await openLive({
    lmas: [{ name: 'lma1', socket }], captureRoom: 16 << 20, wire, store, now, onError,
    bus: { subscribe: async (_, call) => ((told = call), { close: async () => undefined }) },
    brokerAnswers: () => true,
    misheard: () => [],
    homes: { homes: () => all, home: (id) => byId.get(id), byIdentity: (mag) => byIdentity.get(mag)?.id, name: (id) => byId.get(id)?.name, online: () => true, counts: () => ({ online: homes, total: homes }) },
    gateways: () => [], rollouts: () => [], neighbours: () => [],
    pseudonymOf: (identity) => privacy.pseudonyms.of(identity),
    epoch: () => 1,
    live: {
      publish(kind, value) {
        if (kind !== 'handovers') return;
        batches += 1;
        shown += (value as readonly { readonly duration?: number }[]).length;
        timed += (value as readonly { readonly duration?: number }[]).filter((h) => h.duration !== undefined).length;
      },
    },
  });
  const clock = setInterval(() => live.tick(now()), 100);
  const sealing = setInterval(() => void privacy.tick(), 5000);
  while (live.subscribers.size < sessions) await pause(20);
  const syncMs = performance.now() - begun;
  await privacy.tick();
  await pause(3000);
  collect();
  const heap = process.memoryUsage().heapUsed - before;
  const idle = await load(5);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  // Gateways tell a second later, each handover in a message of its own.
  let number = 0;
  const first = now();
  begin();
  delay.enable();
  const gateways = setInterval(() => {
    for (const due = Math.floor(((now() - first - 1000) * rate) / 1000); number < due; ) tellHome(++number);
  }, 50);
  const at = positions(sessions, homes);
  function tellHome(n: number): void {
    const mag = at(n);
    const trace = createHash('sha256').update(`m${mag} ${n}`).digest('hex').slice(0, 32);
    told(`roamstead/v1/${idOf(mag)}/event`, JSON.parse(JSON.stringify({ session: 1, events: [{ sequence: n, at: now(), kind: 'attach', trace, station: 'mn-12345678', stages: { associated: 0, profile: 1, pbuSent: 2, pbaReceived: 10, pathsSwitched: 11, firstPacket: 30 } }] })));
  }
  const busy = await load(seconds);
  delay.disable();
  clearInterval(gateways);
  const queriesMs = queries(live, all);
  const rssMiB = process.memoryUsage().rss / (1 << 20);
  clearInterval(clock);
  clearInterval(sealing);
  await live.close();
  await privacy.close();
  await store.close();
  const ms = (ns: number): Millis => ns / 1e6;
  return { sessions, homes, handoversPerSecond: rate, syncMs, heapOctetsPerSession: heap / sessions, rssMiB, idle, busy, loopDelayMs: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) }, joined: timed / shown, batchesPerSecond: batches / seconds, queriesMs };
}

/** Where the played anchor's handovers go, in their order. */
function positions(sessions: number, homes: number): (n: number) => number {
  const moved = new Map<number, number>();
  return (n) => {
    const i = (n * 7919) % sessions;
    const to = ((moved.get(i) ?? i % homes) + 1) % homes;
    moved.set(i, to);
    return to;
  };
}

/** The part of one processor that this thread was busy. */
async function load(seconds: number): Promise<number> {
  const before = performance.eventLoopUtilization();
  await pause(seconds * 1000);
  return performance.eventLoopUtilization(before).utilization;
}

function queries(live: LivePart, homes: readonly Home[]): Record<string, Millis> {
  const timed = (work: () => unknown): Millis => {
    const runs = Array.from({ length: 9 }, () => {
      const begun = performance.now();
      work();
      return performance.now() - begun;
    });
    return runs.toSorted((a, b) => a - b)[4] ?? Number.NaN;
  };
  const half = new Set(homes.slice(0, homes.length / 2).map((h) => h.id));
  return {
    overview: timed(() => live.overview()),
    'subscribers, last page': timed(() => live.subscribers.list({ limit: 100, after: String(live.subscribers.size - 50) })),
    'bindings of a home': timed(() => live.subscribers.bindingsOf(homes[0]?.id ?? '', 200)),
    topology: timed(() => live.topology(3)),
    'figures of half the homes, an hour': timed(() => live.figures.figuresOf(half, Date.now() - 3_600_000, Date.now())),
  };
}
