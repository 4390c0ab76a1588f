/** What the agent answers at its control socket. Names of fields are Cisco's YANG names where there is one; identities as configured. */
import type { Handler } from '../runtime/control.ts';
import { entriesOf } from './mag/bindingUpdateList.ts';
import { shownBinding } from './show/binding.ts';
import { shownGlobals } from './show/globals.ts';
import { shownHeartbeat } from './show/heartbeat.ts';
import { shownInterfaces, shownRoutes } from './show/interfaces.ts';
import { shownLeases } from './show/leases.ts';
import { shownNeighbours } from './show/neighbours.ts';
import type { ShowOptions } from './show/options.ts';
import { shownDhcpProxy, shownStats } from './show/stats.ts';
import { shownRouteMaps, shownTunnels } from './show/tunnel.ts';

export function showHandlers(o: ShowOptions): Record<string, Handler> {
  return {
    'show mag binding': () => entriesOf(o.mag.list).map((e) => shownBinding(o, e)),
    'show mag tunnel': () => shownTunnels(o),
    'show mag globals': () => shownGlobals(o),
    'show mag stats': () => shownStats(o),
    'show mag neighbours': () => shownNeighbours(o),
    'show ip dhcp binding': () => shownLeases(o),
    'show route-map dynamic': () => shownRouteMaps(o),
    'show interface summary': () => shownInterfaces(o),
    'show route summary': () => shownRoutes(),
    'show dhcp proxy': () => shownDhcpProxy(o),
    'show mag traces': () => o.traces.all(o.shown),
    'show mag heartbeat': () => shownHeartbeat(o),
    'clear mag denied': () => o.retryDenied(),
  };
}
