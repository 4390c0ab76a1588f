/** All gateways as they are now: what the broker delivers, joined with their records, told to whoever watches. */
import type { GatewayEvent, Reported, Revision } from '../../runtime/fleet/messages.ts';
import { CONCERNS, topics, type Concern, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { Home, HomeConfiguration, HomeEvent } from '../api/resources/homes.ts';
import type { Live } from '../api/sse.ts';
import type { Fuzz } from '../privacy/parts.ts';
import { openDiary } from './diary.ts';
import { earshot } from './earshot.ts';
import type { Gateways } from './gateways.ts';
import { heard } from './heard.ts';
import type { Registry, RegistryWatcher } from './parts.ts';
import type { Bus, FleetStore } from './ports.ts';
import { beat, born, died, silenced, spoken, UNHEARD, type Presence } from './presence.ts';
import type { GatewayRecord } from './records.ts';
import { configurationOf, statusOf } from './status.ts';
import { gatewayOf, lastOf } from './topicOf.ts';

export interface RunningRegistry extends Registry {
  /** The latest revision that the gateway itself has spoken of. */
  seen(id: GatewayId, concern: Concern): Revision | undefined;
  /** About once a second. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export interface RegistryOptions {
  readonly bus: Bus;
  readonly store: FleetStore;
  readonly gateways: Gateways;
  readonly live: Live;
  readonly now: () => number;
  /** Positions are shown moved by so many metres. */
  readonly fuzz: Fuzz;
  readonly fuzzMetres: () => number;
  /** How many the LMAs have there, now; a heartbeat is up to a minute old. Undefined: they do not all answer. */
  readonly subscribersAt?: (identity: string) => number | undefined;
  /** Milliseconds without a heartbeat after which a gateway counts as gone. */
  readonly silence?: number;
  /** What is no message, by reason. */
  readonly count: (reason: string, times?: number) => void;
  readonly onError: (error: Error) => void;
}

/** A home is told of at most so often. */
const PAUSE = 2000;
const SEEN_PERIOD = 300_000;

/** Resolves when it hears everything. */
export async function createRegistry({ bus, store, gateways, live, now, fuzz, fuzzMetres, subscribersAt = () => undefined, silence = 150_000, count, onError }: RegistryOptions): Promise<RunningRegistry> {
  const presences = new Map<GatewayId, Presence>();
  /** Who was heard, the longest ago first: those that have fallen silent are found without looking at the others. */
  const order = new Map<GatewayId, number>();
  const homes = new Map<GatewayId, Home>();
  const dirty = new Set<GatewayId>();
  const toldAt = new Map<GatewayId, number>();
  const latest = new Map<GatewayId, { readonly at: number; readonly sequence: number }>();
  const watchers: RegistryWatcher[] = [];
  const diary = await openDiary({ store, now, count, onError });
  let seenWritten = now();

  const presenceOf = (id: GatewayId): Presence => presences.get(id) ?? UNHEARD;
  const configuration = (id: GatewayId, concern: Concern): HomeConfiguration => configurationOf(gateways.get(id)?.desired[concern], presenceOf(id), concern);

  function touch(id: GatewayId): void {
    homes.delete(id);
    dirty.add(id);
  }

  function keep(id: GatewayId, before: Presence, after: Presence): void {
    if (after === before) return;
    presences.set(id, after);
    order.delete(id);
    if (after.online) order.set(id, now());
    touch(id);
    diary.presence(id, after);
    if (after.online === before.online) return;
    for (const watcher of watchers) watcher.presence?.(id, after.online);
  }

  /** What one gateway said, if it is of the fleet and makes sense. */
  function listen<T>(filter: string, what: keyof typeof heard, read: (payload: unknown) => T | undefined, take: (id: GatewayId, message: T, topic: string) => void) {
    return bus.subscribe(filter, (topic, payload) => {
      const id = gatewayOf(topic);
      const record = gateways.get(id);
      // What a broker keeps of one that was revoked comes with each connection.
      if (record?.revoked) return;
      if (!record) return count('unknown gateway');
      const message = read(payload);
      if (message === undefined) return count(`unreadable ${what}`);
      take(id, message, topic);
    });
  }

  function takeEvents(id: GatewayId, events: readonly GatewayEvent[]): void {
    for (const event of events) {
      const last = latest.get(id);
      // Delivered again after a reconnect. An agent that was started anew counts from the beginning, but is later.
      if (last && event.sequence <= last.sequence && event.at <= last.at) continue;
      latest.set(id, { at: event.at, sequence: event.sequence });
      if (event.kind === 'notice') diary.note(id, event.level, event.text, event.at);
      else if (event.kind === 'refused') diary.note(id, 'warn', `a phone was refused: ${event.reason}`, event.at);
    }
  }

  function takeReport(id: GatewayId, concern: Concern, reported: Reported): void {
    presences.set(id, spoken(presenceOf(id), concern, reported));
    touch(id);
    diary.reported(id, concern, reported);
    for (const watcher of watchers) watcher.reported?.(id, concern, reported);
  }

  /** A home that is in the table twice or more a second costs its making once. */
  function home(id: GatewayId): Home | undefined {
    const record = gateways.get(id);
    if (!record) return undefined;
    const presence = presenceOf(id);
    const made = homes.get(id) ?? make(record, presence);
    const subscribers = presence.online ? (subscribersAt(record.identity) ?? made.subscribers) : 0;
    const current = subscribers === made.subscribers ? made : { ...made, subscribers };
    homes.set(id, current);
    return current;
  }

  function make(record: GatewayRecord, presence: Presence): Home {
    const configurations = Object.fromEntries(CONCERNS.map((c) => [c, configurationOf(record.desired[c], presence, c)])) as Record<Concern, HomeConfiguration>;
    const { heartbeat, birth } = presence;
    const agent = birth?.agent ?? record.agent;
    const lastSeen = presence.lastSeen ?? record.lastSeen;
    const gone = presence.online ? undefined : lastSeen;
    const since = presence.since ?? gone;
    return {
      id: record.id,
      name: record.name,
      group: record.group,
      ...statusOf(record, presence, configurations, now()),
      identity: record.identity,
      ...(agent === undefined ? {} : { agent }),
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...(since === undefined ? {} : { since }),
      subscribers: presence.online ? (heartbeat?.bindings ?? 0) : 0,
      bytesUp: presence.bytes.up + (heartbeat?.counters.bytesUp ?? 0),
      bytesDown: presence.bytes.down + (heartbeat?.counters.bytesDown ?? 0),
      configuration: configurations,
      ...(record.certificate ? { certificateExpires: record.certificate.expires } : {}),
      ...(record.position ? { position: fuzz(record.id, record.position, fuzzMetres()) } : {}),
      ...(record.notes === undefined ? {} : { notes: record.notes }),
    };
  }

  function decay(): void {
    for (const [id, at] of order) {
      if (now() - at < silence) return;
      order.delete(id);
      const before = presenceOf(id);
      keep(id, before, silenced(before, now()));
      // Who was there before a restart, and was not heard since.
      diary.presence(id, presenceOf(id));
    }
  }

  function tell(): void {
    for (const id of dirty) {
      if (now() - (toldAt.get(id) ?? -Infinity) < PAUSE) continue;
      dirty.delete(id);
      toldAt.set(id, now());
      const told = home(id);
      if (told) live.publish('home', told);
    }
  }

  async function write(): Promise<void> {
    await diary.write();
    if (now() - seenWritten >= SEEN_PERIOD) await writeSeen();
  }

  async function writeSeen(): Promise<void> {
    const from = seenWritten;
    seenWritten = now();
    await gateways.change(() => ({
      put: [...gateways.all()].flatMap((record) => {
        const { lastSeen, birth } = presenceOf(record.id);
        return lastSeen === undefined || lastSeen < from ? [] : [{ ...record, lastSeen, ...(birth ? { agent: birth.agent } : {}) }];
      }),
    }));
  }

  gateways.onChange((id, record) => {
    touch(id);
    if (record && !record.revoked) return;
    order.delete(id);
    if (record) {
      diary.sent(id);
      keep(id, presenceOf(id), { ...presenceOf(id), online: false });
      return;
    }
    for (const known of [presences, homes, toldAt, latest]) known.delete(id);
    dirty.delete(id);
    diary.forget(id);
    live.publish('homeRemoved', { id });
  });

  for (const id of diary.online()) if (gateways.get(id)) order.set(id, now());
  const subscriptions = [
    await listen(topics.state('+'), 'state', heard.state, (id, message) => {
      const before = presenceOf(id);
      keep(id, before, message.state === 'ready' ? born(before, message, now()) : died(before, message, now()));
    }),
    await listen(topics.heartbeat('+'), 'heartbeat', heard.heartbeat, (id, message) => {
      const before = presenceOf(id);
      keep(id, before, beat(before, message, now()));
      for (const watcher of watchers) watcher.running?.(id, message.running);
    }),
    await listen(topics.reported('+', '+' as Concern), 'reported', heard.reported, (id, message, topic) => {
      const concern = CONCERNS.find((c) => c === lastOf(topic));
      if (concern) takeReport(id, concern, message);
    }),
    await listen(topics.event('+'), 'events', heard.events, (id, message) => takeEvents(id, message.events)),
  ];

  return {
    home,
    homes: () => [...gateways.all()].flatMap((r) => home(r.id) ?? []),
    details(id) {
      const found = home(id);
      if (!found) return undefined;
      const { birth, heartbeat } = presenceOf(id);
      const known = heartbeat ? { sharing: heartbeat.sharing, memory: heartbeat.memory, uptime: heartbeat.uptime } : {};
      return { ...found, can: birth?.can ?? { concerns: [], commands: [], telemetry: [] }, lmas: heartbeat?.lmas ?? [], ...known };
    },
    byIdentity: (identity) => gateways.byIdentity(identity)?.id,
    name: (id) => gateways.get(id)?.name,
    online: (id) => presenceOf(id).online,
    counts() {
      let online = 0;
      let subscribers = 0;
      for (const presence of presences.values()) {
        if (!presence.online) continue;
        online += 1;
        subscribers += presence.heartbeat?.bindings ?? 0;
      }
      return { online, total: gateways.size, subscribers };
    },
    configuration,
    neighbours: () => earshot([...presences].flatMap(([id, { heartbeat }]) => (gateways.get(id)?.revoked ? [] : [[id, heartbeat?.radio] as const]))),
    seen(id, concern) {
      const { reported, heartbeat } = presenceOf(id);
      const said = [reported[concern], reported[concern]?.running, heartbeat?.running[concern]].filter((r) => r !== undefined && r !== null);
      return said.toSorted((a, b) => b.rev - a.rev)[0];
    },
    watch: (watcher) => void watchers.push(watcher),
    events: (id, { limit, before }) => store.read<HomeEvent>('events', { where: { home: id }, newestFirst: true, limit, ...(before === undefined ? {} : { before }) }),
    async tick() {
      decay();
      tell();
      await write();
    },
    async close() {
      for (const subscription of subscriptions) await subscription.close();
      await write();
      await writeSeen();
    },
  };
}
