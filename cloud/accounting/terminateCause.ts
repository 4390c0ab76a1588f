/** Why a session ended, as RADIUS has it (RFC 2866 §5.10), from the anchor's own words. Pure. */
import { TERMINATE_CAUSE as CAUSE } from '../../protocol/radius/codes.ts';

/** Reasons of the service itself. */
export const REASON = {
  LOST_IN_RESTART: 'ended while the anchor was away',
  SHUT_DOWN: 'the anchor is shut down',
  REPLACED: 'its index has another session',
} as const;

/** The first row that fits. */
const ROWS: readonly (readonly [reason: RegExp, cause: number])[] = [
  [/^de-registered$|^given up by its gateway$/, CAUSE.LOST_CARRIER],
  [/^lifetime ended$/, CAUSE.LOST_SERVICE],
  [/^service changed to /, CAUSE.USER_REQUEST],
  [/^refused change to service /, CAUSE.SERVICE_UNAVAILABLE],
  [/^its interface (?:took over|has a new)/, CAUSE.PORT_PREEMPTED],
  [/revo(?:ked|cation)|cleared/i, CAUSE.ADMIN_RESET],
  [new RegExp(`^${REASON.LOST_IN_RESTART}$`), CAUSE.NAS_REBOOT],
  [new RegExp(`^${REASON.SHUT_DOWN}$`), CAUSE.ADMIN_REBOOT],
  [new RegExp(`^${REASON.REPLACED}$`), CAUSE.NAS_ERROR],
];

/** A reason that nobody wrote a row for is the anchor's own: NAS Request. */
export const terminateCauseOf = (reason: string): number => ROWS.find(([pattern]) => pattern.test(reason))?.[1] ?? CAUSE.NAS_REQUEST;
