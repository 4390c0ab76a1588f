/** RFC 8127: timers that the LMA sets, at the MAG that follows and at the LMA that says them. */
import { describe, expect, it } from 'vitest';
import type { BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption, type OptionNamed } from '../../protocol/mobility/options.ts';
import { Anchor, labConfig, MAG1, MAG2 } from '../lma/pbu.ts';
import { acceptance, accepting, activeBench, createBench, LMA1, refusal, silent } from '../mag/harness.ts';

type Parameters = OptionNamed<'lmaControlledMagParameters'>['parameters'];
const option = (...parameters: Parameters): MobilityOption => ({ kind: 'lmaControlledMagParameters', parameters });
const reregistration = (start: number, initialRetransmission = 3, maximumRetransmission = 6): Parameters[number] => ({ kind: 'bindingReregistration', start, initialRetransmission, maximumRetransmission });
const heartbeat = (interval: number, retransmissionDelay = 4, maxRetransmissions = 2): Parameters[number] => ({ kind: 'heartbeat', interval, retransmissionDelay, maxRetransmissions });
const saying = (...parameters: Parameters) => ({ lma: (pbu: BindingUpdate) => acceptance(pbu, { options: [option(...parameters)] }), timers: { detachPeriod: 3_600_000 } });

describe('at the MAG', () => {
  it('P05 timers in the PBA overwrite local ones', () => {
    const bench = activeBench(saying(reregistration(250), heartbeat(90)));
    bench.advance(3600_000 - 1000_001);
    expect(bench.pbus()).toHaveLength(0);
    bench.lma = silent;
    bench.advance(1);
    expect(bench.pbus()).toHaveLength(1);
    const left: number[] = [];
    for (const wait of [2999, 1, 5999, 1, 5999, 1]) {
      bench.advance(wait);
      left.push(bench.pbus().length);
    }
    expect(left).toEqual([1, 2, 2, 3, 3, 4]);
    expect(bench.mag.heartbeatTimers.get(LMA1.id)).toEqual({ interval: 90_000, retransmissionDelay: 4000, maxRetransmissions: 2 });
  });

  it.each([
    ['start of re-registration', [reregistration(0)]],
    ['initial retransmission', [reregistration(10, 0)]],
    ['maximum retransmission', [reregistration(10, 1, 0)]],
    ['heartbeat interval', [heartbeat(0)]],
    ['heartbeat retransmissions', [heartbeat(60, 5, 0)]],
    ['heartbeat interval, beside a good sub-option', [reregistration(10), heartbeat(0)]],
  ] as const)('P05 a zero (%s) makes the PBA ignored', (_, parameters) => {
    const bench = createBench(saying(...parameters));
    bench.attach();
    expect(bench.state()).toBe('registering');
    expect(bench.discards()).toEqual(['the PBA sets a timer of the gateway to zero']);
    bench.lma = accepting;
    bench.advance(1000);
    expect(bench.state()).toBe('active');
    expect(bench.entry().timers).toBeUndefined();
  });

  it('P05 a heartbeat retransmission delay of zero is none of them', () => {
    const bench = activeBench(saying(heartbeat(60, 0)));
    expect(bench.mag.heartbeatTimers.get(LMA1.id)?.retransmissionDelay).toBe(0);
  });

  it('they hold for one session, and until a PBA does not say them any more', () => {
    const bench = activeBench(saying(reregistration(250), heartbeat(90)));
    bench.lma = accepting;
    bench.advance(2600_000);
    expect(bench.entry().timers).toBeUndefined();
    expect(bench.mag.heartbeatTimers.size).toBe(0);
    bench.clear();
    bench.advance(300_000);
    expect(bench.pbus()).toHaveLength(1);
  });

  it('a start before the session began means half of its lifetime, not at once and for ever', () => {
    const bench = activeBench({ ...saying(reregistration(65_535)), timers: { lifetime: 400, detachPeriod: 3_600_000 } });
    bench.advance(199_999);
    expect(bench.pbus()).toHaveLength(0);
    bench.advance(1);
    expect(bench.pbus()).toHaveLength(1);
  });

  it('a refusal sets no timers', () => {
    const bench = createBench({ lma: (pbu) => refusal(pbu, 130, { options: [option(reregistration(50))] }) });
    bench.attach();
    expect(bench.state()).toBe('denied');
    expect(bench.entry().timers).toBeUndefined();
  });
});

describe('at the LMA', () => {
  it('an accepting PBA says what is configured for its gateway, and only that', () => {
    const mags = [{ id: 'mag1@example.com', timers: { reregistration: { start: 50, initialRetransmission: 2, maximumRetransmission: 16 }, heartbeat: { interval: 60, retransmissionDelay: 5, maxRetransmissions: 3 } } }, { id: 'mag2@example.com' }];
    const a = new Anchor(labConfig({}, { mags }));
    const said = (mag: typeof MAG1, wish = {}): unknown => find(a.ask({ mag, ...wish }).options, 'lmaControlledMagParameters')?.parameters;
    expect(said(MAG1)).toEqual([
      { kind: 'bindingReregistration', start: 13, initialRetransmission: 2, maximumRetransmission: 16 },
      { kind: 'heartbeat', interval: 60, retransmissionDelay: 5, maxRetransmissions: 3 },
    ]);
    expect(said(MAG2)).toBeUndefined();
    expect(said(MAG1, { mn: 'mn0@elsewhere.example' })).toBeUndefined();
    expect(said(MAG2, { lifetime: 0 })).toBeUndefined();
  });
});
