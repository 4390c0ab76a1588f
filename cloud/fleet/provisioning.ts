/** What each gateway is to have, and the broker to keep for it: compared, given a revision, published where it differs. */
import { hashOf } from '../../runtime/fleet/canonical.ts';
import type { Desired, Revision } from '../../runtime/fleet/messages.ts';
import { CONCERNS, topics, type Concern, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { LmaAdmission } from '../live/ports.ts';
import { anchorsOf, withKey, type DocumentsKeeper } from './documents.ts';
import type { Gateways } from './gateways.ts';
import type { Bus } from './ports.ts';
import type { Published } from './published.ts';
import type { GatewayRecord, Given } from './records.ts';
import { same } from './status.ts';
import { gatewayOf } from './topicOf.ts';

export interface Provisioning {
  /** Reads what the broker keeps, and makes it what it should be. After each connection to a broker that may have forgotten. */
  compare(): Promise<void>;
  /** Of these gateways, or of all: a new revision where the document is another one. Resolves when that is stored; the broker is told then. */
  refresh(ids?: Iterable<GatewayId>): Promise<void>;
  /** Its present revision is of the document that it is to have. */
  upToDate(id: GatewayId, concern: Concern): boolean;
  /** The broker is to keep nothing for it any more. */
  withdraw(id: GatewayId): Promise<void>;
  /** Tries again what did not work. */
  tick(): Promise<void>;
  /** Resolves when the broker has all of it, or refused. */
  settled(): Promise<void>;
}

export interface ProvisioningOptions {
  readonly gateways: Gateways;
  readonly documents: Pick<DocumentsKeeper, 'merged'>;
  readonly published: Pick<Published, 'given' | 'changes'>;
  readonly bus: Bus;
  readonly admission: LmaAdmission;
  /** The latest revision that the gateway itself has spoken of. */
  readonly seen: (id: GatewayId, concern: Concern) => Revision | undefined;
  /** What it works with, as far as it said. */
  readonly running: (id: GatewayId, concern: Concern) => Revision | undefined;
  /** A while in which a broker tells something of what it keeps, if there is more. */
  readonly pause: () => Promise<void>;
  readonly onError: (error: Error) => void;
}

/** Gateways in one commit: what waits for it is not kept waiting long. */
const CHUNK = 250;

export function createProvisioning({ gateways, documents, published, bus, admission, seen, running, pause, onError }: ProvisioningOptions): Provisioning {
  /** What the broker keeps, by topic, as far as is known. */
  const kept = new Map<string, string>();
  const failed = new Set<GatewayId>();
  const sendings = new Set<Promise<void>>();
  const admitted = new Map<GatewayId, string>();
  let admitting: Promise<void> = Promise.resolve();

  /** Who once had a document is told that it says nothing: a topic without one would leave the last in force. */
  const bare = (record: GatewayRecord, concern: Concern): unknown => documents.merged(record, concern) ?? (record.desired[concern] ?? seen(record.id, concern) ? {} : undefined);
  const documentOf = (record: GatewayRecord, concern: Concern): unknown => withKey(concern, bare(record, concern), record);

  /** The revision that this document is to have; the present one where nothing changed. */
  function revisionOf(record: GatewayRecord, concern: Concern, document: unknown): Revision {
    const now = record.desired[concern];
    const theirs = seen(record.id, concern);
    const hash = hashOf(document);
    // A cloud that lost its store must not be behind its gateways, who take no older revision.
    const behind = theirs && (theirs.rev > (now?.rev ?? 0) || (theirs.rev === now?.rev && theirs.hash !== now.hash));
    if (now && now.hash === hash && !behind) return now;
    return { rev: Math.max(now?.rev ?? 0, theirs?.rev ?? 0) + 1, hash };
  }

  function wanted(record: GatewayRecord): readonly { readonly concern: Concern; readonly desired: Desired }[] {
    return CONCERNS.flatMap((concern) => {
      const document = documentOf(record, concern);
      return document === undefined ? [] : [{ concern, desired: { ...revisionOf(record, concern, document), document } }];
    });
  }

  /** With what is published from now on; the same record where it knows all of it. */
  function updated(record: GatewayRecord, all: ReturnType<typeof wanted>): GatewayRecord {
    const desired: GatewayRecord['desired'] = Object.fromEntries(all.map(({ concern, desired: { rev, hash } }) => [concern, { rev, hash }]));
    const known = CONCERNS.every((c) => record.desired[c]?.rev === desired[c]?.rev && (desired[c] === undefined || record.given?.[c]?.[0]?.rev === desired[c].rev));
    if (known) return record;
    const given = all.map(({ concern, desired: { rev, hash } }): readonly [Concern, readonly Given[]] => {
      const before = record.given?.[concern];
      const kept = before?.[0] && same(before[0], { rev, hash }) ? before : published.given(record, concern, { rev, hash }, bare(record, concern), running(record.id, concern));
      return [concern, kept];
    });
    return { ...record, desired, given: Object.fromEntries(given) };
  }

  async function refreshSome(ids: readonly GatewayId[]): Promise<void> {
    let publish: { readonly id: GatewayId; readonly all: ReturnType<typeof wanted> }[] = [];
    await gateways.change(() => {
      const present = ids.flatMap((id) => gateways.get(id) ?? []).filter((record) => !record.revoked);
      publish = present.map((record) => ({ id: record.id, all: wanted(record) }));
      const put = present.flatMap((record, i) => {
        const after = updated(record, publish[i]?.all ?? []);
        return after === record ? [] : [after];
      });
      return put.length > 0 ? { put, changes: published.changes(put) } : undefined;
    });
    for (const { id, all } of publish) {
      const sending: Promise<void> = send(id, all).finally(() => sendings.delete(sending));
      sendings.add(sending);
    }
  }

  async function send(id: GatewayId, all: ReturnType<typeof wanted>): Promise<void> {
    for (const { concern, desired } of all) {
      const topic = topics.desired(id, concern);
      const mark = `${desired.rev}:${desired.hash}`;
      try {
        if (kept.get(topic) === mark) continue;
        if (anchorsOf(concern, desired.document).length > 0) await admit(id);
        // While that was awaited, a later one may have come.
        if (gateways.get(id)?.desired[concern]?.rev !== desired.rev) continue;
        kept.set(topic, mark);
        await bus.publish(topic, desired, { retain: true });
      } catch (e) {
        if (!failed.has(id)) onError(new Error(`${id} could not be given its ${concern}, which is tried again: ${(e as Error).message}`));
        kept.delete(topic);
        failed.add(id);
      }
    }
  }

  /** The LMAs know the key before the gateway uses it. One after the other: a change of all gateways' LMAs is no burst at each of them. */
  function admit(id: GatewayId): Promise<void> {
    const done = admitting.then(async () => {
      const record = gateways.get(id);
      if (!record || record.revoked || admitted.get(id) === record.key) return;
      await admission.admit(record.identity, record.key);
      const now = gateways.get(id);
      // Revoked, or claimed under another name, while the LMAs were told.
      if (!now || now.revoked || now.identity !== record.identity) return admission.dismiss(record.identity);
      admitted.set(id, record.key);
    });
    admitting = done.catch(() => undefined);
    return done;
  }

  async function refresh(ids: Iterable<GatewayId> = [...gateways.all()].map((r) => r.id)): Promise<void> {
    const waiting = [...ids];
    while (waiting.length > 0) {
      const some = waiting.splice(0, CHUNK);
      try {
        await refreshSome(some);
      } catch (e) {
        onError(new Error(`documents of ${some.length} gateways could not be stored, which is tried again: ${(e as Error).message}`));
        for (const id of some) failed.add(id);
      }
    }
  }

  async function withdraw(id: GatewayId): Promise<void> {
    for (const concern of CONCERNS) {
      await bus.publish(topics.desired(id, concern), null, { retain: true });
      kept.delete(topics.desired(id, concern));
    }
    admitted.delete(id);
    failed.delete(id);
  }

  return {
    async compare() {
      kept.clear();
      const strangers = new Set<GatewayId>();
      const subscription = await bus.subscribe(topics.desired('+', '+' as Concern), (topic, payload) => {
        const id = gatewayOf(topic);
        const { rev, hash } = (payload ?? {}) as Partial<Revision>;
        const record = gateways.get(id);
        if (!record || record.revoked) strangers.add(id);
        else kept.set(topic, `${rev}:${hash}`);
      });
      for (let before = -1; before !== kept.size + strangers.size; ) {
        before = kept.size + strangers.size;
        await pause();
      }
      await subscription.close();
      for (const id of strangers) if (gateways.get(id)?.revoked ?? true) await withdraw(id);
      await refresh();
    },
    refresh,
    upToDate(id, concern) {
      const record = gateways.get(id);
      if (!record) return false;
      const document = documentOf(record, concern);
      return document === undefined ? record.desired[concern] === undefined : record.desired[concern]?.hash === hashOf(document);
    },
    withdraw,
    async tick() {
      const again = [...failed];
      failed.clear();
      if (again.length > 0) await refresh(again);
    },
    settled: async () => void (await Promise.all(sendings)),
  };
}
