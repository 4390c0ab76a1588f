/** Counts what passes through the MAG's loop, by the names of Cisco's YANG model of a MAG. */
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { HANDOFF, statusCounter } from '../../protocol/mobility/codes.ts';
import type { MagEffect, MagEvent } from '../mag/events.ts';

export interface MagStatistics {
  /** Observes one step; `bindings`: how many there are after it. */
  count(event: MagEvent, effects: readonly MagEffect[], bindings: number): void;
  all(): ShownStatistics;
}

type Counts = Readonly<Record<string, number>>;

export interface ShownStatistics {
  /** PBUs sent: registrations, refreshes (HI 5), de-registrations. */
  readonly pbu: Counts;
  /** PBAs received, by status. */
  readonly pba: Counts;
  /** BRIs received, by trigger. */
  readonly pbri: Counts;
  /** BRAs sent, by status. */
  readonly pbra: Counts;
  /** BRIs that this gateway sent itself, by trigger, and their BRAs, by status. */
  readonly 'pbri-sent': Counts;
  readonly 'pbra-received': Counts;
  readonly 'bce-count': number;
  readonly 'peak-bce-count': number;
  /** Sessions of phones that came over from another interface of this gateway, or to another address of it. */
  readonly 'handoff-count': number;
}

export function createStatistics(): MagStatistics {
  const pbu: Record<string, number> = {};
  const pba: Record<string, number> = {};
  const pbri: Record<string, number> = {};
  const pbra: Record<string, number> = {};
  const ownBris: Record<string, number> = {};
  const ownBras: Record<string, number> = {};
  let now = 0;
  let peak = 0;
  let handoffs = 0;
  const add = (counts: Record<string, number>, name: string | number): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };

  return {
    count(event, effects, bindings) {
      now = bindings;
      peak = Math.max(peak, bindings);
      if (event.kind === 'message') received(event.message);
      for (const effect of effects) {
        if (effect.kind === 'send') sent(effect.message);
        else if (effect.kind === 'transition' && effect.to === 'active' && effect.detail?.['kind'] === 'move') handoffs += 1;
      }
    },
    all: () => ({ pbu: { ...pbu }, pba: { ...pba }, pbri: { ...pbri }, pbra: { ...pbra }, 'pbri-sent': { ...ownBris }, 'pbra-received': { ...ownBras }, 'bce-count': now, 'peak-bce-count': peak, 'handoff-count': handoffs }),
  };

  function received(m: MobilityMessage): void {
    if (m.kind === 'bindingAcknowledgement') add(pba, statusCounter(m.status));
    else if (m.kind === 'bindingRevocationIndication') add(pbri, m.trigger);
    else if (m.kind === 'bindingRevocationAcknowledgement') add(ownBras, m.status);
  }

  function sent(m: MobilityMessage): void {
    if (m.kind === 'bindingRevocationAcknowledgement') add(pbra, m.status);
    if (m.kind === 'bindingRevocationIndication') add(ownBris, m.trigger);
    if (m.kind !== 'bindingUpdate') return;
    add(pbu, m.lifetime === 0 ? 'de-registration' : find(m.options, 'handoffIndicator')?.indicator === HANDOFF.NOT_CHANGED ? 'refresh' : 'registration');
  }
}
