/** A gateway's results, by the command at its control socket; as the seed prints them where it does. */
import type { Sharing } from '../../agent/fleet/sharing.ts';
import type { AgentStatus, FleetStatus } from '../../agent/fleet/status.ts';
import type { GiveUpReport } from '../../agent/mag/ownRevocation.ts';
import type { ShownBinding } from '../../agent/show/binding.ts';
import type { ShownGlobals } from '../../agent/show/globals.ts';
import type { ShownAccessInterface } from '../../agent/show/interfaces.ts';
import type { ShownLease } from '../../agent/show/leases.ts';
import type { ShownDhcpProxy, ShownStats } from '../../agent/show/stats.ts';
import type { ShownRouteMap, ShownTunnel } from '../../agent/show/tunnel.ts';
import type { ShownRoutes } from '../../runtime/interfaces.ts';
import type { ShownHeartbeat } from '../../runtime/shownPeer.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import { printAgentStatus, printCap, printPause, printUnclaimed } from './agent.ts';
import { dhcpBindings, dhcpProxy, interfaceSummary, routeSummary } from './access.ts';
import { magBindings } from './binding.ts';
import { magGlobals, magStats, magTunnels, routeMaps } from './mag.ts';
import { cleared, heartbeats, type Cleared } from './peers.ts';
import { table, type Printers, type Records } from './table.ts';
import { traces } from './traces.ts';

export const gatewayPrinters: Printers = {
  'agent status': (result) => printAgentStatus(result as AgentStatus),
  'agent pause': (result) => printPause(result as GiveUpReport),
  'agent resume': () => 'guests are let in again\n',
  'agent unclaim': (result) => printUnclaimed(result as FleetStatus),
  'agent cap': (result) => printCap(result as Sharing['cap']),
  'show mag binding': (result) => magBindings(result as readonly ShownBinding[]),
  'show mag tunnel': (result) => magTunnels(result as readonly ShownTunnel[]),
  'show mag globals': (result) => magGlobals(result as ShownGlobals),
  'show mag stats': (result) => magStats(result as ShownStats),
  'show mag neighbours': (result) => table(result as Records),
  'show ip dhcp binding': (result) => dhcpBindings(result as readonly ShownLease[]),
  'show route-map dynamic': (result) => routeMaps(result as readonly ShownRouteMap[]),
  'show interface summary': (result) => interfaceSummary(result as readonly ShownAccessInterface[]),
  'show route summary': (result) => routeSummary(result as readonly ShownRoutes[]),
  'show dhcp proxy': (result) => dhcpProxy(result as ShownDhcpProxy),
  'show mag traces': (result) => traces(result as readonly ShownTrace[]),
  'show mag heartbeat': (result) => heartbeats(result as readonly ShownHeartbeat[]),
  'clear mag denied': () => 'done\n',
  'clear mag binding': (result) => cleared(result as Cleared),
};
