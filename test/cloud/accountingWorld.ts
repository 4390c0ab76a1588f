/** An anchor's accounting whole, with a RADIUS server, a data path and disks by hand: it may be killed, and each of them may fail. */
import { startAccounting, type Accounting } from '../../cloud/accounting/accounting.ts';
import type { LineFiles } from '../../cloud/accounting/lineFiles.ts';
import type { AccountingRecord as Recorded } from '../../cloud/accounting/record.ts';
import { accountingStore, memoryLevel } from '../../cloud/accounting/store.ts';
import type { Level } from '../../cloud/store/level.ts';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import type { AccountingRecord } from '../../runtime/radius/types.ts';
import { WALL } from './accountingBook.ts';

/** Whatever is under way has happened. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
}

export class AccountingWorld {
  readonly paths = fakePaths({ role: 'lma' });
  readonly entries = new Map<string, string>();
  /** What the server took, in its order. */
  readonly taken: AccountingRecord[] = [];
  readonly events: Recorded[] = [];
  readonly said: string[] = [];
  server: 'up' | 'down' | 'takes, and its answer is lost' = 'up';
  disk: 'writes' | 'full' = 'writes';
  files: 'write' | 'full' = 'write';
  spool = 1000;
  retry = 0;
  radius = true;
  now = { at: 1000, wall: WALL };
  accounting!: Accounting;
  private run = 0;
  private life = { alive: true };

  async start(): Promise<void> {
    const life = { alive: true };
    this.life = life;
    this.run += 1;
    const memory = memoryLevel(this.entries);
    const hangs = new Promise<never>(() => undefined);
    const level: Level = {
      ...memory,
      write: (changes) => {
        if (!life.alive) return hangs;
        return this.disk === 'full' ? Promise.reject(new Error('no space left')) : memory.write(changes);
      },
    };
    const file: LineFiles = {
      append: (lines) => {
        if (!life.alive) return hangs;
        if (this.files === 'full') return Promise.reject(new Error('no space left'));
        const last = this.events.at(-1)?.seq ?? 0;
        this.events.push(...lines.filter((l) => l.seq > last).map((l) => JSON.parse(l.text) as Recorded));
        return Promise.resolve();
      },
      files: () => [],
      close: () => Promise.resolve(),
    };
    this.accounting = await startAccounting({
      service: 'lma1',
      run: `run${this.run}`,
      interval: 600,
      toRadius: () => true,
      paths: this.paths,
      store: accountingStore(level),
      ...(this.radius ? { client: { account: (r) => this.account(r, life), close: () => undefined } } : {}),
      events: file,
      spool: { most: this.spool, retry: this.retry },
      now: () => this.now,
      log: (_, message) => void this.said.push(message),
      onError: (e) => void this.said.push(e.message),
      pause: () => settle(),
    });
  }

  private async account(r: AccountingRecord, life: { readonly alive: boolean }): Promise<boolean> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    if (!life.alive) return new Promise<never>(() => undefined);
    if (this.server !== 'down') this.taken.push(r);
    return this.server === 'up';
  }

  /** kill -9 */
  kill(): void {
    this.life.alive = false;
    this.accounting.stop({ keepForwarding: true });
  }

  /** What a billing system makes of the server's records: the last word on each session. */
  sums(): Map<string, { readonly up: bigint; readonly down: bigint; readonly stopped: boolean }> {
    const sums = new Map<string, { up: bigint; down: bigint; stopped: boolean }>();
    for (const { sessionId, status, usage } of this.taken) {
      if (status === 'on' || status === 'off') continue;
      sums.set(sessionId, { up: usage?.inputOctets ?? 0n, down: usage?.outputOctets ?? 0n, stopped: status === 'stop' });
    }
    return sums;
  }
}
