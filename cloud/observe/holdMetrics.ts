/** Packets held between two homes, for Prometheus. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { HoldCounters } from '../../protocol/paths.ts';

/** @returns what brings them up to date */
export function holdMetrics(registry: Registry, holding: () => HoldCounters | undefined): () => void {
  const registers = [registry];
  const outcomes = new Counter({ name: 'pmip_held_packets_total', help: 'Packets that were held between two homes, by what became of them', labelNames: ['outcome'], registers });
  const refusals = new Counter({ name: 'pmip_hold_refused_total', help: 'Sessions whose packets could not be held, because those of too many were', registers });
  const now = new Gauge({ name: 'pmip_held', help: 'What is held now', labelNames: ['unit'], registers });
  return () => {
    outcomes.reset();
    refusals.reset();
    now.reset();
    const counters = holding();
    if (!counters) return;
    const { released, overflowed, expired, ended, refused, sessions, packets, octets } = counters;
    for (const [outcome, n] of Object.entries({ released, overflowed, expired, ended })) outcomes.inc({ outcome }, n);
    refusals.inc(refused);
    for (const [unit, n] of Object.entries({ sessions, packets, octets })) now.set({ unit }, n);
  };
}
