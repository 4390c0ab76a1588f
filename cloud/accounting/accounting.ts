/**
 * Accounting of one lma-service: the ledger, what keeps it over restarts, and those who are told: RADIUS servers, the event stream and
 * the address log. Nothing that a subscriber waits for waits for it.
 */
import type { Now } from '../../protocol/units.ts';
import type { Stream } from '../../runtime/control.ts';
import type { Log } from '../../runtime/log.ts';
import { createLoop } from '../../runtime/loop.ts';
import type { RadiusClient } from '../../runtime/radius/types.ts';
import type { SessionEffect } from '../lma/accounting.ts';
import { addressLines, currentLines, type AddressLine, type AddressQuestion, type PortBlockOf } from './addressLog.ts';
import { searchAddresses } from './addressSearch.ts';
import { radiusRecord } from './attributes.ts';
import { createDelivery, deadline as deliveryDeadline, step as deliveryStep, type DeliveryEffect, type DeliveryEvent } from './delivery.ts';
import { createJournal } from './journal.ts';
import { createLedger, deadline, step, type LedgerEffect, type LedgerEvent, type LedgerOptions } from './ledger.ts';
import type { LineFiles } from './lineFiles.ts';
import type { AccountingRecord, SessionPart } from './record.ts';
import { createRecent } from './recent.ts';
import { createStatistics, type AccountingStatistics } from './statistics.ts';
import type { AccountingStore } from './store.ts';

export interface AccountingOptions extends LedgerOptions {
  readonly store: AccountingStore;
  /** Without one nothing is sent, whatever the APNs say. */
  readonly client?: Pick<RadiusClient, 'account' | 'close'>;
  readonly events?: LineFiles;
  readonly addresses?: LineFiles;
  /** Records that may wait for a server, and milliseconds until one is tried again. */
  readonly spool: { readonly most: number; readonly retry: number };
  readonly blockOf?: PortBlockOf;
  /** Class (RFC 2865 §5.25) of a session, where the server gave one. */
  readonly classOf?: (s: SessionPart) => readonly string[];
  readonly now: () => Now;
  readonly log: Log;
  readonly onError: (error: Error) => void;
  readonly pause: () => Promise<void>;
}

export interface Accounting {
  onSession(effect: SessionEffect): void;
  /** After the data path has done it. */
  pathSet(index: number): void;
  pathRemoved(index: number): void;
  /** Once, when the bindings of the last run are restored and their paths stand. */
  settle(): void;
  statistics(): AccountingStatistics;
  /** Who has or had an address, the newest last. */
  whoHad(question: AddressQuestion): Promise<AddressLine[]>;
  /** Every record from now on, when it is stored. */
  listen(stream: Pick<Stream, 'send' | 'onClose'>): void;
  /** Nothing is counted any more. Without forwarding every session ends. */
  stop(how: { readonly keepForwarding: boolean }): void;
  /** Resolves when all is on disk, and, if sessions ended, was sent as far as a server takes it. */
  close(): Promise<void>;
}

/** Begins with what the last run left. To be called before the bindings are restored. @throws Error in words when the store cannot be read */
export async function startAccounting(o: AccountingOptions): Promise<Accounting> {
  const { store, client, now, log, onError } = o;
  const statistics = createStatistics();
  const recent = createRecent<AccountingRecord>((seq) => store.record(seq));
  const listeners = new Set<Pick<Stream, 'send'>>();
  const ledger = createLedger({ ...o, toRadius: (apn) => client !== undefined && o.toRadius(apn) });
  const delivery = createDelivery(o.spool);
  let onIdle: (() => void) | undefined;

  const journal = createJournal({ store, write, onStored, onError, pause: () => o.pause().then(() => ledgerLoop.feed({ kind: 'timer' })) });

  const ledgerLoop = createLoop<LedgerEvent, LedgerEffect>({
    now,
    timer: { kind: 'timer' },
    // While the disk refuses, nothing is said that a later record says again.
    step: (event, at) => (event.kind === 'timer' && journal.stalled() ? [] : step(ledger, event, at)),
    deadline: () => (journal.stalled() ? undefined : deadline(ledger)),
    perform(effect) {
      if (effect.kind === 'record') statistics.made(effect.record.event);
      journal.add([effect]);
    },
    onError,
  });

  const deliveryLoop = createLoop<DeliveryEvent, DeliveryEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => deliveryStep(delivery, event, at),
    deadline: () => deliveryDeadline(delivery),
    perform: deliver,
    onError,
  });

  function onStored(records: readonly AccountingRecord[]): void {
    for (const r of records) {
      recent.add(r.seq, r);
      for (const listener of listeners) listener.send(r);
      if (!r.radius) continue;
      deliveryLoop.feed({ kind: 'spooled', waiting: { seq: r.seq, event: r.event, ...(r.of ? { session: r.of.session } : {}) } });
    }
  }

  async function write(records: readonly AccountingRecord[]): Promise<void> {
    const line = (r: AccountingRecord, text: object) => ({ seq: r.seq, at: new Date(r.at).toISOString(), text: JSON.stringify(text) });
    await o.events?.append(records.map((r) => line(r, r)));
    await o.addresses?.append(records.flatMap((r) => addressLines(r, o.blockOf ?? NO_NAT).map((l) => line(r, l))));
  }

  function deliver(effect: DeliveryEffect): void {
    switch (effect.kind) {
      case 'send':
        return void send(effect.seq);
      case 'done':
        statistics.done(effect.how);
        recent.drop(effect.seq);
        journal.sent(effect.seq);
        break;
      case 'warn':
        return log('warn', 'accounting records wait for a server, and there is room for few more: then interim records go first', { waiting: effect.waiting, room: o.spool.most });
      case 'recovered':
        log('info', 'an accounting server answers again', { waiting: delivery.waiting.size });
    }
  }

  async function send(seq: number): Promise<void> {
    let taken = false;
    try {
      const r = await recent.get(seq);
      taken = r === undefined || ((await client?.account(radiusRecord(r, o.run, o.classOf))) ?? false);
    } catch (e) {
      onError(e as Error);
    }
    deliveryLoop.feed({ kind: 'answered', seq, taken });
    if (isIdle()) onIdle?.();
  }

  /** Nothing more will be sent soon. */
  const isIdle = (): boolean => delivery.flying.size === 0 && (delivery.waiting.size === 0 || delivery.silent !== undefined);

  const kept = await store.load();
  journal.resume(kept.records);
  ledgerLoop.feed({ kind: 'begin', sessions: kept.sessions, seq: kept.seq });

  return {
    onSession: (effect) => ledgerLoop.feed(effect),
    pathSet: (index) => ledgerLoop.feed({ kind: 'pathSet', index }),
    pathRemoved: (index) => ledgerLoop.feed({ kind: 'pathRemoved', index }),
    settle: () => ledgerLoop.feed({ kind: 'settle' }),
    statistics: () => statistics.all({ sessions: ledger.sessions.size, waiting: delivery.waiting.size, silent: delivery.silent !== undefined, stalled: journal.stalled() }),
    whoHad: (question) => searchAddresses(o.addresses?.files() ?? [], currentLines([...ledger.sessions.values()], o.service, o.blockOf ?? NO_NAT), question),
    listen(stream) {
      listeners.add(stream);
      stream.onClose(() => listeners.delete(stream));
    },
    stop({ keepForwarding }) {
      if (!keepForwarding) ledgerLoop.feed({ kind: 'finish' });
      ledgerLoop.stop();
    },
    async close() {
      await journal.settled();
      if (!isIdle() && client) await new Promise<void>((resolve) => void (onIdle = resolve));
      deliveryLoop.stop();
      client?.close();
      await journal.settled();
      await o.events?.close();
      await o.addresses?.close();
      await store.close();
    },
  };
}

const NO_NAT: PortBlockOf = () => undefined;
