/** What a phone loses when it roams, with and without packets held at the anchor, and with and without notice to the old home. */
import { roamsUnderStream } from '../lab/roamsUnderStream.ts';
import type { StreamResult } from '../lab/roamsUnderStream.ts';
import type { Millis } from '../protocol/units.ts';
import type { Say } from './report.ts';
import { summary } from './statistics.ts';
import type { Summary } from './statistics.ts';

export interface HoldingRow {
  readonly oneWayDelayMs: Millis;
  readonly notice: boolean;
  readonly hold: boolean;
  readonly sent: number;
  readonly lost: number;
  readonly disordered: number;
  /** Of those lost, sent after the anchor had let go of the old home: after the de-registration, or after it had switched. */
  readonly lostAfter: number;
  readonly held: number;
  /** Of those held: too many, or too old. */
  readonly givenUp: number;
  /** From the station event, or the de-registration, to the anchor's switch. */
  readonly awayMs: Summary;
}

export interface HoldingResult {
  readonly roams: number;
  readonly packetsPerSecond: number;
  readonly rows: readonly HoldingRow[];
}

const DELAYS = [0, 10] as const;

export async function benchHolding(prefix: string, roams: number, say: Say): Promise<HoldingResult> {
  const rows: HoldingRow[] = [];
  for (const oneWayDelayMs of DELAYS) {
    for (const notice of [true, false]) {
      for (const hold of [true, false]) {
        say(`${roams} roams with ${oneWayDelayMs} ms each way, ${notice ? 'announced' : 'unannounced'}, packets ${hold ? 'held' : 'not held'}`);
        const result = await roamsUnderStream({ prefix, delayMs: oneWayDelayMs, roams, notice, ...(hold ? { hold: {} } : {}), say });
        const row = { oneWayDelayMs, notice, hold, ...rowOf(result, notice, oneWayDelayMs) };
        rows.push(row);
        say(`  ${row.lost} of ${row.sent} lost, ${row.lostAfter} of them after, ${row.disordered} out of order`);
      }
    }
  }
  return { roams, packetsPerSecond: 1000, rows };
}

/** A packet lost between two roams belongs to the first of them, unless it was on its way to the home that the phone then left. */
function rowOf({ sent, lost, disordered, roams, counters }: StreamResult, notice: boolean, delayMs: Millis): Omit<HoldingRow, 'oneWayDelayMs' | 'notice' | 'hold'> {
  const roamOf = (at: Millis) => roams.findLast((r) => at >= r.begunAt - delayMs - 1);
  const after = lost.filter(({ sentAt }) => {
    const roam = roamOf(sentAt);
    return roam !== undefined && sentAt > (notice ? roam.leftAt : roam.switchedAt);
  });
  return { sent, lost: lost.length, disordered, lostAfter: after.length, held: counters?.held ?? 0, givenUp: (counters?.overflowed ?? 0) + (counters?.expired ?? 0), awayMs: summary(roams.map((r) => r.switchedAt - r.begunAt)) };
}
