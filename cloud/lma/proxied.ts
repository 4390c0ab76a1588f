/**
 * A request that came through another anchor (RFC 6463 §5.3.2, the r2LMA's side): the session is the gateway's whose care-of
 * address stands in it, the answer goes to who asked. Only anchors that are configured as such may ask for others.
 */
import { SIGNALLING_PORT } from '../../protocol/mobility/header.ts';
import { findOnBehalf } from '../../protocol/vendor.ts';
import type { MagConfig } from './config.ts';
import type { Policy } from './policy.ts';
import type { Request } from './request.ts';

/** The request as its gateway would have sent it, with that gateway's row; or why the gateway may not be spoken for. */
export function unproxied(policy: Policy, request: Request): { readonly request: Request; readonly mag: MagConfig } | string {
  const { from, message, peer, proxyCoa } = request;
  if (!message.options.some((o) => o.kind === 'alternateCareOfAddress' || o.kind === 'alternateIpv4CareOfAddress')) return 'redirected-without-care-of-address';
  const gateway = findOnBehalf(message.options);
  const mag = policy.mag(gateway, proxyCoa);
  if (typeof mag === 'string') return mag;
  const own = { ...from, remote: proxyCoa, ...(from.transport === 'udp' ? { remotePort: SIGNALLING_PORT } : {}) };
  return { request: { ...request, from: own, peer: gateway, answerTo: { endpoint: from, peer } }, mag };
}
