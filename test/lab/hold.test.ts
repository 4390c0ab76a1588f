/** Packets of a phone between two homes: what an anchor that holds them loses, and in which order they come. */
import { describe, expect, it } from 'vitest';
import { APN } from '../../lab/configuration.ts';
import { until } from '../../lab/processes.ts';
import { roamsUnderStream } from '../../lab/roamsUnderStream.ts';
import type { HoldCounters } from '../../protocol/paths.ts';
import { attach, openScene, startTraffic } from './scene.ts';

const ROAMS = 6;
/** Long enough that on no machine a limit comes before the event that is waited for. */
const HOLD = { packets: 60_000, octets: 60_000_000, milliseconds: 60_000, settle: 30_000 };

describe.each([0, 10])(`${ROAMS} roams with %i ms each way under 1,000 packets a second`, (delayMs) => {
  it('after a de-registration nothing is lost, and all is in order', async () => {
    const { lost, disordered, roams, counters } = await roamsUnderStream({ prefix: 'rshold-', delayMs, roams: ROAMS, notice: true, hold: HOLD });
    // A home that gave up waiting for its answer, on a machine that stood still, may have let the phone go before the anchor did.
    const before = (at: number) => roams.some((r) => at >= r.begunAt - delayMs - 1 && at <= r.leftAt);
    expect([lost.filter((l) => !before(l.sentAt)), disordered]).toEqual([[], 0]);
    expect(counters).toMatchObject({ overflowed: 0, expired: 0, ended: 0, refused: 0, sessions: 0, packets: 0, octets: 0 });
    expect(counters?.released).toBe(counters?.held);
    expect(counters?.held).toBeGreaterThan(0);
  });

  it('without notice what was sent before the anchor switched is lost, and nothing after', async () => {
    const { lost, disordered, roams } = await roamsUnderStream({ prefix: 'rshold-', delayMs, roams: ROAMS, notice: false, hold: HOLD });
    expect(disordered).toBe(0);
    // What the old home was sent may still have been on its way there when the phone left.
    const between = (at: number) => roams.some((r) => at >= r.begunAt - delayMs - 1 && at <= r.switchedAt);
    expect(lost.filter((l) => !between(l.sentAt))).toEqual([]);
  });
});

describe('an anchor that is killed while it holds packets', () => {
  it('loses them and nothing else: the one that follows takes the session up, and its path forwards', async () => {
    const apn = { name: APN, 'ip-pool': 'phones', 'ipv6-pool': 'phones6', hold: HOLD };
    const scene = await openScene({ homes: 2, phones: 1, prefix: 'rshold-' }, { lma: { apns: [apn] } });
    try {
      const held = async () => ((await scene.pmip.ask(0, 'show lma statistics')) as { readonly 'held-packets': HoldCounters })['held-packets'];
      const phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
      const traffic = await startTraffic(scene, phone);
      await traffic.flows();
      await scene.pmip.departure(1, scene.world.phone(1).mac, async () => scene.world.detach(1));
      await until('packets to be held', 10_000, async () => (await held()).packets > 5);
      await scene.world.processes.get('lma')?.stop('SIGKILL');
      await scene.pmip.startLma();
      await scene.roam(1, 2);
      await traffic.flows();
      await until('the path to forward', 10_000, async () => (await held()).sessions === 0);
      await traffic.flows();
      expect(scene.world.addresses(1)).toEqual(phone.addresses);
    } finally {
      await scene.close();
    }
  });
});
