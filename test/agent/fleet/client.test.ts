/** A gateway and its broker: birth and will, heartbeats, jittered returns, and a gateway that does without (agent/fleet/client.ts). */
import { describe, expect, it } from 'vitest';
import { desired, TIMERS } from './desiredBench.ts';
import { certified, CLAIM, connectedBench, emptyDisk, fleetBench, type Disk } from './bench.ts';
import { makeKey } from '../../../agent/fleet/key.ts';
import { heard } from '../../../cloud/fleet/heard.ts';
import { movedWorld, START } from './world.ts';

const MINUTE = 60_000;

describe('a connection', () => {
  it('begins with a birth and ends with a will, both with its number', async () => {
    const { broker, topic, world, key } = await connectedBench();
    expect(broker.on(/state$/)).toMatchObject([{ state: 'ready', session: 1, agent: '1.0.0', identity: 'home1@isp.example', can: { concerns: ['profiles', 'timers', 'lmas', 'limits'], commands: ['telemetry'] }, at: START + 5000 }]);
    expect(broker.sessions[0]).toMatchObject({ clientId: key.gateway, will: { topic: topic.state() } });
    broker.cut();
    expect(JSON.parse(broker.retained.get(topic.state()) ?? '')).toEqual({ state: 'lost', session: 1 });
    await world.pass(10_000);
    expect(JSON.parse(broker.retained.get(topic.state()) ?? '')).toMatchObject({ state: 'ready', session: 2 });
  });

  it('that ends as it should says so itself', async () => {
    const { client, broker, topic } = await connectedBench();
    await client.close();
    expect(JSON.parse(broker.retained.get(topic.state()) ?? '')).toEqual({ state: 'disconnected', session: 1 });
  });

  it('ends also where its broker acknowledges nothing any more: an agent that stops waits for no dead uplink', async () => {
    const { client, broker, topic } = await connectedBench();
    broker.acknowledges = false;
    await client.close();
    expect(JSON.parse(broker.retained.get(topic.state()) ?? '')).toEqual({ state: 'disconnected', session: 1 });
  });

  it('has a heartbeat about once a minute, with what runs', async () => {
    const b = await connectedBench();
    b.broker.send(b.topic.desired('timers'), desired(3, TIMERS), true);
    await b.world.pass(2000);
    b.broker.published.length = 0;
    await b.world.pass(10 * MINUTE);
    const beats = b.broker.on(/heartbeat$/);
    expect(beats).toHaveLength(10);
    expect(beats[0]).toMatchObject({ session: 1, bindings: 2, running: { timers: { rev: 3, hash: desired(3, TIMERS).hash } } });
  });

  it('number is never used again, also after an agent that was killed', async () => {
    const key = makeKey();
    const disk = { ...emptyDisk(), claimed: certified(key) };
    const first = await connectedBench({ key, disk });
    const numbers = (): number[] => (first.broker.on(/state$/) as { session: number }[]).map((s) => s.session);
    for (let i = 0; i < 70; i++) {
      first.broker.cut();
      await first.world.pass(10 * MINUTE);
    }
    expect(Math.max(...numbers())).toBe(71);
    // Written down at least every 64; a real store adds what it skips (test/agent/fleet/store.test.ts).
    expect(disk.state.session).toBe(64);
  });
});

describe('a document that kills its agent', () => {
  it('is known on the disk before it is applied, so that the third agent leaves it alone', async () => {
    const key = makeKey();
    let found: Disk = { ...emptyDisk(), claimed: certified(key) };
    const lives: string[] = [];
    for (let life = 0; life < 3; life++) {
      const disk = structuredClone(found);
      const b = fleetBench({ key, disk });
      b.broker.send(b.topic.desired('timers'), desired(3, TIMERS), true);
      let died = false;
      b.onApply = () => {
        // It is killed now: what is on the disk at this moment is what the next one finds.
        if (!died) found = structuredClone(disk);
        died = true;
      };
      b.client.start();
      await b.world.pass(10_000);
      lives.push(died ? 'killed' : (b.broker.on(/reported/) as { status: string }[]).map((r) => r.status).join());
    }
    expect(lives).toEqual(['killed', 'killed', 'rolledback']);
  });
});

describe('a certificate that is over by the clock', () => {
  it('counts again once the clock is right: nobody has to claim the gateway anew', async () => {
    const key = makeKey();
    const world = movedWorld();
    let wrong = 400 * 86_400_000;
    const b = fleetBench({ key, world: { ...world, now: () => ({ at: world.now().at, wall: world.now().wall + wrong }) }, disk: { ...emptyDisk(), claimed: certified(key) } });
    b.client.start();
    await world.pass(30_000);
    expect([b.client.status().state, b.broker.sessions.at(-1)?.credential]).toEqual(['unclaimed', CLAIM]);
    wrong = 0;
    b.broker.send(b.topic.claimResponse(), { status: 'pending' });
    await world.pass(30_000);
    expect([b.client.status(), b.broker.sessions.at(-1)?.credential.certificate]).toMatchObject([{ state: 'connected', home: 'Smith' }, certified(key).certificate]);
  });
});

describe('without a broker', () => {
  it('says since when, by the clock of today: it was wrong when the router started', async () => {
    const world = movedWorld();
    let wrong = -400 * 86_400_000;
    const b = fleetBench({ world: { ...world, now: () => ({ at: world.now().at, wall: world.now().wall + wrong }) } });
    b.broker.there = false;
    b.client.start();
    await world.pass(30_000);
    wrong = 0;
    expect(b.client.status().since).toBe(START + 5000);
  });

  it('tries again further and further apart, never at once and never more seldom than every five minutes', async () => {
    const key = makeKey();
    const b = fleetBench({ key, disk: { ...emptyDisk(), claimed: certified(key) } });
    b.broker.there = false;
    b.client.start();
    await b.world.pass(3 * 60 * MINUTE);
    const pauses = b.broker.attempts.slice(1).map((at, i) => at - (b.broker.attempts[i] as number));
    expect(pauses.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(Math.max(...pauses)).toBe(150_000);
    b.world.chance = 0;
    await b.world.pass(3 * MINUTE);
    const before = b.broker.attempts.length;
    await b.world.pass(10_000);
    expect(b.broker.attempts.length - before).toBeLessThanOrEqual(20);
    expect(b.client.status()).toMatchObject({ state: 'offline', why: 'the broker: nobody listens there' });
  });

  it('for ten minutes, while phones roam, loses no event; the documents that ran run on', async () => {
    const b = await connectedBench();
    b.broker.send(b.topic.desired('timers'), desired(1, TIMERS), true);
    await b.world.pass(2000);
    b.broker.there = false;
    b.broker.cut();
    for (let i = 0; i < 600; i++) {
      b.client.tell({ kind: 'attach', at: START, trace: `${i}`, station: 'mn-1', stages: {} });
      await b.world.pass(1000);
    }
    b.broker.published.length = 0;
    b.broker.there = true;
    await b.world.pass(10 * MINUTE);
    const events = (b.broker.on(/event$/) as { events: { sequence: number }[] }[]).flatMap((batch) => batch.events);
    expect(events.map((e) => e.sequence)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    expect(b.broker.on(/event$/)).toHaveLength(6);
    expect(b.applied.at(-1)).toMatchObject({ timers: { rev: 1 } });
    expect(b.broker.on(/reported\/timers$/)).toMatchObject([{ rev: 1, status: 'applied' }, { rev: 1, status: 'applied' }]);
  });

  it('for days keeps the last thousand events, and the gap is seen in their numbers', async () => {
    const b = await connectedBench();
    b.broker.there = false;
    b.broker.cut();
    for (let i = 0; i < 5000; i++) b.client.tell({ kind: 'notice', at: START, level: 'info', text: 'x' });
    b.broker.there = true;
    await b.world.pass(10 * MINUTE);
    const events = (b.broker.on(/event$/) as { events: { sequence: number }[] }[]).flatMap((batch) => batch.events);
    expect([events.length, events[0]?.sequence, events.at(-1)?.sequence]).toEqual([1000, 4001, 5000]);
  });

  it('starts with the documents of before, and tries none of them again', async () => {
    const key = makeKey();
    const disk = { ...emptyDisk(), claimed: certified(key) };
    const b = await connectedBench({ key, disk });
    b.broker.send(b.topic.desired('timers'), desired(1, TIMERS), true);
    await b.world.pass(5000);
    const next = fleetBench({ key, disk, world: b.world });
    next.broker.there = false;
    next.client.start();
    await b.world.pass(MINUTE);
    expect(next.client.status().documents.find((d) => d.concern === 'timers')).toMatchObject({ running: 1, reported: { status: 'applied' } });
    expect(next.applied).toEqual([]);
  });
});

describe('a document over the broker', () => {
  it('that cuts the gateway off is rolled back by itself, and what is on the disk never was that one', async () => {
    const b = await connectedBench();
    b.answers = (documents) => documents.lmas === undefined;
    b.broker.send(b.topic.desired('lmas'), desired(1, { 'local-mobility-anchors': [{ id: 'wrong', 'ipv4-address': '192.0.2.66' }] }), true);
    await b.world.pass(20_000);
    expect(b.disk.state.good).toEqual({});
    await b.world.pass(MINUTE);
    expect(b.broker.on(/reported\/lmas$/)).toMatchObject([{ rev: 1, status: 'rolledback', running: null }]);
    expect(b.applied.map((d) => Object.keys(d))).toEqual([['lmas'], []]);
  });

  it('that is bad is rejected with its path', async () => {
    const b = await connectedBench();
    b.broker.send(b.topic.desired('profiles'), desired(1, { 'default-profiles': { guests: { dns: ['nowhere'] } } }), true);
    await b.world.pass(1000);
    expect(b.broker.on(/reported\/profiles$/)).toMatchObject([{ status: 'rejected', problems: [{ path: 'default-profiles.guests.dns.0', reason: 'expected an IP address, found "nowhere"' }] }]);
    expect(b.applied).toEqual([]);
  });

  it('that is no JSON is counted', async () => {
    const b = await connectedBench();
    b.broker.retained.set(b.topic.desired('timers'), '{');
    b.broker.cut();
    await b.world.pass(10_000);
    expect(b.said).toContain('fleet: desired/timers: it has no rev, hash and document');
  });
});

it('everything that a gateway says is what the cloud reads', async () => {
  const b = await connectedBench();
  b.broker.send(b.topic.desired('timers'), desired(1, TIMERS), true);
  b.broker.send(b.topic.command('c1'), { name: 'nothing', expires: START + 60_000 });
  b.client.tell({ kind: 'attach', at: START, trace: '1', station: 'mn-1', stages: { associated: 0 } });
  b.client.tell({ kind: 'notice', at: START, level: 'info', text: 'x' });
  await b.world.pass(2 * MINUTE);
  b.broker.cut();
  const readers = [['state', heard.state], ['heartbeat', heard.heartbeat], ['reported/timers', heard.reported], ['event', heard.events], ['cmdres/c1', heard.result]] as const;
  for (const [name, read] of readers) {
    const said = b.broker.on(new RegExp(`/${name}$`));
    expect(said.length, name).toBeGreaterThan(0);
    for (const message of said) expect(read(JSON.parse(JSON.stringify(message))), `${name}: ${JSON.stringify(message)}`).toBeDefined();
  }
});
