/**
 * Where records go: first into the store, together with the sessions that they are about; then into the files, and to whoever sends
 * them; and when all have them, out of the store. What is refused stays and is tried again, in its order.
 */
import type { AccountingRecord } from './record.ts';
import type { AccountingStore, StoreChange } from './store.ts';

export interface JournalOptions {
  readonly store: Pick<AccountingStore, 'commit'>;
  /** @throws Error, and then they come again */
  readonly write: (records: readonly AccountingRecord[]) => Promise<void>;
  /** They are stored: whoever listens may hear of them, and those with `radius` are to be sent, and told by `sent`. */
  readonly onStored: (records: readonly AccountingRecord[]) => void;
  readonly onError: (error: Error) => void;
  /** Resolves when it is time to try again. */
  readonly pause: () => Promise<void>;
}

export interface Journal {
  add(changes: readonly StoreChange[]): void;
  /** The records of the last run, which are stored already. */
  resume(records: readonly AccountingRecord[]): void;
  /** Nobody needs to be told any more. */
  sent(seq: number): void;
  /** The disk refuses what it is given. */
  stalled(): boolean;
  /** Resolves when nothing is to be stored or written any more, or nothing can be. */
  settled(): Promise<void>;
}

export function createJournal(o: JournalOptions): Journal {
  let changes: StoreChange[] = [];
  let unwritten: AccountingRecord[] = [];
  /** Of each record that is stored, what is still to happen. */
  const open = new Map<number, Set<'write' | 'send'>>();
  let committing: Promise<void> | undefined;
  let writing: Promise<void> | undefined;
  const refused = { store: false, files: false };
  /** Of whoever waits until all is settled, and would wait for ever. */
  let giveUp: () => void = () => undefined;

  async function commit(): Promise<void> {
    // What a phone waits for goes first; what happens until then goes with it.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (changes.length > 0) {
      const batch = changes;
      changes = [];
      if (await attempt('store', 'records of accounting cannot be stored, and wait', () => o.store.commit(batch))) take(batch.flatMap((c) => (c.kind === 'record' ? [c.record] : [])));
      else {
        changes = [...batch, ...changes];
        await o.pause();
      }
    }
    committing = undefined;
  }

  async function write(): Promise<void> {
    await Promise.resolve();
    while (unwritten.length > 0) {
      const batch = unwritten;
      unwritten = [];
      if (await attempt('files', 'records of accounting cannot be written to their files, and wait', () => o.write(batch))) for (const { seq } of batch) happened(seq, 'write');
      else {
        unwritten = [...batch, ...unwritten];
        await o.pause();
      }
    }
    writing = undefined;
  }

  /** Told once, not at each repetition. */
  async function attempt(where: keyof typeof refused, what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      refused[where] = false;
    } catch (e) {
      if (!refused[where]) o.onError(new Error(`${what}: ${(e as Error).message}`));
      refused[where] = true;
      giveUp();
    }
    return !refused[where];
  }

  function take(records: readonly AccountingRecord[]): void {
    if (records.length === 0) return;
    for (const r of records) open.set(r.seq, new Set(r.radius ? ['write', 'send'] : ['write']));
    unwritten.push(...records);
    writing ??= write();
    o.onStored(records);
  }

  function happened(seq: number, what: 'write' | 'send'): void {
    const left = open.get(seq);
    if (!left?.delete(what) || left.size > 0) return;
    open.delete(seq);
    add([{ kind: 'done', seq }]);
  }

  function add(more: readonly StoreChange[]): void {
    if (more.length === 0) return;
    changes.push(...more);
    committing ??= commit();
  }

  return {
    add,
    resume: take,
    sent: (seq) => happened(seq, 'send'),
    stalled: () => refused.store,
    async settled() {
      const busy = (): boolean => (committing !== undefined && !refused.store) || (writing !== undefined && !refused.files);
      while (busy()) await Promise.race([committing, writing, new Promise<void>((resolve) => void (giveUp = resolve))].filter((p) => p !== undefined));
    },
  };
}
