/** The commands that a gateway knows, and the streams that it can tell. */
import type { Shown } from '../../runtime/identities.ts';
import type { Handlers } from '../../runtime/control.ts';
import type { Neighbour } from '../wifi/survey/neighbours.ts';
import type { CommandHandler, Gateway } from './ports.ts';

export interface OrdersOptions {
  readonly identity: string;
  /** Its answers name nobody. */
  readonly show: Handlers;
  readonly shown: Shown;
  readonly neighbours: () => readonly Neighbour[];
  /** @returns how many sessions */
  readonly refresh: () => number;
  readonly identify: () => void;
  /** The service manager starts it anew. */
  readonly restart: () => void;
}

/** Of what `show` has, what is no list of names, MACs or addresses of the home's own. */
const SHOWN = ['mag binding', 'mag tunnel', 'mag globals', 'mag stats', 'mag heartbeat', 'mag traces', 'interface summary', 'dhcp proxy'] as const;

export function createOrders(o: OrdersOptions): Gateway['commands'] {
  const orders: Record<string, CommandHandler> = {
    ping: () => ({ result: 'pong' }),
    identify() {
      o.identify();
      return { result: { identity: o.identity } };
    },
    refresh: () => ({ result: { sessions: o.refresh() } }),
    async show({ name }) {
      const handler = SHOWN.some((known) => known === name) ? o.show[`show ${name as string}`] : undefined;
      if (!handler) throw new Error(`expected the name of one of: ${SHOWN.join(', ')}`);
      return { result: await handler({ command: `show ${name as string}` }) };
    },
    survey: () => ({ result: o.neighbours().map((n) => ({ ...n, bssid: o.shown(n.bssid) })) }),
    'reboot-agent': () => ({ result: 'the agent starts anew; forwarding goes on', afterwards: o.restart }),
  };
  return orders;
}
