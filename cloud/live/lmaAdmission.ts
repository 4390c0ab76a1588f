/** Every LMA is told which gateways may register: at once, and all of it when it comes back. */
import type { Request } from '../../runtime/control.ts';
import type { ShownGateway } from '../admission.ts';
import type { KnownGateway, LmaAdmission } from './ports.ts';

export interface AdmissionOptions {
  readonly lmas: readonly { readonly name: string; ask(request: Request): Promise<unknown> }[];
  /** All that the fleet knows, as they are now. */
  readonly gateways: () => Iterable<KnownGateway>;
  readonly onError: (error: Error) => void;
}

export interface AdmissionKeeper extends LmaAdmission {
  /** This LMA answers again: whatever it missed. */
  sync(lma: string): Promise<void>;
}

/** What fits into one request of the control socket. */
const AT_ONCE = 300;

export function createLmaAdmission({ lmas, gateways, onError }: AdmissionOptions): AdmissionKeeper {
  const told = async (name: string, work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (e) {
      onError(new Error(`LMA ${name} was not told which gateways may register, and will be when it answers: ${(e as Error).message}`));
    }
  };

  async function sync(name: string): Promise<void> {
    const lma = lmas.find((l) => l.name === name);
    if (!lma) return;
    await told(name, (async () => {
      const there = new Set(((await lma.ask({ command: 'show lma gateways' })) as readonly ShownGateway[]).filter((g) => g.source === 'admitted').map((g) => g.id));
      const all = [...gateways()];
      const wanted = all.filter((g) => g.revoked === undefined).map(({ identity: id, key }) => ({ id, key }));
      for (let i = 0; i < wanted.length; i += AT_ONCE) await told(name, lma.ask({ command: 'admit gateway', gateways: wanted.slice(i, i + AT_ONCE) }));
      // A gateway that the fleet never knew was admitted by hand, and stays.
      for (const { identity } of all.filter((g) => g.revoked !== undefined && there.has(g.identity))) await told(name, lma.ask({ command: 'dismiss gateway', id: identity }));
    })());
  }

  return {
    sync,
    async admit(id, key) {
      await Promise.all(lmas.map((l) => told(l.name, l.ask({ command: 'admit gateway', id, key }))));
    },
    async dismiss(id) {
      await Promise.all(lmas.map((l) => told(l.name, l.ask({ command: 'dismiss gateway', id }).catch((e: unknown) => ignoreStranger(e as Error)))));
    },
  };
}

/** It was not admitted there, so there is nothing to end. */
function ignoreStranger(e: Error): void {
  if (!e.message.includes('was admitted')) throw e;
}
