/** Accounting of each service: what waits for a server, and what became of the rest. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { AccountingStatistics } from '../accounting/statistics.ts';

/** By service. */
export type Accountings = ReadonlyMap<string, { statistics(): AccountingStatistics }>;

export function accountingMetrics(registry: Registry, accountings: () => Accountings): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, labelNames: ['service'], registers });
  const counter = (name: string, help: string, label: string): Counter => new Counter({ name, help, labelNames: ['service', label], registers });
  const waiting = gauge('pmip_accounting_waiting', 'Records that no accounting server has confirmed');
  const silent = gauge('pmip_accounting_silent', '1 while no accounting server answers');
  const stalled = gauge('pmip_accounting_stalled', '1 while the disk refuses records');
  const made = counter('pmip_accounting_records_total', 'Records made', 'event');
  const done = counter('pmip_accounting_done_total', 'What became of records that were to be sent', 'result');

  return () => {
    made.reset();
    done.reset();
    for (const [service, accounting] of accountings()) {
      const s = accounting.statistics();
      waiting.set({ service }, s.waiting);
      silent.set({ service }, s.silent ? 1 : 0);
      stalled.set({ service }, s.stalled ? 1 : 0);
      for (const [event, n] of Object.entries(s.made)) made.inc({ service, event }, n);
      for (const result of ['delivered', 'superseded', 'lost'] as const) done.inc({ service, result }, s[result]);
    }
  };
}
