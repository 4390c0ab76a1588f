/** Packets of a phone between two homes: what an anchor that holds them loses, and in which order they come. */
import { describe, expect, it } from 'vitest';
import { roamsUnderStream } from '../../lab/roamsUnderStream.ts';

const ROAMS = 6;
/** Long enough that on no machine a limit comes before the event that is waited for. */
const HOLD = { packets: 60_000, octets: 60_000_000, milliseconds: 60_000, settle: 30_000 };

describe.each([0, 10])(`${ROAMS} roams with %i ms each way under 1,000 packets a second`, (delayMs) => {
  it('after a de-registration nothing is lost, and all is in order', async () => {
    const { sent, received, lost, disordered, counters } = await roamsUnderStream({ prefix: 'rshold-', delayMs, roams: ROAMS, notice: true, hold: HOLD });
    expect({ lost, disordered, received }).toEqual({ lost: [], disordered: 0, received: sent });
    expect(counters).toMatchObject({ overflowed: 0, expired: 0, ended: 0, refused: 0, sessions: 0, packets: 0, octets: 0 });
    expect(counters?.released).toBe(counters?.held);
    expect(counters?.held).toBeGreaterThan(0);
  });

  it('without notice what was sent before the anchor switched is lost, and nothing after', async () => {
    const { lost, disordered, roams } = await roamsUnderStream({ prefix: 'rshold-', delayMs, roams: ROAMS, notice: false, hold: HOLD });
    expect(disordered).toBe(0);
    // What the old home was sent may still have been on its way there when the phone left.
    const between = (at: number) => roams.some((r) => at >= r.leftAt - delayMs - 1 && at <= r.switchedAt);
    expect(lost.filter((l) => !between(l.sentAt))).toEqual([]);
  });
});
