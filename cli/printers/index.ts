/** How results look to people, by the command at the control socket; as the seed prints them where it does. */
import type { Sharing } from '../../agent/fleet/sharing.ts';
import type { AgentStatus, FleetStatus } from '../../agent/fleet/status.ts';
import type { GiveUpReport } from '../../agent/mag/ownRevocation.ts';
import type { ShownBinding } from '../../agent/show/binding.ts';
import type { ShownGlobals } from '../../agent/show/globals.ts';
import type { ShownAccessInterface } from '../../agent/show/interfaces.ts';
import type { ShownLease } from '../../agent/show/leases.ts';
import type { ShownDhcpProxy, ShownStats } from '../../agent/show/stats.ts';
import type { ShownRouteMap, ShownTunnel } from '../../agent/show/tunnel.ts';
import type { AddressLine } from '../../cloud/accounting/addressLog.ts';
import type { Refreshed } from '../../cloud/refresh.ts';
import type { ShownDebugging } from '../../runtime/debug.ts';
import type { ShownHeartbeat } from '../../runtime/shownPeer.ts';
import type { ShownInterface, ShownRoutes } from '../../runtime/interfaces.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import { printAgentStatus, printCap, printPause, printUnclaimed } from './agent.ts';
import { debugging, dhcpBindings, dhcpProxy, interfaceSummary, ipv6Interfaces, routeSummary } from './access.ts';
import { accounting, addressLog } from './accounting.ts';
import { serviceStatistics, traces } from './lma.ts';
import { magBindings } from './binding.ts';
import { magGlobals, magStats, magTunnels, routeMaps } from './mag.ts';
import { admitted, cleared, dismissed, heartbeats, refreshed, type Admitted, type Cleared } from './peers.ts';
import { fields, table } from './table.ts';

type Records = readonly Readonly<Record<string, unknown>>[];

export const printers: Readonly<Record<string, (result: unknown) => string>> = {
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
  'show ipv6 interface': (result) => ipv6Interfaces(result as readonly ShownInterface[]),
  'show lma statistics': (result) => fields(result as Readonly<Record<string, unknown>>),
  'show standby': (result) => fields(result as Readonly<Record<string, unknown>>),
  'show lma-service all': (result) => table(result as Records),
  'show lma-service statistics': (result) => serviceStatistics(result as Records),
  'show lma accounting': (result) => accounting(result as Records),
  'show address-log': (result) => addressLog(result as readonly AddressLine[]),
  'show lma traces': (result) => traces(result as readonly ShownTrace[]),
  'show mag traces': (result) => traces(result as readonly ShownTrace[]),
  'show debugging': (result) => debugging(result as readonly ShownDebugging[]),
  'show version': (result) => fields(result as Readonly<Record<string, unknown>>),
  undebug: (result) => (result === 0 ? 'Nothing was being debugged\n' : `${result as number} switched off\n`),
  'show mag heartbeat': (result) => heartbeats(result as readonly ShownHeartbeat[]),
  'show lma heartbeat': (result) => heartbeats(result as readonly ShownHeartbeat[]),
  'clear mag denied': () => 'done\n',
  'refresh lma binding': (result) => refreshed(result as Refreshed),
  'clear mag binding': (result) => cleared(result as Cleared),
  'clear lma binding': (result) => cleared(result as Cleared),
  'admit gateway': (result) => admitted(result as Admitted),
  'dismiss gateway': (result) => dismissed(result as Cleared),
  'show lma gateways': (result) => table(result as Records),
};
