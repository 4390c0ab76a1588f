/** Which of two PBUs is newer (RFC 5213 §5.5): by timestamp where there is one, else by sequence number. */
import { STATUS } from '../../protocol/mobility/codes.ts';
import { timestampOf, timestampToWall, type Now, type Timestamp } from '../../protocol/units.ts';
import type { LmaVariables } from './config.ts';

/** What was last accepted of the session, if there is one. */
export interface LastAccepted {
  readonly timestamp: Timestamp;
  readonly sequence: number;
}

export interface OutOfOrder {
  readonly status: number;
  /** 156 and 157 carry the anchor's clock. */
  readonly timestamp?: Timestamp;
  /** 135 carries the last accepted number. */
  readonly sequence?: number;
}

const HALF = 0x7fff;

export function checkOrder(timestamp: Timestamp | undefined, sequence: number, last: LastAccepted | undefined, now: Now, variables: LmaVariables): OutOfOrder | undefined {
  if (timestamp === undefined) {
    const ahead = last ? (sequence - last.sequence) & 0xffff : 1;
    return ahead >= 1 && ahead <= HALF ? undefined : { status: STATUS.SEQUENCE_NUMBER_OUT_OF_WINDOW, sequence: last?.sequence ?? sequence };
  }
  const clock = timestampOf(now.wall);
  if (last && timestamp < last.timestamp) return { status: STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED, timestamp: clock };
  // Equal is neither greater nor lower: no rule of §5.5 covers it (protocol.md 12.2).
  if (last && timestamp === last.timestamp) return { status: STATUS.TIMESTAMP_MISMATCH, timestamp: clock };
  const { timestampValidityWindow: window, mobileNodeGeneratedTimestampInUse } = variables;
  const checked = window > 0 && !mobileNodeGeneratedTimestampInUse;
  return checked && Math.abs(timestampToWall(timestamp) - now.wall) > window ? { status: STATUS.TIMESTAMP_MISMATCH, timestamp: clock } : undefined;
}
