/** The alert book kept in the store and told to whoever looks on. */
import type { Live } from '../api/sse.ts';
import type { Alert } from '../api/resources/network.ts';
import type { Change, FleetStore } from '../fleet/ports.ts';
import type { UnixMillis } from '../../protocol/units.ts';
import { acknowledge, createAlertBook, keyOf, look, type AlertRecord, type Changed, type Patience } from './alertBook.ts';
import { alarmsIn, RULES, type Sight } from './alertRules.ts';
import type { Alarm, Alerts } from './ports.ts';

const COLLECTION = 'alerts';
const AT_ONCE: Patience = { begin: 0, end: 0 };

export interface AlertKeeper extends Alerts {
  /** Looks; a few times a minute. */
  tick(now: UnixMillis): void;
  /** Resolves when what changed is kept. */
  flush(): Promise<void>;
}

export interface AlertOptions {
  readonly store: Pick<FleetStore, 'list' | 'commit'>;
  readonly live: Live;
  readonly now: () => UnixMillis;
  readonly sight: (goes: Sight['goes'], now: UnixMillis) => Sight;
  readonly onError: (error: Error) => void;
}

/** Alerts that went on when the last process ended go on. @throws FleetStoreError */
export async function openAlerts({ store, live, now, sight, onError }: AlertOptions): Promise<AlertKeeper> {
  const book = createAlertBook(await store.list<AlertRecord>(COLLECTION), now());
  /** By parts that know themselves. */
  const raised = new Map<string, Alarm>();
  /** What the store has not taken, the last of each: no more than there are alerts, however long it is away. */
  const unkept = new Map<string, Change>();
  let writing: Promise<void> | undefined;

  function keep({ changed, gone }: Changed): void {
    for (const alert of changed) live.publish('alert', shown(alert));
    for (const record of changed) unkept.set(record.id, { put: COLLECTION, record });
    for (const id of gone) unkept.set(id, { remove: COLLECTION, id });
    void flush();
  }

  async function write(): Promise<void> {
    try {
      while (unkept.size > 0) {
        const leaving = new Map(unkept);
        await store.commit([...leaving.values()]);
        for (const [id, change] of leaving) if (unkept.get(id) === change) unkept.delete(id);
      }
    } catch (e) {
      onError(new Error(`alerts wait for the store: ${(e as Error).message}`));
    }
    writing = undefined;
  }

  async function flush(): Promise<void> {
    if (unkept.size > 0) writing ??= write();
    await writing;
  }

  function tick(at: UnixMillis): void {
    const seen = sight((rule, about) => book.going.has(keyOf({ rule, about })), at);
    const blind = new Set(RULES.filter((r) => r.blind?.(seen)).map((r) => r.name));
    keep(look(book, [...alarmsIn(seen), ...raised.values()], (rule) => RULES.find((r) => r.name === rule) ?? AT_ONCE, (rule) => blind.has(rule), at));
  }

  const current = (): AlertRecord[] => [...book.going.values()].map((g) => g.alert).toSorted((a, b) => b.since - a.since);

  return {
    current: () => current().map(shown),
    all: () => [...current(), ...book.over.toReversed()].map(shown),
    acknowledge(id, by) {
      const alert = acknowledge(book, id, by);
      if (alert) keep({ changed: [alert], gone: [] });
      return alert && shown(alert);
    },
    raise(alarm) {
      raised.set(keyOf(alarm), alarm);
      tick(now());
    },
    clear(rule, about) {
      if (raised.delete(keyOf({ rule, about }))) tick(now());
    },
    tick,
    flush,
  };
}

function shown(record: AlertRecord): Alert {
  const { id, level, text, advice, since, endedAt, home, lma, acknowledgedBy } = record;
  return { id, level, text, advice, since, ...(endedAt === undefined ? {} : { endedAt }), ...(home === undefined ? {} : { home }), ...(lma === undefined ? {} : { lma }), ...(acknowledgedBy === undefined ? {} : { acknowledgedBy }) };
}
