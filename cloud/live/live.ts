/** What happens now: wires the LMAs' feeds and the gateways' events to the joiner, and what comes of it to figures, log, moves and alerts. */
import type { Overview, Topology } from '../api/resources/network.ts';
import type { Live as LiveEvents } from '../api/sse.ts';
import type { Bus, FleetStore } from '../fleet/ports.ts';
import { createTellingLimit } from '../fleet/told.ts';
import type { Followed, FollowEvent } from '../follow.ts';
import type { ShownSession } from '../sessions.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';
import type { UnixMillis } from '../../protocol/units.ts';
import type { EndedSessions } from '../privacy/parts.ts';
import { shownAs } from '../../runtime/identities.ts';
import { openAlerts } from './alerts.ts';
import type { Sight } from './alertRules.ts';
import { createCaptureRing } from './captureRing.ts';
import { createFigures } from './figures.ts';
import { listenToGateways } from './gatewayEvents.ts';
import { createHandoverLog, durationOf, storyOf } from './handoverLog.ts';
import { createJoiner, expire, forget, join, type Half, type Joined } from './join.ts';
import { createHalves, magOf, type PseudonymOf } from './halves.ts';
import { openLmaAdmission } from './lmaAdmission.ts';
import { createLmaFeed, type LmaFeed, type Wire } from './lmaFeed.ts';
import { decodedForPeople, messagesOf, pcapOf } from './messages.ts';
import { openMinutes } from './minutes.ts';
import { createMoves } from './moves.ts';
import type { Alerts, Figures, Handovers, KnownGateway, KnownHomes, LmaAdmission, LmaLinks, Subscribers } from './ports.ts';
import { createRecentCounts } from './recentCounts.ts';
import { createSessions } from './sessions.ts';
import { linksOf, topologyOf } from './views.ts';

export interface LiveOptions {
  readonly lmas: readonly { readonly name: string; readonly socket: string }[];
  /** Octets of signalling that are kept for handovers' messages; 0: none. */
  readonly captureRoom: number;
  readonly wire: Wire;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly brokerAnswers: () => boolean;
  /** What gateways told and nobody took in, by reason. */
  readonly misheard: () => readonly (readonly [reason: string, times: number])[];
  readonly store: FleetStore;
  readonly homes: KnownHomes;
  readonly gateways: () => Iterable<KnownGateway>;
  readonly rollouts: () => Sight['rollouts'];
  /** Homes within earshot of each other, as surveys reported. */
  readonly neighbours: () => Topology['neighbours'];
  readonly pseudonymOf: PseudonymOf;
  /** The same for a name that is only compared: nothing of it is kept. */
  readonly nameOf?: (nai: string) => string;
  /** Pseudonyms of the epoch before count no more once it changes. */
  readonly epoch: () => number;
  readonly live: LiveEvents;
  readonly now: () => UnixMillis;
  readonly onError: (error: Error) => void;
}

export interface LivePart {
  readonly figures: Figures;
  readonly handovers: Handovers;
  readonly subscribers: Subscribers;
  readonly alerts: Alerts;
  readonly lmas: LmaLinks;
  readonly lmaAdmission: LmaAdmission;
  overview(): Overview;
  topology(smallestGroup: number): Topology;
  /** Asks the LMAs for the counters of one subscriber. Never rejects. */
  freshen(id: string): Promise<void>;
  /** Ends the sessions of these subscribers at their LMAs (RFC 5846). `left`: an LMA did not do it. Never rejects. */
  endSessions(pseudonyms: readonly string[]): Promise<EndedSessions>;
  /** Nothing of an erased subscriber is kept in memory. */
  forget(pseudonyms: ReadonlySet<string>): void;
  /** To be called about every 100 ms. */
  tick(now: UnixMillis): void;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const ALERTS_EVERY = 5000;

/** @throws FleetStoreError when what was kept cannot be read */
export async function openLive(o: LiveOptions): Promise<LivePart> {
  const { homes, store, now, onError, live } = o;
  const figures = createFigures();
  const joiner = createJoiner();
  const sessions = createSessions(homes);
  const halves = createHalves(homes, o.pseudonymOf);
  const moves = createMoves();
  const ring = createCaptureRing(o.captureRoom);
  const log = createHandoverLog({ store, homes, onError });
  const clockRefusals = createRecentCounts(5 * MINUTE);
  // MACs and octets that nobody can read: told apart within this run, and no more.
  const veil = shownAs('pseudonymous');
  const minutes = await openMinutes({ store, figures, counts: () => ({ subscribers: sessions.size, online: homes.counts().online }), now, onError });
  const registering = createTellingLimit(now);
  let malformed = 0;

  const learn = (half: Half): void => join(joiner, half, now()).forEach(tell);

  function tell(joined: Joined): void {
    const { record } = joined;
    const first = joined.toldAt === undefined;
    const { duration } = durationOf(record);
    const at = now();
    if (first) figures.add({ at, home: record.home, success: record.success, duration });
    else if (duration !== undefined) figures.time(at, record.home, duration);
    if (first && record.success && record.kind === 'handover' && record.homeBefore !== undefined && record.home !== undefined) moves.add(record.homeBefore, record.home, record.subscriber, at);
    log.add(joined);
  }

  function take(lma: string, e: Followed): void {
    if (e.kind === 'session') return e.state === 'NONE' ? sessions.end(lma, e.index) : sessions.set(lma, e.index, halves.session(e), now());
    // What a gateway has its LMA say is its own word, too.
    if (!registering.take(e.kind === 'trace' ? magOf(e.trace) : e.mag)) return void (malformed += 1);
    if (e.kind === 'trace') return learn(halves.handover(lma, e.trace));
    const half = halves.refusal(lma, e);
    if (e.status === STATUS.TIMESTAMP_MISMATCH && half.home !== undefined) clockRefusals.add(half.home, now());
    learn(half);
  }

  function resync(lma: string) {
    const into = sessions.resync(lma);
    return { row: (s: ShownSession) => s.index !== undefined && into.row(s.index, halves.row(s, lma), now()), end: () => into.end() };
  }

  const lmaAdmission = await openLmaAdmission({ lmas: o.lmas.map(({ name }) => ({ name, ask: (request) => links.ask(name, request) })), gateways: o.gateways, store, onError });
  const feeds: LmaFeed[] = o.lmas.map(({ name, socket }) =>
    createLmaFeed({
      name,
      socket,
      capture: o.captureRoom > 0,
      wire: o.wire,
      onEvents: (event: FollowEvent) => event.kind === 'happened' && event.all.forEach((e) => take(name, e)),
      onPacket: ({ at, packet }) => ring.add({ at, lma: name, packet: Buffer.from(packet, 'base64') }),
      onSessions: () => resync(name),
      onReachable: () => void lmaAdmission.sync(name),
    }),
  );
  const links = linksOf(feeds, sessions);
  const fiveMinutes = (at: UnixMillis) => figures.figuresOf(undefined, at - 5 * MINUTE, at);
  const alerts = await openAlerts({
    store,
    live,
    now,
    onError,
    sight: (goes, at) => ({ now: at, homes: homes.homes(), lmas: links.all(), figures: fiveMinutes(at), rollouts: o.rollouts(), broker: o.brokerAnswers(), clockRefusals: clockRefusals.of(at), goes }),
  });
  const listening = await listenToGateways({
    bus: o.bus,
    known: (gateway) => (homes.home(gateway)?.status ?? 'revoked') !== 'revoked',
    now,
    onHalf: learn,
    onBad: (n) => {
      malformed += n;
    },
  });

  function missing(): string[] {
    const gone = links.all().filter((l) => !l.reachable).map((l) => `LMA ${l.name}: ${l.reason ?? 'it does not answer'}`);
    const misheard = o.misheard().map(([reason, times]) => `${reason} (${times})`).join(', ');
    return [...gone, ...(o.brokerAnswers() ? [] : ['the broker does not answer: what homes tell is missing']), ...(malformed > 0 ? [`${malformed} events of gateways were malformed or too many, and are not counted`] : []), ...(misheard === '' ? [] : [`not all that homes told was taken in: ${misheard}`]), ...(log.lost() > 0 ? [`${log.lost()} handovers were not kept: the store did not take them in time`] : [])];
  }

  function headline(): Pick<Overview, 'homes' | 'subscribers' | 'handovers'> {
    const { online, total } = homes.counts();
    const { success, p50, p90, p99 } = fiveMinutes(now());
    return { homes: { online, total }, subscribers: sessions.size, handovers: { perMinute: figures.figuresOf(undefined, now() - MINUTE, now()).perMinute, success, p50, p90, p99 } };
  }

  const pseudonymOfName = o.nameOf ?? ((nai: string): string => o.pseudonymOf({ nai }));
  let [alertsAt, secondAt] = [0, 0];
  let epoch = o.epoch();

  return {
    figures,
    subscribers: sessions,
    alerts,
    lmas: links,
    lmaAdmission,
    handovers: {
      list: (query) => log.list(query),
      ticker: () => log.ticker(),
      async find(id) {
        const record = await log.find(id);
        if (!record) return undefined;
        const all = messagesOf(record, ring, pseudonymOfName);
        const { missing: unknown, ...story } = storyOf(record, homes);
        const noMessages = all.length > 0 ? [] : [o.captureRoom > 0 ? 'its messages: they are not kept so long, or its LMA was not heard' : 'its messages: no signalling is kept (capture-room is 0)'];
        return { ...story, messages: decodedForPeople(all, pseudonymOfName, veil), capture: all.length > 0, missing: [...unknown, ...noMessages] };
      },
      async pcap(id) {
        const record = await log.find(id);
        const all = record ? messagesOf(record, ring, pseudonymOfName) : [];
        return all.length > 0 ? pcapOf(all) : undefined;
      },
    },
    overview: () => ({ ...headline(), alerts: alerts.current(), ticker: log.ticker(), history: minutes.history(), missing: missing() }),
    topology: (smallestGroup) => topologyOf({ homes, lmas: links.all(), sessions, moves: moves.of(smallestGroup, now()), neighbours: o.neighbours() }),
    async freshen(id) {
      for (const { lma, index } of sessions.placesOf(id)) {
        const seen = await feeds.find((f) => f.name === lma)?.look(index);
        if (seen?.upOctets !== undefined) sessions.count(lma, index, Number(seen.upOctets), Number(seen.downOctets ?? 0));
      }
    },
    async endSessions(pseudonyms) {
      const places = pseudonyms.flatMap((id) => sessions.placesOf(id));
      const done = await Promise.all(places.map(({ lma, index }) => links.ask(lma, { command: 'clear lma binding', scope: 'index', index }).then(() => true, (e: unknown) => {
        onError(new Error(`a session at ${lma} was not ended: ${(e as Error).message}`));
        return false;
      })));
      const ended = done.filter((d) => d).length;
      return { ended, left: done.length - ended };
    },
    forget(pseudonyms) {
      log.forget(pseudonyms);
      moves.forget(pseudonyms);
      forget(joiner, pseudonyms, now());
      // Whose each packet is would have to be read out of all of them.
      ring.clear();
    },
    tick(at) {
      expire(joiner, at).forEach(tell);
      const fresh = log.fresh();
      if (fresh.length > 0) live.publish('handovers', fresh);
      if (at - secondAt < 1000) return;
      secondAt = at;
      void log.flush();
      minutes.tick(at);
      live.publish('overview', headline());
      if (o.epoch() !== epoch) {
        epoch = o.epoch();
        feeds.forEach((f) => f.resync());
      }
      if (at - alertsAt < ALERTS_EVERY) return;
      alertsAt = at;
      alerts.tick(at);
    },
    async close() {
      for (const feed of feeds) feed.close();
      await listening.close();
      expire(joiner, Infinity).forEach(tell);
      await log.flush();
      await alerts.flush();
    },
  };
}
