/** The live part with an LMA, gateways and a broker that the test plays, behind the API as browsers see it. */
import { createHmac } from 'node:crypto';
import { liveRoutes } from '../../../cloud/api/routes/live.ts';
import type { Home } from '../../../cloud/api/resources/homes.ts';
import type { Followed } from '../../../cloud/follow.ts';
import { openLive, type LiveOptions } from '../../../cloud/live/live.ts';
import type { Live } from '../../../cloud/api/sse.ts';
import { onTheWire } from '../../../runtime/capture.ts';
import { encodeMessage } from '../../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../../protocol/mobility/messages.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { traceId } from '../../../runtime/traces.ts';
import { apiWorld } from '../api/world.ts';
import { createFakeBus } from '../broker/fakeBus.ts';
import { createMemoryStore } from '../memoryStore.ts';
import { answersOf, createFakeWire } from './fakeWire.ts';

export const START = Date.UTC(2026, 10, 23, 12);
export const NAI = 'anna@example.com';
export const MAC = '02:00:00:00:00:01';
export const pseudonym = (nai: string): string => `mn-${createHmac('sha256', 'key').update(nai).digest('hex').slice(0, 16)}`;
const none = { status: 'none', problems: [] } as const;
export const homeOf = (n: number, more: Partial<Home> = {}): Home => ({ id: `gw-${n}`, name: `Home ${n}`, group: 'all', status: 'online', reasons: [], identity: `m${n}`, subscribers: 0, bytesUp: 0, bytesDown: 0, configuration: { profiles: none, timers: none, lmas: none, limits: none }, ...more });
const UDP = { transport: 'udp', local: '203.0.113.101', remote: '198.51.100.15', remotePort: 5436 } as const;

export async function liveWorld(more: Partial<LiveOptions> = {}) {
  const wire = createFakeWire();
  wire.answers = answersOf({ 'clear lma binding': { bindings: 1, unanswered: 0, refused: 0 }, 'refresh lma binding': { bindings: 1, gateways: 1 } });
  const bus = createFakeBus();
  const store = createMemoryStore();
  const homes = [homeOf(1), homeOf(2), homeOf(3, { status: 'offline' })];
  const state = { now: START, broker: true, epoch: 1, searched: [] as string[], misheard: [] as [string, number][] };
  const published: { kind: string; value: unknown }[] = [];
  const sse: Live = { publish: (kind, value) => void published.push({ kind, value }) };
  const errors: string[] = [];
  const live = await openLive({
    lmas: [{ name: 'lma1', socket: '/run/lma.sock' }],
    captureRoom: 1 << 20,
    wire,
    bus,
    brokerAnswers: () => state.broker,
    misheard: () => state.misheard,
    store,
    homes: { homes: () => homes, home: (id) => homes.find((h) => h.id === id), byIdentity: (mag) => homes.find((h) => h.identity === mag)?.id, name: (id) => homes.find((h) => h.id === id)?.name, online: (id) => homes.find((h) => h.id === id)?.status === 'online', counts: () => ({ online: 2, total: 3 }) },
    gateways: () => [],
    rollouts: () => [],
    neighbours: () => [{ from: 'gw-1', to: 'gw-2' }, { from: 'gw-1', to: 'gw-9' }],
    pseudonymOf: ({ nai }) => pseudonym(nai),
    epoch: () => state.epoch,
    live: sse,
    now: () => state.now,
    onError: (e) => void errors.push(e.message),
    ...more,
  });
  const api = await apiWorld(
    ({ audit }) =>
      liveRoutes({
        live,
        audit,
        pseudonyms: {
          search: async (text) => {
            state.searched.push(text);
            return text === NAI ? [pseudonym(NAI)] : [];
          },
        },
        captures: { role: 'operator', perHour: 3 },
        smallestGroup: () => 1,
      }),
    { store },
  );
  const happened = (...all: Followed[]): void => wire.open.get('follow')?.onEvent({ kind: 'happened', all });

  return {
    live, api, wire, bus, store, state, published, errors, homes, happened,
    /** The LMA says where somebody is. */
    session: (mag: string, index = 1, nai = NAI): void => happened({ kind: 'session', index, service: 'homes', mnnai: nai, llid: MAC, state: 'ACTIVE', reason: `handover from ${MAC}`, wall: state.now, apn: 'internet', addresses: ['192.0.2.7'], mag, coa: '198.51.100.15', encap: 'udp4', lifetime: 3600 }),
    /** The LMA's half of a handover; its clock is a minute ahead, and the gateway's nine seconds behind that. */
    lmaHalf(n: number, mag: string, before?: string, nai = NAI): string {
      const id = traceId({ sender: mag, exchange: String(n) });
      happened({ kind: 'trace', trace: { id, entity: 'lma', kind: before === undefined ? 'attach' : 'handover', mnnai: nai, llid: MAC, detail: { index: 1, mag, careOf: '198.51.100.15', handoff: 3, ...(before === undefined ? {} : { before }) }, reason: `taken over from ${MAC}`, wall: state.now + 51_000, stages: { pbuSent: 0, pbuReceived: 9000, pathsSwitched: 9001, stored: 9002, pbaSent: 9002 } } });
      return id;
    },
    homeHalf: (n: number, home: Home): Promise<void> =>
      bus.publish(topics.event(home.id), { session: 1, events: [{ sequence: n, at: state.now, kind: 'attach', trace: traceId({ sender: home.identity, exchange: String(n) }), station: 'mn-12345678', stages: { associated: 0, profile: 1, pbuSent: 2, pbaReceived: 10, pathsSwitched: 11 } }] }),
    /** On the LMA's wire, at its clock. */
    packet(direction: 'in' | 'out', message: MobilityMessage, after = 0): void {
      const octets = onTheWire(direction, UDP, encodeMessage(message, { kind: 'udp' }), 5436);
      wire.open.get('capture')?.onEvent({ kind: 'packet', at: state.now + 60_000 + after, packet: Buffer.from(octets).toString('base64') });
    },
    async tick(ms: number): Promise<void> {
      for (const until = state.now + ms; state.now < until; ) live.tick((state.now += Math.min(100, until - state.now)));
      api.now = state.now;
      await wire.pass(ms);
    },
  };
}
