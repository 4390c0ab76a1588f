/** RFC 5847 §3, at both ends: who is asked, what is missing, who restarted. */
import { describe, expect, it } from 'vitest';
import type { LmaEffect } from '../../cloud/lma/lma.ts';
import { announceRestart, answerHeartbeat, DEFAULT_HEARTBEAT, type Heartbeat } from '../../protocol/heartbeat.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { Anchor, bindings, labConfig, MAG1, MAG2, removedOf, sendsOf, transitionsOf, TABLET } from '../lma/pbu.ts';
import { acceptance, activeBench, createBench, HOME, LMA1, OTHER_MAC, profile, silent, type Bench } from '../mag/harness.ts';

const { interval, timeout } = DEFAULT_HEARTBEAT;
const BINDING_ERROR: MobilityMessage = { kind: 'bindingError', status: 2, homeAddress: '::', options: [] };

/** One end under test, and the other one played: both must behave alike. */
interface End {
  /** Heartbeats that the end sends while this time passes. */
  pass(ms: number): Heartbeat[];
  receive(message: MobilityMessage): void;
  /** Its sessions with the peer end. */
  forget(): void;
  register(): void;
  states(): string[];
}

function anchorEnd(): End {
  const a = new Anchor(labConfig({ heartbeat: DEFAULT_HEARTBEAT }));
  const heartbeats = (effects: readonly LmaEffect[]): Heartbeat[] => sendsOf(effects).flatMap((s) => (s.message.kind === 'heartbeat' ? [s.message] : []));
  const told: string[] = [];
  const note = (effects: readonly LmaEffect[]): LmaEffect[] => {
    for (const t of transitionsOf(effects)) if (t.subject === MAG1.id) told.push(`${t.from} -> ${t.to}`);
    return [...effects];
  };
  let pba = a.ask({ lifetime: 40_000 });
  return {
    pass: (ms) => heartbeats(note(a.pass(ms))),
    receive: (message) => void note(a.receive(MAG1, message)),
    forget: () => void a.deregister(pba),
    register: () => void (pba = a.ask({ lifetime: 40_000 })),
    states: () => told.splice(0),
  };
}

function gatewayEnd(): End {
  const bench = activeBench({ config: { heartbeat: DEFAULT_HEARTBEAT } });
  return {
    pass(ms) {
      bench.clear();
      bench.advance(ms);
      return bench.of('send').flatMap((s) => (s.message.kind === 'heartbeat' ? [s.message] : []));
    },
    receive: (message) => void bench.message(message),
    forget: () => bench.detach(),
    register: () => void bench.attach(),
    states: () => bench.of('transition').filter((t) => t.subject === LMA1.id).map((t) => `${t.from} -> ${t.to}`),
  };
}

describe.each([['LMA', anchorEnd], ['MAG', gatewayEnd]] as const)('%s', (_, open) => {
  it('asks soon after the first session, then every interval, with growing numbers and without options', () => {
    const end = open();
    const [first] = end.pass(1000);
    expect(first).toEqual({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: first?.sequence, options: [] });
    end.receive(answerHeartbeat(first!, 5));
    expect(end.pass(interval - 1)).toEqual([]);
    const [second] = end.pass(1);
    expect(second?.sequence).toBe(((first?.sequence ?? 0) + 1) >>> 0);
  });

  it('H02 no request to a peer without bindings; the next one begins it anew', () => {
    const end = open();
    end.receive(answerHeartbeat(end.pass(1000)[0]!, 5));
    end.forget();
    expect(end.pass(10 * interval)).toEqual([]);
    end.register();
    expect(end.pass(1000)).toHaveLength(1);
  });

  it('H03 after BE 2 no heartbeat goes to that peer', () => {
    const end = open();
    expect(end.pass(1000)).toHaveLength(1);
    end.receive(BINDING_ERROR);
    expect(end.states()).toEqual(['unknown -> unsupported']);
    expect(end.pass(10 * interval)).toEqual([]);
    end.forget();
    end.pass(20_000);
    end.register();
    expect(end.pass(10 * interval)).toEqual([]);
  });

  it('H04 more than 3 missed answers in a row make the peer unreachable, one answer resets', () => {
    const end = open();
    end.receive(answerHeartbeat(end.pass(1000)[0]!, 5));
    expect(end.pass(interval)).toHaveLength(1);
    expect(end.pass(3 * timeout)).toHaveLength(3);
    expect(end.states()).toEqual([]);
    const [last] = end.pass(timeout);
    expect(end.states()).toEqual(['reachable -> unreachable']);
    // From now on with patience, and one answer counts.
    expect(end.pass(interval - 1)).toEqual([]);
    expect(end.pass(1)).toHaveLength(1);
    end.receive(answerHeartbeat(last!, 5));
    expect(end.states()).toEqual(['unreachable -> reachable']);
    expect(end.pass(interval - timeout)).toEqual([]);
  });

  it('H04 three missed answers and one that comes are none missed', () => {
    const end = open();
    for (let round = 0; round < 5; round++) {
      const asked = end.pass(round === 0 ? 1000 + 3 * timeout : interval + 3 * timeout);
      expect(asked).toHaveLength(4);
      // Late, for the first of them.
      end.receive(answerHeartbeat(asked[0]!, 5));
    }
    expect(end.states()).toEqual([]);
  });

  it('a response to nothing that was asked is no sign of life', () => {
    const end = open();
    const [first] = end.pass(1000);
    end.receive(answerHeartbeat({ ...first!, sequence: (first!.sequence + 1) >>> 0 }, 5));
    expect(end.pass(timeout)).toHaveLength(1);
  });

  it('H06 a changed restart counter is taken as a restart of the peer, the first one is not', () => {
    const end = open();
    end.receive(answerHeartbeat(end.pass(1000)[0]!, 5));
    expect(end.states()).toEqual([]);
    end.receive(answerHeartbeat(end.pass(interval)[0]!, 4));
    expect(end.states()).toEqual(['reachable -> reachable']);
    end.register();
    end.receive(answerHeartbeat(end.pass(interval)[0]!, 4));
    expect(end.states()).toEqual([]);
  });

  it('H06 unasked it counts at once, if it is later than what is known', () => {
    const end = open();
    end.receive(answerHeartbeat(end.pass(1000)[0]!, 5));
    end.receive(announceRestart(5));
    end.receive(announceRestart(3));
    expect(end.states()).toEqual([]);
    end.receive(announceRestart(6));
    expect(end.states()).toEqual(['reachable -> reachable']);
    end.receive(announceRestart(6));
    expect(end.states().length).toBeLessThanOrEqual(1);
  });
});

describe('the LMA, of a gateway that lost its state', () => {
  const restarted = (message: (asked: Heartbeat) => Heartbeat) => {
    const a = new Anchor(labConfig({ heartbeat: DEFAULT_HEARTBEAT }));
    a.ask({ lifetime: 40_000 });
    a.ask({ mag: MAG2, mac: TABLET, handoff: 1 });
    const asked = (effects: readonly LmaEffect[]): Heartbeat => sendsOf(effects).flatMap((s) => (s.message.kind === 'heartbeat' && s.peer === MAG1.id ? [s.message] : []))[0]!;
    a.receive(MAG1, answerHeartbeat(asked(a.pass(1000)), 5));
    a.pass(20_000);
    a.ask({ mac: '02:00:00:00:00:09', handoff: 1, lifetime: 40_000 }); // of its new life, perhaps
    return { a, effects: a.receive(MAG1, message(asked(a.pass(interval)))) };
  };

  it('H06 asked: what it registered before its last answer is invalid, what came since may be new', () => {
    const { a, effects } = restarted((asked) => answerHeartbeat(asked, 6));
    expect(bindings(a).map((b) => [b.mag, b.state])).toEqual([[MAG1.id, 'RELEASED'], [MAG2.id, 'ACTIVE'], [MAG1.id, 'ACTIVE']]);
    expect(removedOf(effects)).toEqual([1]);
  });

  it('H06 unasked, before its first PBU: all of it is', () => {
    const { a } = restarted(() => announceRestart(6));
    expect(bindings(a).map((b) => b.state)).toEqual(['RELEASED', 'ACTIVE', 'RELEASED']);
  });

  it('an invalid session keeps its addresses for its node until the lifetime ends', () => {
    const { a } = restarted((asked) => answerHeartbeat(asked, 6));
    a.pass(3_600_000);
    const hoa = bindings(a)[0]?.homeAddress?.address;
    const pba = a.ask({ mag: MAG2 });
    expect(find(pba.options, 'ipv4HomeAddressReply')?.address).toBe(hoa);
    const { a: other } = restarted((asked) => answerHeartbeat(asked, 6));
    other.pass(40_000_000);
    expect(bindings(other)).toEqual([]);
  });
});

it('a gateway that is known by its address alone is forgotten with its last session', () => {
  const a = new Anchor(labConfig({ heartbeat: DEFAULT_HEARTBEAT }, { authentication: 'optional', mags: [{ id: 'mag1@example.com', addresses: ['2001:db8:cafe::/48'] }] }));
  const mag = { ...MAG1, id: undefined };
  const pba = a.ask({ mag });
  a.pass(1000);
  expect([...a.lma.peers.keys()]).toEqual([MAG1.from.remote]);
  a.deregister(pba, { mag });
  a.pass(interval);
  expect(a.lma.peers.size).toBe(0);
});

describe('the LMA that lost its own state', () => {
  it('tells whom it knew, unasked, with its new counter: 200 at once', () => {
    const a = new Anchor(labConfig({ heartbeat: DEFAULT_HEARTBEAT }));
    const peers = Array.from({ length: 450 }, (_, i) => ({ id: `m${i}`, mag: `m${i}`, endpoint: { ...MAG1.from, remote: `2001:db8::${i.toString(16)}` } }));
    const first = sendsOf(a.take({ kind: 'restarted', peers }));
    expect(first).toHaveLength(200);
    expect(first[0]).toMatchObject({ peer: 'm0', message: { kind: 'heartbeat', flags: { unsolicited: true, response: true }, options: [{ kind: 'restartCounter', counter: 7 }] } });
    expect(sendsOf(a.pass(20))).toHaveLength(200);
    expect(sendsOf(a.pass(1000))).toHaveLength(50);
  });

  it('gives each node what it had, whoever comes first, for as long as a lifetime can be', () => {
    const pools = { ipv6Pools: [{ name: 'v6', prefix: { address: '2001:db8:f00d::', length: 48 } }] };
    const first = new Anchor(labConfig({}, pools));
    first.ask({ mn: 'mn7@example.com', mac: '02:00:00:00:00:07' });
    const had = first.ask();
    const refresh = (lost: boolean, after: number) => {
      const a = new Anchor(labConfig({}, pools));
      if (lost) a.take({ kind: 'restarted', peers: [] });
      a.pass(after);
      return sendsOf(a.refresh(had))[0]?.message;
    };
    expect(refresh(true, 1000)).toMatchObject({ status: 0, options: expect.arrayContaining([expect.objectContaining({ kind: 'ipv4HomeAddressReply', status: 0, address: '192.0.2.2' })]) as unknown });
    expect(refresh(true, 40_000_000)).toMatchObject({ status: 155 });
    expect(refresh(false, 1000)).toMatchObject({ status: 155 });
  });

  it('whom to tell then is told when a gateway appears or moves, and when it is taken up from the store', () => {
    const a = new Anchor(labConfig({ heartbeat: DEFAULT_HEARTBEAT }));
    const peers = (effects: readonly LmaEffect[]) => effects.flatMap((e) => (e.kind === 'peer' ? [`${e.peer.id} at ${e.peer.endpoint.remote}`] : []));
    expect(peers(a.pbu())).toEqual([`${MAG1.id} at ${MAG1.from.remote}`]);
    expect(peers(a.pbu({ mac: TABLET, handoff: 1 }))).toEqual([]);
    expect(peers(a.pbu({ mag: { id: MAG1.id, from: { ...MAG1.from, remote: '2001:db8:cafe:1025::16' } } }))).toEqual([`${MAG1.id} at 2001:db8:cafe:1025::16`]);
    const b = new Anchor(labConfig({ heartbeat: DEFAULT_HEARTBEAT }));
    expect(peers(b.take({ kind: 'restore', bindings: [...a.store.values()].slice(0, 1) }))).toEqual([`${MAG1.id} at 2001:db8:cafe:1025::16`]);
    expect(sendsOf(b.pass(1000))).toHaveLength(1);
  });
});

describe('the gateway, of an LMA that lost its state', () => {
  function many(count: number): Bench {
    const bench = createBench({ config: { heartbeat: DEFAULT_HEARTBEAT } });
    for (let i = 1; i <= count; i++) {
      bench.lma = (pbu) => acceptance(pbu, { options: [{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: `2001:db8:f00d:${i}::` }, { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: `192.0.2.${i}` }] });
      bench.profile = { profile: { ...profile, nai: `mn${i}@example.com` } };
      bench.attach(`02:00:00:00:00:${i.toString(16).padStart(2, '0')}`);
    }
    bench.lma = silent;
    bench.clear();
    return bench;
  }

  it('H06 registers every session anew with HI 5, a few milliseconds apart', () => {
    const bench = many(10);
    bench.advance(1000);
    const [asked] = bench.of('send').flatMap((s) => (s.message.kind === 'heartbeat' ? [s.message] : []));
    bench.message(answerHeartbeat(asked!, 5));
    bench.message(announceRestart(6));
    expect(bench.pbus()).toHaveLength(1);
    bench.advance(20);
    expect(bench.pbus()).toHaveLength(5);
    bench.advance(30);
    expect(bench.pbus().map((p) => [p.lifetime > 0, find(p.options, 'handoffIndicator')?.indicator])).toEqual(Array.from({ length: 10 }, () => [true, 5]));
  });

  it('says that it lost its own before its first PBU, once, and only if it did', () => {
    const lost = createBench({ config: { restarted: true }, careOf: { mtu: 1500 } });
    expect(lost.of('send')).toEqual([]);
    lost.give({ kind: 'careOf', careOf: HOME });
    lost.give({ kind: 'careOf', careOf: { ...HOME, mtu: 1400 } });
    expect(lost.of('send').map((s) => s.message)).toEqual([announceRestart(3)]);
    expect(createBench().of('send')).toEqual([]);
  });

  it('asks at the pace that the LMA sets (RFC 8127 §4.2)', () => {
    const bench = activeBench({ config: { heartbeat: DEFAULT_HEARTBEAT }, lma: (pbu) => acceptance(pbu, { options: [{ kind: 'lmaControlledMagParameters', parameters: [{ kind: 'heartbeat', interval: 30, retransmissionDelay: 2, maxRetransmissions: 1 }] }] }) });
    bench.lma = silent;
    bench.phoneAnswers = true;
    const asked = (ms: number): Heartbeat[] => {
      bench.clear();
      bench.advance(ms);
      return bench.of('send').flatMap((s) => (s.message.kind === 'heartbeat' ? [s.message] : []));
    };
    bench.message(answerHeartbeat(asked(1000)[0]!, 5));
    expect(asked(29_999)).toEqual([]);
    expect(asked(1)).toHaveLength(1);
    expect(asked(4000)).toHaveLength(2);
    expect(bench.of('transition').filter((t) => t.subject === LMA1.id).map((t) => t.to)).toEqual(['unreachable']);
  });

  it('asks nobody while there is no uplink, and counts nothing as missing', () => {
    const bench = activeBench({ config: { heartbeat: DEFAULT_HEARTBEAT } });
    bench.give({ kind: 'careOf', careOf: { mtu: 1500 } });
    bench.advance(20 * interval);
    expect(bench.of('transition').filter((t) => t.subject === LMA1.id)).toEqual([]);
    expect(bench.mag.anchors.get(LMA1.id)?.pulse).toMatchObject({ state: 'unknown', missed: 0, sent: 0 });
  });

  it('with heartbeats off none is sent, and each is answered', () => {
    const bench = activeBench({ config: { heartbeat: { ...DEFAULT_HEARTBEAT, enabled: false } } });
    bench.attach(OTHER_MAC);
    bench.clear();
    bench.advance(100_000);
    expect(bench.of('send').filter((s) => s.message.kind === 'heartbeat')).toEqual([]);
    bench.message({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 4, options: [] });
    expect(bench.of('send').at(-1)?.message).toEqual(answerHeartbeat({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 4, options: [] }, 3));
  });
});
