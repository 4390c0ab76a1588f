/**
 * Every LMA is told which gateways may register: at once, and all of it when it comes back. Whom an LMA has still to send away is
 * kept, because the home may be gone from the fleet's records by then.
 */
import type { Request } from '../../runtime/control.ts';
import type { ShownGateway } from '../admission.ts';
import type { Change, FleetStore, Stored } from '../fleet/ports.ts';
import type { KnownGateway, LmaAdmission } from './ports.ts';

export interface AdmissionOptions {
  readonly lmas: readonly { readonly name: string; ask(request: Request): Promise<unknown> }[];
  /** All that the fleet knows, as they are now. */
  readonly gateways: () => Iterable<KnownGateway>;
  readonly store: Pick<FleetStore, 'list' | 'commit'>;
  readonly onError: (error: Error) => void;
}

export interface AdmissionKeeper extends LmaAdmission {
  /** This LMA answers again: whatever it missed. */
  sync(lma: string): Promise<void>;
}

/** Collection `dismissals`: a MAG Identifier, and the LMAs that have not done it. */
interface Dismissal extends Stored {
  readonly lmas: readonly string[];
}
const COLLECTION = 'dismissals';
/** What fits into one request of the control socket. */
const AT_ONCE = 300;

/** @throws FleetStoreError */
export async function openLmaAdmission({ lmas, gateways, store, onError }: AdmissionOptions): Promise<AdmissionKeeper> {
  const due = new Map((await store.list<Dismissal>(COLLECTION)).map((d) => [d.id, new Set(d.lmas)]));

  const put = (id: string, names: Iterable<string>): Change => ({ put: COLLECTION, record: { id, lmas: [...names] } satisfies Dismissal });
  const everyLma = (): string[] => lmas.map((l) => l.name);

  const keep = (id: string): Promise<void> => {
    const left = due.get(id);
    return store.commit([left ? put(id, left) : { remove: COLLECTION, id }]);
  };

  async function told(name: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (e) {
      onError(new Error(`LMA ${name} was not told which gateways may register, and will be when it answers: ${(e as Error).message}`));
      return false;
    }
  }

  async function sendAway(name: string, id: string): Promise<void> {
    const lma = lmas.find((l) => l.name === name);
    if (lma && !(await told(name, () => lma.ask({ command: 'dismiss gateway', id }).catch((e: unknown) => ignoreStranger(e as Error))))) return;
    const left = due.get(id);
    left?.delete(name);
    if (left?.size === 0) due.delete(id);
    await keep(id);
  }

  return {
    async sync(name) {
      const lma = lmas.find((l) => l.name === name);
      if (!lma) return;
      await told(name, async () => {
        const there = new Set(((await lma.ask({ command: 'show lma gateways' })) as readonly ShownGateway[]).filter((g) => g.source === 'admitted').map((g) => g.id));
        const all = [...gateways()];
        const wanted = all.filter((g) => g.revoked === undefined).map(({ identity: id, key }) => ({ id, key }));
        for (let i = 0; i < wanted.length; i += AT_ONCE) await lma.ask({ command: 'admit gateway', gateways: wanted.slice(i, i + AT_ONCE) });
        // A gateway that the fleet never knew was admitted by hand, and stays.
        const revoked = all.filter((g) => g.revoked !== undefined && there.has(g.identity)).map((g) => g.identity);
        const overdue = [...due].filter(([, left]) => left.has(name)).map(([id]) => id);
        for (const id of new Set([...revoked, ...overdue])) await sendAway(name, id);
      });
    },
    async admit(id, key) {
      if (due.delete(id)) await keep(id);
      await Promise.all(lmas.map((l) => told(l.name, () => l.ask({ command: 'admit gateway', id, key }))));
    },
    async dismiss(id) {
      if (lmas.length === 0) return;
      due.set(id, new Set(everyLma()));
      await keep(id);
      await Promise.all(lmas.map((l) => sendAway(l.name, id)));
    },
    dismissal: (id) => (lmas.length === 0 ? [] : [put(id, everyLma())]),
  };
}

/** It was not admitted there, so there is nothing to end. */
function ignoreStranger(e: Error): void {
  if (!e.message.includes('was admitted')) throw e;
}
