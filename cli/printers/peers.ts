/** `show … heartbeat`, and what became of a `clear … binding`. */
import type { Refreshed } from '../../cloud/refresh.ts';
import type { ShownHeartbeat } from '../../runtime/shownPeer.ts';
import { columnsOf } from './table.ts';

const COLUMNS = ['peer-id', 'address', 'state', 'bindings', 'round-trip', 'restart-counter', 'last-heard', 'sent', 'received', 'missed'] as const;
const HEADING = ['Peer', 'Address', 'State', 'Bindings', 'Round trip (ms)', 'Restart counter', 'Last heard (s ago)', 'Sent', 'Answered', 'Missed'];

export const heartbeats = (all: readonly ShownHeartbeat[]): string =>
  all.map((h) => `Heartbeat ${h.enabled ? `every ${h.interval} s` : 'disabled'}, own restart counter ${h['restart-counter']}\n${h.peers.length === 0 ? 'No peer holds bindings\n' : columnsOf(HEADING, h.peers.map((p) => COLUMNS.map((c) => p[c])))}`).join('');

export interface Cleared {
  readonly bindings: number;
  readonly unanswered: number;
  readonly refused?: number;
}

export const refreshed = ({ bindings, gateways }: Refreshed): string => `${plural(bindings, 'binding')} asked for at ${plural(gateways, 'gateway')}\n`;
const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export interface Admitted {
  readonly admitted: number;
  readonly known: number;
}

export const admitted = (a: Admitted): string => (a.admitted > 0 ? 'admitted\n' : 'it may register already, with this key\n');
export const dismissed = (c: Cleared): string => `dismissed; ${cleared(c)}`;

export const cleared = ({ bindings, unanswered, refused = 0 }: Cleared): string =>
  `${bindings} ${bindings === 1 ? 'binding' : 'bindings'} cleared${unanswered > 0 ? `, ${unanswered} of them without an answer of the peer` : ''}${refused > 0 ? `; ${refused} live on, the peer refused` : ''}\n`;
