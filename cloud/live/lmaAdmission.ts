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

  const put = (id: string, names: Iterable<string>): Change => {
    const record: Dismissal = { id, lmas: [...names] };
    return { put: COLLECTION, record };
  };
  const everyLma = (): string[] => lmas.map((l) => l.name);

  const keep = (id: string): Promise<void> => {
    const left = due.get(id);
    return store.commit([left ? put(id, left) : { remove: COLLECTION, id }]);
  };

  const valid = () => [...gateways()].filter((g) => g.revoked === undefined).map(({ identity: id, key }) => ({ id, key }));

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
      let there = new Set<string>();
      const answers = await told(name, async () => {
        there = new Set(((await lma.ask({ command: 'show lma gateways' })) as readonly ShownGateway[]).filter((g) => g.source === 'admitted').map((g) => g.id));
      });
      if (!answers) return;
      const wanted = valid();
      // What it does not take of some keeps nobody else from being admitted, nor from being sent away.
      for (let i = 0; i < wanted.length; i += AT_ONCE) await told(name, () => lma.ask({ command: 'admit gateway', gateways: wanted.slice(i, i + AT_ONCE) }));
      // Also who was revoked or removed while it was told. A gateway that the fleet never knew was admitted by hand, and stays.
      const still = new Set(valid().map((g) => g.id));
      const gone = [...wanted.map((g) => g.id), ...[...gateways()].filter((g) => there.has(g.identity)).map((g) => g.identity)].filter((id) => !still.has(id));
      const overdue = [...due].filter(([, left]) => left.has(name)).map(([id]) => id);
      for (const id of new Set([...gone, ...overdue])) await sendAway(name, id);
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

/** It was not admitted there, or stands in the LMA's own configuration, so there is nothing of ours to end. */
function ignoreStranger(e: Error): void {
  if (!/was admitted|stands in mobile-access-gateways/.test(e.message)) throw e;
}
