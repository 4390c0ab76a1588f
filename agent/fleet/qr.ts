/** What a claim shows: a code to type, and the same for a camera. */
import { renderUnicodeCompact } from 'uqr';
import type { GatewayId } from '../../runtime/fleet/topics.ts';

/** Text lines. @param code as shown, K7QF-2M9D */
export const claimQr = (gateway: GatewayId, code: string): string => renderUnicodeCompact(`roamstead:claim?code=${code}&gateway=${gateway}`, { border: 2 });
