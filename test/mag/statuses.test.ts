/** What each refusal makes the gateway do: the status table of the protocol reference, row by row (RFC 5213 §6.9.1.2). */
import { describe, expect, it } from 'vitest';
import { find } from '../../protocol/mobility/options.ts';
import { acceptance, activeBench, createBench, LMA1, MAC, OTHER_MAC, profile, refusing, type Bench, type FakeLma } from './harness.ts';

interface Row {
  /** PBUs within the 31 s after the refusal of the first one, the refused one among them. */
  readonly pbus: number;
  readonly ends: 'active' | 'denied' | 'waiting';
  readonly until?: 'administrator' | 'pause';
}
const denied: Row = { pbus: 1, ends: 'denied', until: 'administrator' };
const paused: Row = { pbus: 1, ends: 'denied', until: 'pause' };
const onceMore: Row = { pbus: 2, ends: 'active' };

/** The first PBU of a dual-stack phone is refused with the status; the second would be accepted. */
const table: Readonly<Record<number, Row>> = {
  128: paused,
  129: denied,
  130: paused,
  131: paused,
  133: paused,
  135: paused, // with timestamps no LMA may send it
  151: denied,
  152: denied,
  153: denied, // no other LMA in the profile
  154: denied,
  155: onceMore,
  156: onceMore, // with its first retransmission, as after a slow way
  157: onceMore,
  158: denied,
  159: onceMore,
  160: denied,
  161: denied,
  162: denied,
  163: denied,
  170: onceMore,
  171: onceMore,
  172: onceMore,
  173: denied,
  175: denied,
  179: denied, // only a live session outlives it
  140: paused,
  199: paused,
  255: paused,
};

describe('a refused first PBU', () => {
  it.each(Object.entries(table))('status %s', (status, row) => {
    const bench = createBench({ lma: refusing(Number(status)) });
    bench.attach();
    bench.advance(31_000);
    expect({ pbus: bench.pbus().length, ends: bench.state() }).toEqual({ pbus: row.pbus, ends: row.ends });
    if (row.until) expect(bench.entry().state).toMatchObject({ until: row.until, status: Number(status) });
  });

  it.each(Object.entries(table).filter(([, row]) => row.until === 'pause'))('after status %s the pause ends after 32 s', (status) => {
    const bench = createBench({ lma: refusing(Number(status)) });
    bench.attach();
    bench.advance(32_000);
    expect([bench.pbus().length, bench.state()]).toEqual([2, 'active']);
  });

  it.each(Object.entries(table).filter(([, row]) => row.until === 'administrator'))('after status %s neither time nor a new association helps, an administrator does', (status) => {
    const bench = createBench({ lma: refusing(Number(status)) });
    bench.attach();
    bench.advance(500_000);
    bench.detach();
    bench.advance(10);
    bench.attach();
    bench.advance(100_000);
    expect([bench.pbus().length, bench.state()]).toEqual([1, 'denied']);
    bench.give({ kind: 'retryDenied' });
    expect([bench.pbus().length, bench.state()]).toEqual([2, 'active']);
  });

  it('after the pause a phone that left is not registered', () => {
    const bench = createBench({ lma: refusing(130) });
    bench.attach();
    bench.phoneAnswers = false;
    bench.advance(60_000);
    expect([bench.pbus().length, bench.state()]).toEqual([1, 'gone']);
  });
});

describe('a refused refresh', () => {
  it.each(Object.entries(table).filter(([status]) => !['128', '179'].includes(status)))('status %s', (status, row) => {
    const bench = activeBench();
    bench.lma = refusing(Number(status));
    bench.advance(300_000);
    if (row.until) expect([bench.of('removePath').length, bench.session()?.state]).toEqual([1, 'refused']);
    bench.advance(31_000);
    expect({ pbus: bench.pbus().length, ends: bench.state() }).toEqual({ pbus: row.pbus, ends: row.ends });
  });

  it('status 128 is a doubt: a phone that answers is registered with HI 4, and nothing was taken down', () => {
    const bench = activeBench();
    bench.lma = refusing(128);
    bench.advance(300_000);
    expect(bench.pbus().map((p) => find(p.options, 'handoffIndicator')?.indicator)).toEqual([5, 4]);
    expect([bench.state(), bench.of('removePath').length]).toEqual(['active', 0]);
  });

  it('status 128 is a doubt: a phone that is silent is removed without a PBU', () => {
    const bench = activeBench();
    bench.advance(299_999);
    bench.give({ kind: 'seen', mac: MAC, at: 299_999 });
    bench.phoneAnswers = false;
    bench.lma = refusing(128);
    bench.advance(601);
    expect([bench.state(), bench.pbus().length]).toEqual(['gone', 1]);
    expect(bench.reasons().at(-1)).toBe('active -> gone: the phone moved to another home');
  });

  it('status 128 is a doubt: a frame from before it proves nothing', () => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.advance(299_000);
    bench.give({ kind: 'seen', mac: MAC, at: 299_000 });
    bench.lma = refusing(128);
    bench.advance(1000);
    bench.give({ kind: 'seen', mac: MAC, at: 299_999 });
    bench.advance(600);
    expect([bench.state(), bench.pbus().length]).toEqual(['gone', 1]);
  });

  it('status 179 ends only the request for quality: the session lives, without a storm', () => {
    const bench = activeBench();
    bench.lma = refusing(179);
    bench.advance(331_999);
    expect([bench.state(), bench.of('removePath').length, bench.pbus().length]).toEqual(['active', 0, 1]);
    bench.advance(1);
    expect([bench.state(), bench.pbus().length]).toEqual(['active', 2]);
  });
});

describe('out of window', () => {
  it('status 135: the number of the PBA is adopted, and the PBU goes out again at once', () => {
    const bench = createBench({ config: { timestamps: false } });
    bench.lma = (pbu) => (pbu.sequence < 41 ? acceptance(pbu, { status: 135, sequence: 41, lifetime: 0 }) : acceptance(pbu));
    bench.attach();
    expect(bench.pbus().map((p) => p.sequence)).toEqual([1, 42]);
    expect(bench.state()).toBe('active');
  });
});

describe('in the sequence scheme', () => {
  const sequenced = (lma: FakeLma): Bench => createBench({ config: { timestamps: false }, lma });

  it('an adopted number is its session\'s own: other sessions go on with theirs', () => {
    const bench = sequenced((pbu) => (pbu.sequence === 1 ? acceptance(pbu, { status: 135, sequence: 60_000, lifetime: 0 }) : acceptance(pbu)));
    bench.attach();
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.attach(OTHER_MAC);
    bench.advance(300_000);
    expect(bench.pbus().map((p) => p.sequence)).toEqual([1, 60_001, 3, 60_003, 5]);
    expect([bench.state(), bench.state(OTHER_MAC)]).toEqual(['active', 'active']);
  });

  it('a number that another session has out too does not mistake the one for the other', () => {
    const bench = sequenced((pbu) => (pbu.sequence === 1 ? acceptance(pbu, { status: 135, sequence: 2, lifetime: 0 }) : undefined));
    bench.attach();
    const first = bench.lastPbu();
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.attach(OTHER_MAC);
    const second = bench.lastPbu();
    expect([first.sequence, second.sequence]).toEqual([3, 3]);
    bench.message(acceptance(second));
    expect([bench.state(), bench.state(OTHER_MAC)]).toEqual(['registering', 'active']);
    bench.message(acceptance(first));
    expect(bench.state()).toBe('active');
  });
});

describe('accepting statuses', () => {
  it.each([0, 1, 4, 77, 127])('status %i is an acceptance', (status) => {
    expect(accepted(status).state()).toBe('active');
  });

  it('status 2 (no GRE key) is de-registered and denied: nothing is forwarded without a key', () => {
    const bench = createBench({ lma: (pbu) => (pbu.lifetime > 0 ? acceptance(pbu, { status: 2, without: ['greKey'] }) : undefined) });
    bench.attach();
    expect([bench.state(), bench.of('setPath').length, bench.lastPbu().lifetime]).toEqual(['denied', 0, 0]);
  });

  it('status 3 (no TLV header) means GRE without UDP, and UDP is not asked for again', () => {
    const bench = createBench({ careOf: { ipv4: '192.168.1.2', mtu: 1500 } });
    bench.lma = (pbu) => acceptance(pbu, pbu.flags.tlv ? { status: 3, flags: { ...acceptance(pbu).flags, tlv: false } } : {});
    bench.attach();
    expect(bench.of('setPath').at(-1)?.path.tunnel).toMatchObject({ transport: 'gre4', remote: LMA1.ipv4 });
    bench.advance(300_000);
    expect(bench.pbus().map((p) => [p.flags.forceUdp, p.flags.tlv])).toEqual([[true, true], [false, false]]);
  });
});

function accepted(status: number): Bench {
  const bench = createBench({ lma: (pbu) => acceptance(pbu, { status }) });
  bench.attach();
  return bench;
}
