/** Is this PBA the answer to what we asked, and what does it say (RFC 5213 §6.9.1.2, 5844 §3.2.3.2, 5845 §4.3)? */
import type { Prefix } from '../../protocol/address.ts';
import { ATT_WLAN, isAccepted, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import { findSettings } from '../../protocol/vendor.ts';
import type { Assigned, Entry, Ipv4Lease, Outstanding } from './binding.ts';
import { groupIn } from './group.ts';
import { readTimers } from './timers.ts';
import { grantedRates } from './qos.ts';

export type Verdict =
  | { readonly kind: 'valid' }
  /** Not an answer to anything of ours. */
  | { readonly kind: 'ignore'; readonly reason: string }
  /** HI, ATT, LL-ID or MN-ID changed on the way: ignored, and the PBU MUST NOT be repeated (§6.9.1.2(6)). */
  | { readonly kind: 'altered'; readonly reason: string };

/** Statuses that answer a request for lacking the very option that would be compared. */
const LACKING: ReadonlySet<number> = new Set([STATUS.MISSING_MN_IDENTIFIER_OPTION, STATUS.MISSING_HANDOFF_INDICATOR_OPTION, STATUS.MISSING_ACCESS_TECH_TYPE_OPTION]);

export function validate(pba: BindingAcknowledgement, entry: Entry, sent: Outstanding): Verdict {
  const timestamp = find(pba.options, 'timestamp')?.timestamp;
  if (!LACKING.has(pba.status)) {
    const mn = find(pba.options, 'mnIdentifier');
    if (mn?.subtype !== NAI || mn.identifier !== entry.profile?.nai) return altered('MN-ID');
    if (find(pba.options, 'handoffIndicator')?.indicator !== sent.handoff) return altered('handoff indicator');
    if (find(pba.options, 'accessTechnologyType')?.technology !== ATT_WLAN) return altered('access technology');
    if (find(pba.options, 'mnLinkLayerIdentifier')?.identifier !== entry.mac) return altered('link-layer identifier');
  }
  if ((timestamp === undefined) !== (sent.timestamp === undefined)) return { kind: 'ignore', reason: 'PBA timestamp option does not answer ours' };
  if (isAccepted(pba.status) && timestamp !== sent.timestamp) return { kind: 'ignore', reason: 'PBA timestamp is not the one sent' };
  if (pba.flags.bulk && groupIn(pba.options) === undefined) return { kind: 'ignore', reason: 'the PBA has B and names no group' }; // RFC 6602 §5.1.2
  if (!readTimers(pba.options)) return { kind: 'ignore', reason: 'the PBA sets a timer of the gateway to zero' };
  return { kind: 'valid' };
}

const altered = (what: string): Verdict => ({ kind: 'altered', reason: `the PBA changed the ${what}` });

/** Addresses of an accepting PBA, and what else its phone is told. No IPv4 without an accepted option 37 (RFC 5844 §3.2.3.2). */
export function assignedBy(pba: BindingAcknowledgement): Assigned {
  const prefixes: Prefix[] = findAll(pba.options, 'homeNetworkPrefix').map((o) => ({ address: o.prefix, length: o.prefixLength }));
  const linkLocal = find(pba.options, 'linkLocalAddress')?.address;
  const ipv4 = ipv4Of(pba);
  const rates = grantedRates(pba.options);
  return { prefixes: prefixes.filter((p) => p.length > 0), ...(ipv4 ? { ipv4 } : {}), ...(linkLocal && linkLocal !== '::' ? { linkLocal } : {}), ...(rates ? { rates } : {}), ...findSettings(pba.options) };
}

function ipv4Of(pba: BindingAcknowledgement): Ipv4Lease | undefined {
  const reply = find(pba.options, 'ipv4HomeAddressReply');
  const router = find(pba.options, 'ipv4DefaultRouter');
  if (!reply || reply.status >= 128 || !router) return undefined;
  return { address: reply.address, prefixLength: reply.prefixLength, router: router.address };
}
