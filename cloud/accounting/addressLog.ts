/**
 * Who had which address when: a line when a session is given an address or prefix, and one with both instants when it gives it back.
 * Each line stands alone, so that files may be thrown away by age. Pure.
 */
import { inPrefix, parsePrefix } from '../../protocol/address.ts';
import type { UnixMillis } from '../../protocol/units.ts';
import type { PortBlock } from '../egress/portBlocks.ts';
import { VERSION, type AccountingRecord, type Held } from './record.ts';
import { identityOf, type Session } from './session.ts';

export interface AddressLine {
  readonly v: typeof VERSION;
  /** Of the record that it was made of; RFC 3339, UTC. Absent where it is told of a session that stands. */
  readonly seq?: number;
  readonly at?: string;
  /** `held`: so it is now. */
  readonly event: 'assigned' | 'returned' | 'held';
  /** `192.0.2.7`, or `2001:db8:0:7::/64` */
  readonly address: string;
  readonly since: string;
  /** `returned` only. */
  readonly until?: string;
  readonly subscriber: string;
  readonly mac?: string;
  readonly session: string;
  readonly service: string;
  readonly apn: string;
  readonly space: number;
  /** The home at that moment. */
  readonly home: string;
  /** What the internet sees of it, where the pool is translated. */
  readonly nat?: PortBlock;
}

export type PortBlockOf = (space: number, address: string) => PortBlock | undefined;

const time = (wall: UnixMillis): string => new Date(wall).toISOString();

export function addressLines(r: AccountingRecord, blockOf: PortBlockOf): AddressLine[] {
  const { of } = r;
  if (!of) return [];
  const about = { seq: r.seq, at: time(r.at) };
  return [
    ...(of.returned ?? []).map((h): AddressLine => ({ ...about, ...line('returned', r.service, of, h, blockOf), until: time(r.at) })),
    ...(of.assigned ?? []).map((h): AddressLine => ({ ...about, ...line('assigned', r.service, of, h, blockOf) })),
  ];
}

/** Those of the sessions that stand. */
export const currentLines = (sessions: readonly Pick<Session, 'id' | 'facts' | 'held'>[], service: string, blockOf: PortBlockOf): AddressLine[] =>
  sessions.flatMap((s) => s.held.map((h) => line('held', service, identityOf(s), h, blockOf)));

function line(event: AddressLine['event'], service: string, s: ReturnType<typeof identityOf>, { address, since }: Held, blockOf: PortBlockOf): AddressLine {
  const nat = blockOf(s.space, address);
  const { subscriber, mac, session, apn, space, home } = s;
  return { v: VERSION, event, address, since: time(since), subscriber, ...(mac === undefined ? {} : { mac }), session, service, apn, space, home, ...(nat ? { nat } : {}) };
}

export interface AddressQuestion {
  /** An address of a subscriber, or a public one of the NAT. */
  readonly address: string;
  readonly port?: number;
  readonly at?: UnixMillis;
}

/** Whether the line is about it: the address itself, one within its prefix, or its NAT's with a port of the block. */
export function concerns(l: AddressLine, { address, port }: AddressQuestion): boolean {
  if (l.nat?.address === address) return port === undefined || (port >= l.nat.first && port <= l.nat.last);
  if (l.address === address) return true;
  return l.address.includes('/') && address.includes(':') && !address.includes('/') && inPrefix(address, parsePrefix(l.address));
}

/** At an instant, a line that was given back says all; who has it still is known by the ledger. */
export const covers = (l: AddressLine, at: UnixMillis): boolean => Date.parse(l.since) <= at && (l.until === undefined || at < Date.parse(l.until));
