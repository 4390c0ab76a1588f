/** A claim, and each of its steps as the last of the process (agent/fleet/claim.ts). */
import { describe, expect, it } from 'vitest';
import { problemWith } from '../../../agent/fleet/claim.ts';
import { makeKey } from '../../../agent/fleet/key.ts';
import { typedCode } from '../../../runtime/fleet/claimCode.ts';
import { AUTHORITY, CLAIM, certified, connectedBench, emptyDisk, fleetBench, type Bench } from './bench.ts';
import { fakeBroker, movedWorld, START } from './world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const claimed = (b: Bench): unknown => ({ status: 'claimed', gateway: b.key.gateway, ...b.claim() });

async function asking(options: Parameters<typeof fleetBench>[0] = {}): Promise<Bench> {
  const b = fleetBench(options);
  b.client.start();
  await b.world.pass(6000);
  return b;
}

describe('a gateway that nobody has claimed', () => {
  it('listens for the answer, then asks with its code and its key, by a credential that all share', async () => {
    const b = await asking();
    expect(b.broker.sessions[0]).toMatchObject({ credential: CLAIM, clientId: b.key.gateway });
    expect(b.broker.sessions[0]?.will).toBeUndefined();
    const [request] = b.broker.on(/claim\/request/) as { code: string; request: string }[];
    expect(request).toMatchObject({ gateway: b.key.gateway, code: b.disk.state.code, agent: '1.0.0', identity: 'home1@isp.example' });
    expect(b.client.status()).toMatchObject({ state: 'unclaimed', code: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/) });
    expect(typedCode(b.client.status().code ?? '')).toBe(b.disk.state.code);
    expect(b.broker.on(/state$|heartbeat$/)).toEqual([]);
  });

  it('asks again about every half minute, and seldom where somebody said no', async () => {
    const b = await asking();
    await b.world.pass(5 * MINUTE);
    expect(b.broker.on(/claim\/request/)).toHaveLength(11);
    b.broker.send(b.topic.claimResponse(), { status: 'refused', reason: 'it was dismissed' });
    b.broker.published.length = 0;
    await b.world.pass(9 * MINUTE);
    expect([b.broker.on(/claim\/request/).length, b.client.status().why]).toEqual([0, 'the cloud refuses: it was dismissed']);
    await b.world.pass(80_000);
    expect(b.broker.on(/claim\/request/)).toHaveLength(1);
  });

  it('says so where TLS cannot use its credential, and tries again', async () => {
    const world = movedWorld();
    let tries = 0;
    const b = fleetBench({
      world,
      broker: {
        ...fakeBroker(world),
        connect() {
          tries += 1;
          throw new Error('mqtts://broker:8883 cannot be asked with this certificate and key: no start line');
        },
      },
    });
    b.client.start();
    await world.pass(10 * MINUTE);
    expect(b.client.status()).toMatchObject({ state: 'unclaimed', why: expect.stringContaining('no start line') });
    expect(tries).toBeGreaterThan(2);
    await b.client.close();
  });

  it('becomes itself with the certificate: on the disk first, then by a connection of its own', async () => {
    const b = await asking();
    b.broker.send(b.topic.claimResponse(), claimed(b));
    await b.world.pass(1000);
    expect(b.disk.claimed).toMatchObject({ home: 'Smith', group: 'north' });
    expect(b.broker.sessions.at(-1)).toMatchObject({ clientId: b.key.gateway, credential: { certificate: b.disk.claimed?.certificate, authority: AUTHORITY.certificate, key: b.key.pem }, will: {} });
    expect(b.client.status()).toMatchObject({ state: 'connected', home: 'Smith', group: 'north' });
    expect(b.client.status().code).toBeUndefined();
  });

  it('takes no certificate of another key, name or authority', async () => {
    const b = await asking();
    const other = makeKey();
    for (const response of [
      { ...(claimed(b) as object), certificate: certified(other).certificate },
      { ...(claimed(b) as object), gateway: other.gateway },
      { ...(claimed(b) as object), certificate: 'no PEM' },
      { status: 'claimed' },
    ]) b.broker.send(b.topic.claimResponse(), response);
    await b.world.pass(1000);
    expect([b.disk.claimed, b.client.status().state]).toEqual([undefined, 'unclaimed']);
    expect(problemWith({ certificate: certified(b.key).certificate, authority: certified(b.key).certificate }, b.key)).toBe('the authority that came with it did not sign it');
    expect(problemWith(certified(b.key), b.key)).toBeUndefined();
  });
});

it('a gateway that its owner wants to be claimed anew forgets its certificate, shows another code and works on', async () => {
  const b = await connectedBench();
  b.world.chance = 0.25;
  const before = b.client.status().code;
  b.client.unclaim();
  await b.world.pass(6000);
  expect([b.disk.claimed, b.client.status().state, before]).toEqual([undefined, 'unclaimed', undefined]);
  expect(b.broker.on(/claim\/request/)).toMatchObject([{ gateway: b.key.gateway, code: b.disk.state.code }]);
  b.broker.send(b.topic.claimResponse(), claimed(b));
  await b.world.pass(1000);
  expect(b.client.status().state).toBe('connected');
});

describe('killed', () => {
  it('while it waited, it comes back with the same key and the same code', async () => {
    const b = await asking();
    const next = await asking({ key: b.key, disk: b.disk, broker: b.broker, world: b.world });
    const codes = (b.broker.on(/claim\/request/) as { code: string }[]).map((r) => r.code);
    expect(new Set(codes).size).toBe(1);
    expect(next.client.status().code).toBe(b.client.status().code);
  });

  it('after the answer and before it was on the disk, it asks again and gets it again', async () => {
    const b = await asking();
    b.disk.full = 'no space left on device';
    b.broker.send(b.topic.claimResponse(), claimed(b));
    await b.world.pass(1000);
    expect([b.client.status().state, b.errors]).toEqual(['unclaimed', ['no space left on device']]);
    b.disk.full = undefined;
    const next = await asking({ key: b.key, disk: b.disk, broker: b.broker, world: b.world });
    b.broker.send(b.topic.claimResponse(), claimed(b));
    await b.world.pass(1000);
    expect(next.client.status().state).toBe('connected');
  });

  it('after it was on the disk, it is itself from the start', async () => {
    const b = await asking();
    b.broker.send(b.topic.claimResponse(), claimed(b));
    await b.world.pass(0);
    const next = await connectedBench({ key: b.key, disk: b.disk });
    expect([next.broker.on(/claim/), next.client.status().state]).toEqual([[], 'connected']);
  });
});

describe('a certificate', () => {
  it('is asked for anew when a third of its time is left, and the next one is kept', async () => {
    const key = makeKey();
    const old = certified(key); // of thirty days
    const young = await connectedBench({ key, disk: { ...emptyDisk(), claimed: old }, world: movedWorld(START + 19 * DAY) });
    expect(young.broker.on(/enrol$/)).toEqual([]);
    const b = await connectedBench({ key, disk: { ...emptyDisk(), claimed: old }, world: movedWorld(START + 21 * DAY) });
    expect(b.broker.on(/enrol$/)).toMatchObject([{ request: expect.stringContaining('CERTIFICATE REQUEST') }]);
    b.broker.send(b.topic.enrolled(), { status: 'issued', ...certified(key), certificate: AUTHORITY.sign(key.request(), 60) });
    await b.world.pass(1000);
    expect(b.disk.claimed).toMatchObject({ home: 'Smith', group: 'north' });
    expect(b.disk.claimed?.certificate).not.toBe(old.certificate);
    await b.world.pass(5 * MINUTE);
    expect(b.broker.on(/enrol$/)).toHaveLength(1);
  });

  it('that is over makes nobody a gateway: the same key is claimed again', async () => {
    const key = makeKey();
    const b = await connectedBench({ key, disk: { ...emptyDisk(), claimed: certified(key) }, world: movedWorld(START + 31 * DAY) });
    expect([b.broker.on(/state$/), b.broker.on(/claim\/request/)]).toMatchObject([[], [{ gateway: key.gateway }]]);
  });

  it('of somebody else is not taken', async () => {
    const b = await connectedBench();
    const before = b.disk.claimed;
    b.broker.send(b.topic.enrolled(), { status: 'issued', ...certified(makeKey()) });
    b.broker.send(b.topic.enrolled(), { status: 'refused', reason: 'not now' });
    b.broker.send(b.topic.enrolled(), 7);
    await b.world.pass(1000);
    expect(b.disk.claimed).toBe(before);
  });
});
