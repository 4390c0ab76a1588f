/** An anchor's results, by the command at its control socket. */
import type { AddressLine } from '../../cloud/accounting/addressLog.ts';
import type { Refreshed } from '../../cloud/refresh.ts';
import type { ShownInterface } from '../../runtime/interfaces.ts';
import type { ShownHeartbeat } from '../../runtime/shownPeer.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import { ipv6Interfaces } from './access.ts';
import { accounting, addressLog } from './accounting.ts';
import { serviceStatistics } from './lma.ts';
import { admitted, cleared, dismissed, heartbeats, refreshed, type Admitted, type Cleared } from './peers.ts';
import { fields, table, type Printers, type Records } from './table.ts';
import { traces } from './traces.ts';

export const anchorPrinters: Printers = {
  'show ipv6 interface': (result) => ipv6Interfaces(result as readonly ShownInterface[]),
  'show lma statistics': (result) => fields(result as Readonly<Record<string, unknown>>),
  'show standby': (result) => fields(result as Readonly<Record<string, unknown>>),
  'show lma-service all': (result) => table(result as Records),
  'show lma-service statistics': (result) => serviceStatistics(result as Records),
  'show lma accounting': (result) => accounting(result as Records),
  'show address-log': (result) => addressLog(result as readonly AddressLine[]),
  'show lma traces': (result) => traces(result as readonly ShownTrace[]),
  'show lma heartbeat': (result) => heartbeats(result as readonly ShownHeartbeat[]),
  'refresh lma binding': (result) => refreshed(result as Refreshed),
  'clear lma binding': (result) => cleared(result as Cleared),
  'admit gateway': (result) => admitted(result as Admitted),
  'dismiss gateway': (result) => dismissed(result as Cleared),
  'show lma gateways': (result) => table(result as Records),
};
