/**
 * One accounting record: what the RADIUS server, the event stream and the address log are all told, each in its own form. Plain JSON,
 * numbered without gaps in the order in which things happened; docs/ACCOUNTING.md describes it for those who read it.
 */
import type { UnixMillis, Seconds } from '../../protocol/units.ts';

/** Raised when a field changes its meaning or goes; a new field does not raise it. */
export const VERSION = 1;

/** `on`: the anchor begins without sessions. `move`: to another home. `change`: of addresses, or of the same home's. `off`: it ends in order. */
export type RecordEvent = 'on' | 'start' | 'interim' | 'move' | 'change' | 'stop' | 'off';

/** Where a session is. */
export interface Home {
  /** MAG Identifier; without one the care-of address names it. */
  readonly home: string;
  readonly careOf: string;
}

/** Since the session began; octets and packets as the subscriber's own packets have them. Exact up to 2^53. */
export interface Usage {
  readonly seconds: Seconds;
  /** From the subscriber. */
  readonly upOctets: number;
  readonly upPackets: number;
  /** To the subscriber. */
  readonly downOctets: number;
  readonly downPackets: number;
}

/** An address that somebody has or had. `since` is when it was given to this session. */
export interface Held {
  /** `192.0.2.7`, or `2001:db8:0:7::/64` */
  readonly address: string;
  readonly since: UnixMillis;
}

export interface SessionPart extends Home {
  /** Acct-Session-Id: the same in all records of the session, and never used again. */
  readonly session: string;
  /** Counts the session's records from 1: together with `session` it names a record. */
  readonly record: number;
  readonly subscriber: string;
  readonly mac?: string;
  readonly technology: number;
  readonly apn: string;
  readonly space: number;
  readonly addresses: readonly string[];
  /** Given with this record, and taken back. */
  readonly assigned?: readonly Held[];
  readonly returned?: readonly Held[];
  /** `move` and `change`: where it was before. */
  readonly from?: Home;
  readonly usage: Usage;
  readonly reason: string;
  /** Acct-Terminate-Cause of a `stop`. */
  readonly cause?: number;
}

export interface AccountingRecord {
  readonly v: typeof VERSION;
  readonly seq: number;
  readonly at: UnixMillis;
  readonly event: RecordEvent;
  /** The lma-service. */
  readonly service: string;
  /** The packet gateway whose anchor it is, in a mobile operator's network. */
  readonly pgw?: string;
  /** Absent with `on` and `off`. */
  readonly of?: SessionPart;
  /** Whether the APN's accounting mode sends it to the RADIUS server. */
  readonly radius: boolean;
}
