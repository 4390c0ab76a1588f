/**
 * Who may do what at the fleet's broker, tried over TLS: the same table for the embedded one and for Mosquitto. Nothing forbidden
 * arrives; how the broker says so is its own affair.
 */
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerAdmission, FleetBus } from '../../../cloud/broker/ports.ts';
import { openAuthority, type OpenAuthority } from '../../../cloud/pki/authority.ts';
import { CONCERNS, topics } from '../../../runtime/fleet/topics.ts';
import { connectDevice, newGateway, tlsTo, type Device, type Identity, type Way } from './device.ts';
import { makeRequest } from '../pki/request.ts';
import { eventually } from './eventually.ts';

export interface BrokerUnderTest {
  readonly port: number;
  readonly authority: OpenAuthority;
  readonly admission: BrokerAdmission;
  readonly cloud: FleetBus;
  /** Where claims go, and the cloud's client there. */
  readonly claims: { readonly port: number; readonly cloud: FleetBus };
  /** Of an authority that nobody knows; the same names. */
  readonly foreignFolder: string;
}

export function attempts(get: () => BrokerUnderTest): void {
  let a: Identity;
  let b: Identity;
  let claimCredential: string;
  let heard: [string, unknown][];
  const devices: Device[] = [];

  async function connect(identity: { readonly credential?: string }, clientId: string, more: Partial<Way> = {}): Promise<Device> {
    const { port, authority } = get();
    const device = await connectDevice({ port, authority: authority.certificate, clientId, ...(identity.credential === undefined ? {} : { credential: identity.credential }), ...more });
    devices.push(device);
    return device;
  }
  const gateway = (identity: Identity, more?: Partial<Way>): Promise<Device> => connect(identity, identity.gateway, more);
  const claimer = (clientId: string): Promise<Device> => connect({ credential: claimCredential }, clientId, { port: get().claims.port });
  /** All that was under way has arrived when this has. */
  async function settled(): Promise<void> {
    for (const bus of buses()) {
      const mark = `mark-${Math.random()}`;
      await bus.publish('roamstead/test/mark', mark);
      await eventually(() => expect(heard).toContainEqual(['roamstead/test/mark', mark]));
    }
  }
  const buses = (): Set<FleetBus> => new Set([get().cloud, get().claims.cloud]);
  const heardOf = (topic: string): unknown[] => heard.filter(([t]) => t === topic).map(([, payload]) => payload);

  beforeAll(async () => {
    const { authority } = get();
    [a, b] = await Promise.all([newGateway(authority), newGateway(authority)]);
    const { key, pem } = await authority.claim();
    claimCredential = `${key}${pem}`;
    heard = [];
    for (const bus of buses()) await bus.subscribe('roamstead/#', (topic, payload) => heard.push([topic, payload]));
  });
  afterAll(async () => {
    await Promise.all(devices.map((device) => device.end()));
  });

  describe('a gateway', () => {
    it('writes what is its own, and the cloud hears it', async () => {
      const device = await gateway(a);
      const own = [topics.state(a.gateway), topics.heartbeat(a.gateway), topics.reported(a.gateway, 'timers'), topics.commandResult(a.gateway, 'c1'), topics.event(a.gateway), topics.telemetry(a.gateway, 'counters'), topics.enrol(a.gateway)];
      for (const topic of own) expect([topic, await device.publish(topic, topic)]).toEqual([topic, true]);
      await eventually(() => own.forEach((topic) => expect(heardOf(topic)).toEqual([topic])));
      await device.end();
    });

    it('hears what is for it, also what was said before', async () => {
      const { cloud } = get();
      await cloud.publish(topics.desired(a.gateway, 'limits'), 1, { retain: true });
      const device = await gateway(a);
      for (const filter of CONCERNS.map((concern) => topics.desired(a.gateway, concern))) expect(await device.subscribe(filter)).toBe(true);
      expect(await device.subscribe(topics.command(a.gateway, '+'))).toBe(true);
      expect(await device.subscribe(topics.enrolled(a.gateway))).toBe(true);
      await cloud.publish(topics.command(a.gateway, 'c2'), 2);
      await cloud.publish(topics.enrolled(a.gateway), 3);
      await eventually(() => expect(device.heard.map(([topic]) => topic).toSorted()).toEqual([topics.command(a.gateway, 'c2'), topics.desired(a.gateway, 'limits'), topics.enrolled(a.gateway)]));
      await device.end();
    });

    it.each<[string, (own: string, other: string) => string]>([
      ['the state of another', (_, other) => topics.state(other)],
      ['the events of another', (_, other) => topics.event(other)],
      ['a report of another', (_, other) => topics.reported(other, 'lmas')],
      ['a request of another for a certificate', (_, other) => topics.enrol(other)],
      ['a document for another', (_, other) => topics.desired(other, 'lmas')],
      ['a document for itself', (own) => topics.desired(own, 'profiles')],
      ['a command for itself', (own) => topics.command(own, 'x')],
      ['a claim', (own) => topics.claimRequest(own)],
      ['an answer to a claim', (_, other) => topics.claimResponse(other)],
      ['something else under its own name', (own) => `roamstead/v1/${own}/anything`],
      ['something outside of the fleet', () => 'roamstead/test/mark'],
    ])('cannot write %s', async (_, topicOf) => {
      const device = await gateway(a);
      const topic = topicOf(a.gateway, b.gateway);
      const before = heardOf(topic).length;
      await device.publish(topic, 'forged');
      await settled();
      expect(heardOf(topic).slice(before)).not.toContain('forged');
      await device.end();
    });

    it.each<[string, (other: string) => string]>([
      ['the documents of another', (other) => `roamstead/v1/${other}/desired/#`],
      ['the state of another', (other) => topics.state(other)],
      ['everything', () => '#'],
      ['everything of the fleet', () => 'roamstead/v1/#'],
      ['the documents of all', () => 'roamstead/v1/+/desired/+'],
      ['the claims', () => 'roamstead/v1/claim/#'],
    ])('hears nothing of %s', async (_, filterOf) => {
      const device = await gateway(a);
      await device.subscribe(filterOf(b.gateway));
      await get().cloud.publish(topics.desired(b.gateway, 'lmas'), 'secret', { retain: true });
      await get().cloud.publish(topics.state(b.gateway), 'secret');
      await get().cloud.publish(topics.claimResponse(b.gateway), 'secret');
      await settled();
      expect(device.heard.map(([, text]) => text)).not.toContain('"secret"');
      await device.end();
    });

    it('leaves its will when its connection breaks', async () => {
      const lost = { state: 'lost', session: 7 };
      const device = await gateway(b, { will: { topic: topics.state(b.gateway), payload: JSON.stringify(lost) } });
      // Without a DISCONNECT.
      await device.end();
      await eventually(() => expect(heardOf(topics.state(b.gateway))).toContainEqual(lost));
    });
  });

  describe('a claim credential', () => {
    it('asks, and hears the answer', async () => {
      const device = await claimer('gw-new');
      expect(await device.subscribe(topics.claimResponse('gw-new'))).toBe(true);
      expect(await device.publish(topics.claimRequest('gw-new'), 'please')).toBe(true);
      await eventually(() => expect(heardOf(topics.claimRequest('gw-new'))).toEqual(['please']));
      await get().claims.cloud.publish(topics.claimResponse('gw-new'), 'yes');
      await eventually(() => expect(device.heard).toEqual([[topics.claimResponse('gw-new'), '"yes"']]));
      await device.end();
    });

    it.each<[string, (other: string) => string]>([
      ['ask in the name of another', (other) => topics.claimRequest(other)],
      ['answer a claim', () => topics.claimResponse('gw-new')],
      ['write the state of a gateway', (other) => topics.state(other)],
      ['write a document', (other) => topics.desired(other, 'lmas')],
      ['command', (other) => topics.command(other, 'c')],
      ['write outside of the fleet', () => 'roamstead/test/mark'],
    ])('cannot %s', async (_, topicOf) => {
      const device = await claimer('gw-new');
      const topic = topicOf(a.gateway);
      await device.publish(topic, 'forged');
      await settled();
      expect(heardOf(topic)).not.toContain('forged');
      await device.end();
    });

    it.each<[string, (other: string) => string]>([
      ['the answer to another', (other) => topics.claimResponse(other)],
      ['the documents of a gateway', (other) => `roamstead/v1/${other}/desired/#`],
      ['all claims', () => 'roamstead/v1/claim/request/+'],
      ['everything', () => '#'],
    ])('hears nothing of %s', async (_, filterOf) => {
      const device = await claimer('gw-new');
      await device.subscribe(filterOf(a.gateway));
      for (const bus of buses()) for (const topic of [topics.claimResponse(a.gateway), topics.claimRequest(a.gateway), topics.desired(a.gateway, 'timers')]) await bus.publish(topic, 'secret');
      await settled();
      expect(device.heard).toEqual([]);
      await device.end();
    });
  });

  it.each(['+', '#'])('a claim credential with the client id %s hears and says nothing', async (clientId) => {
    const device = await claimer(clientId);
    await device.subscribe(topics.claimResponse(clientId));
    await get().claims.cloud.publish(topics.claimResponse(a.gateway), 'secret');
    await device.publish(topics.claimRequest(a.gateway), 'forged');
    await settled();
    expect(device.heard).toEqual([]);
    expect(heardOf(topics.claimRequest(a.gateway))).not.toContain('forged');
    await device.end();
  });

  it('nobody ends a session by saying its client id: no gateway, and no claim credential, wherever it goes', async () => {
    const device = await gateway(a);
    const other = await newGateway(get().authority);
    const ports = [get().port, get().claims.port];
    // Whether they come in is the broker's affair.
    const thieves = await Promise.allSettled([connect(other, a.gateway), ...ports.map((port) => connect({ credential: claimCredential }, a.gateway, { port }))]);
    await settled();
    expect(device.alive).toBe(true);
    expect(await device.publish(topics.heartbeat(a.gateway), 'mine')).toBe(true);
    await Promise.all([device.end(), ...thieves.map((t) => (t.status === 'fulfilled' ? t.value.end() : undefined))]);
  });

  describe('nobody comes in', () => {
    it('without a certificate', async () => {
      await expect(connect({}, 'gw-x')).rejects.toThrow();
    });

    it('with one of another authority', async () => {
      const foreign = await openAuthority({ folder: get().foreignFolder, names: ['localhost'], now: Date.now });
      const other = await newGateway(foreign);
      await foreign.close();
      await expect(gateway(other)).rejects.toThrow();
    });

    it('with the certificate of the broker itself', async () => {
      const { key, pem } = await get().authority.server();
      await expect(connect({ credential: `${key}${pem}` }, 'localhost')).rejects.toThrow();
    });
  });

  describe('a revoked gateway', () => {
    it('is gone when the revocation has resolved, and does not come back', async () => {
      const identity = await newGateway(get().authority);
      const device = await gateway(identity);
      await get().admission.revoke(identity.gateway, identity.serial);
      await device.ended;
      expect(device.alive).toBe(false);
      // Mosquitto reads its list of certificates in a turn of its own: until then it lets in whoever may do nothing.
      await eventually(() => expect(gateway(identity)).rejects.toThrow());
      expect(get().authority.isRevoked(identity.serial)).toBe(true);
    });

    it('that is claimed again comes in with its new certificate, and not with the old one', async () => {
      const { admission, authority } = get();
      const { request, key } = makeRequest('CN=any');
      const proven = await authority.prove(request);
      const first = await authority.issue(proven);
      await admission.revoke(proven.gateway, first.serial);
      const second = await authority.issue(proven);
      await admission.readmit(proven.gateway);
      const device = await connect({ credential: `${key}${second.pem}` }, proven.gateway);
      expect(await device.publish(topics.heartbeat(proven.gateway), 'again')).toBe(true);
      await eventually(() => expect(heardOf(topics.heartbeat(proven.gateway))).toEqual(['again']));
      await eventually(() => expect(connect({ credential: `${key}${first.pem}` }, proven.gateway)).rejects.toThrow());
      await device.end();
    });

    it('keeps nobody else out', async () => {
      const device = await gateway(a);
      expect(await device.publish(topics.heartbeat(a.gateway), 'here')).toBe(true);
      await device.end();
    });
  });

  describe('whatever comes, the broker goes on', () => {
    /** Ends when the broker has ended it, or all was sent. */
    const raw = (octets: Buffer, credential?: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = tlsTo({ port: get().port, authority: get().authority.certificate, ...(credential === undefined ? {} : { credential }) });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.on('secureConnect', () => socket.end(octets));
        socket.resume();
      });
    const connectPacket = Buffer.concat([Buffer.from([0x10, 17, 0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 0, 0, 5]), Buffer.from('gw-zz')]);

    const ROWS: readonly (readonly [string, Buffer])[] = [
      ['nothing', Buffer.alloc(0)],
      ['chance', Buffer.from('ff00ff00ff00ff00ff00ff00', 'hex')],
      ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
      ['a packet before CONNECT', Buffer.from([0xc0, 0])],
      ['a CONNECT of no protocol', Buffer.from([0x10, 4, 0, 2, 0x41, 0x41])],
      ['a length without an end', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
      ['a packet of 256 MiB', Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(100_000)])],
      ['two CONNECTs', Buffer.concat([connectPacket, connectPacket])],
    ];
    const withoutTls = (octets: Buffer): Promise<void> =>
      new Promise((resolve) => {
        const socket = connectTcp(get().port, '127.0.0.1', () => socket.end(octets));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
      });
    it(`${ROWS.map(([name]) => name).join('; ')}: with a certificate, with a claim credential, without TLS`, async () => {
      // A few at a time: a certificate has so many connections only.
      for (const [, octets] of ROWS) await Promise.all([raw(octets, a.credential), raw(octets, claimCredential), withoutTls(octets)]);
      const device = await gateway(a);
      expect(await device.publish(topics.heartbeat(a.gateway), 'still here')).toBe(true);
      await device.end();
    });
  });
}
