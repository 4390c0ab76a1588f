/**
 * The LMAs' signalling of the last minutes, as it was on the wire, in memory of a fixed size: what a handover's messages are cut out
 * of when somebody looks. Names are in it; nothing of it is stored.
 */
import type { UnixMillis } from '../../protocol/units.ts';

export interface Captured {
  readonly at: UnixMillis;
  readonly lma: string;
  /** An IP packet. */
  readonly packet: Uint8Array;
}

export interface CaptureRing {
  add(captured: Captured): void;
  /** Of one LMA, in order. */
  between(lma: string, from: UnixMillis, to: UnixMillis): readonly Captured[];
  clear(): void;
  readonly octets: number;
}

/** What a packet costs beside its octets, as measured: two objects and a place. */
const OVERHEAD = 250;

/** @param room octets; 0 keeps nothing */
export function createCaptureRing(room: number): CaptureRing {
  let kept: (Captured | undefined)[] = [];
  /** Of those before it nothing is left. */
  let head = 0;
  let octets = 0;

  function shift(): void {
    octets -= (kept[head]?.packet.length ?? 0) + OVERHEAD;
    // The place stays for a while, and not what was there.
    kept[head] = undefined;
    head += 1;
    if (head < 4096 || head * 2 < kept.length) return;
    kept = kept.slice(head);
    head = 0;
  }

  /** Several LMAs, each with a clock of its own: nearly in order. */
  const SLACK = 5000;

  return {
    add(captured) {
      kept.push(captured);
      octets += captured.packet.length + OVERHEAD;
      while (octets > room && head < kept.length) shift();
    },
    between(lma, from, to) {
      let [low, high] = [head, kept.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((kept[middle]?.at ?? 0) < from - SLACK) low = middle + 1;
        else high = middle;
      }
      const found: Captured[] = [];
      for (let i = low; i < kept.length; i++) {
        const c = kept[i] as Captured;
        if (c.at > to + SLACK) break;
        if (c.lma === lma && c.at >= from && c.at <= to) found.push(c);
      }
      return found;
    },
    clear() {
      kept = [];
      [head, octets] = [0, 0];
    },
    get octets() {
      return octets;
    },
  };
}
