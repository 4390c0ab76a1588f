/** What accounting shows: counters of each service, and who had an address. */
import type { AddressLine } from '../../cloud/accounting/addressLog.ts';
import { columnsOf, fields } from './table.ts';

type Fields = Readonly<Record<string, unknown>>;

export const accounting = (all: readonly Fields[]): string => (all.length === 0 ? 'no service accounts for its sessions\n' : all.map((one) => fields(one)).join('\n'));

export function addressLog(all: readonly AddressLine[]): string {
  if (all.length === 0) return 'nobody\n';
  const nat = ({ nat: block }: AddressLine): string | undefined => block && `${block.address}:${block.first}-${block.last}`;
  // A session whose end is not in the log may have ended with an anchor that lost its state.
  const until = (l: AddressLine): string => l.until ?? (l.event === 'held' ? 'now' : 'unknown');
  return columnsOf(['address', 'since', 'until', 'subscriber', 'mac', 'home', 'apn', 'session', 'nat'], all.map((l) => [l.address, l.since, until(l), l.subscriber, l.mac, l.home, l.apn, l.session, nat(l)]));
}
