/**
 * The anchor's metrics for Prometheus. Names follow its habits and, where there is one, Cisco's YANG name; labels are services,
 * APNs, pools and reasons, never subscribers or gateways, so their number does not grow with either.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HoldCounters, Paths } from '../../protocol/paths.ts';
import type { Counters } from '../../runtime/counters.ts';
import type { Trace } from '../../runtime/traces.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Lma } from '../lma/lma.ts';
import { accountingMetrics, type Accountings } from './accountingMetrics.ts';
import { census } from './census.ts';
import { holdMetrics } from './holdMetrics.ts';
import { processMetrics } from './process.ts';
import { poolsOf } from './poolUse.ts';
import { namedStatistics, type Counted } from './statistics.ts';

export interface MetricsSources {
  readonly services: () => readonly { readonly name: string; readonly lma: Lma }[];
  readonly counters: Counters;
  readonly drops: Paths['drops'];
  readonly holding: () => HoldCounters | undefined;
  readonly accountings: () => Accountings;
  readonly ready: () => boolean;
}

export interface Metrics {
  readonly type: string;
  text(): Promise<string>;
  stage(trace: Trace, stage: string, at: Millis): void;
  commit(duration: Millis, changes: number, failed: boolean): void;
  close(): void;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Reasons are words of the program; should one ever hold more than that, its label becomes `other` before there are many. */
const MOST_REASONS = 256;

/** What tells the numbers of one statistic apart. */
const LABEL_OF: Readonly<Record<string, string>> = { pba: 'status', pbri: 'trigger', pbra: 'status', upn: 'reason', upa: 'status' };
const HELP: Readonly<Record<string, string>> = {
  'pbu-received': 'Proxy Binding Updates received',
  pba: 'Proxy Binding Acknowledgements sent',
  pbri: 'Binding Revocation Indications sent',
  pbra: 'Binding Revocation Acknowledgements received',
  upn: 'Update Notifications sent',
  upa: 'Update Notification Acknowledgements received',
  'redirect-count': 'Sessions that other anchors got',
  'handoff-count': 'Sessions that moved to another gateway',
};

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const own = processMetrics(registry);
  const refreshAccounting = accountingMetrics(registry, sources.accountings);
  const refreshHold = holdMetrics(registry, sources.holding);
  const totals = new Map<string, Counter>();
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge => new Gauge({ name, help, labelNames, registers });

  const bindings = gauge('pmip_bindings', 'Entries of the Binding Cache', 'service', 'apn', 'state');
  const count = gauge('pmip_bce_count', 'Entries of the Binding Cache', 'service');
  const peak = gauge('pmip_peak_bce_count', 'Most entries since the start', 'service');
  const most = gauge('pmip_maximum_bindings', 'As many entries may there be', 'service');
  const pools = gauge('pmip_pool_addresses', 'Home addresses (IPv4) and home network prefixes (IPv6) of a pool', 'service', 'pool', 'family', 'state');
  const ready = gauge('pmip_ready', '1 if /readyz says so');
  const handovers = new Histogram({ name: 'pmip_handover_duration_seconds', help: 'From the PBU to each stage, of sessions that began or moved', labelNames: ['kind', 'stage'], buckets: SECONDS, registers });
  const commits = new Histogram({ name: 'pmip_store_commit_duration_seconds', help: 'Group commits of the binding store', buckets: SECONDS, registers });
  const stored = new Counter({ name: 'pmip_store_changes_total', help: 'Bindings stored or forgotten', registers });
  const failures = new Counter({ name: 'pmip_store_failures_total', help: 'Group commits that the store refused', registers });

  /** A counter that another part keeps. */
  function total(name: string, help: string, labels: Readonly<Record<string, string>>, value: number): void {
    let counter = totals.get(name);
    if (!counter) totals.set(name, (counter = new Counter({ name, help, labelNames: Object.keys(labels), registers })));
    counter.inc(labels, value);
  }

  async function refresh(): Promise<void> {
    own.refresh();
    refreshAccounting();
    refreshHold();
    ready.set(sources.ready() ? 1 : 0);
    for (const metric of [bindings, pools, ...totals.values()]) metric.reset();
    for (const { name: service, lma } of sources.services()) {
      count.set({ service }, lma.cache.size);
      peak.set({ service }, lma.statistics['peak-bce-count']);
      most.set({ service }, lma.config.variables.maximumBindings);
      for (const { pool, family, used, free } of poolsOf(lma)) {
        pools.set({ service, pool, family, state: 'used' }, used);
        pools.set({ service, pool, family, state: 'free' }, free);
      }
      statistics(service, namedStatistics(lma.statistics));
    }
    for (const [reason, n] of bounded(sources.counters.all())) total('pmip_discarded_total', 'What was refused or dropped without an answer, by reason', { reason }, n);
    for (const [reason, n] of Object.entries(sources.drops())) total('pmip_datapath_drops_total', 'Packets that the data path dropped, by reason', { reason }, Number(n));
    // Last, because it lets others run: what stands above belongs together.
    for (const { name: service, lma } of sources.services()) {
      for (const { apn, state, bindings: n } of await census(lma)) bindings.set({ service, apn, state }, n);
    }
  }

  function statistics(service: string, all: Readonly<Record<string, Counted>>): void {
    for (const [key, value] of Object.entries(all)) {
      if (key === 'bce-count' || key === 'peak-bce-count') continue;
      const base = `pmip_${key.replace(/-count$/, '').replaceAll('-', '_')}`;
      const help = HELP[key] ?? `Counter ${key} of the anchor`;
      if (typeof value === 'number') total(`${base}_total`, help, { service }, value);
      else for (const [name, n] of Object.entries(value)) total(`${base}_total`, help, { service, [LABEL_OF[key] ?? 'kind']: name }, n);
    }
  }

  let running: Promise<string> | undefined;
  return {
    type: registry.contentType,
    // Two that ask at once get the same answer.
    text: () =>
      (running ??= refresh()
        .then(() => registry.metrics())
        .finally(() => {
          running = undefined;
        })),
    stage({ kind, stages }, stage, at) {
      const { pbuReceived } = stages;
      if (pbuReceived !== undefined && at > pbuReceived) handovers.observe({ kind, stage }, (at - pbuReceived) / 1000);
    },
    commit(duration, changes, failed) {
      commits.observe(duration / 1000);
      if (failed) failures.inc();
      else stored.inc(changes);
    },
    close: () => own.close(),
  };
}

function bounded(counts: Readonly<Record<string, number>>): [string, number][] {
  const all = Object.entries(counts);
  const rest = all.slice(MOST_REASONS).reduce((sum, [, n]) => sum + n, 0);
  return rest > 0 ? [...all.slice(0, MOST_REASONS), ['other', rest]] : all;
}
