/**
 * Neighbour discovery apart from router advertisements: the gateway answers for its link-local address and for nothing
 * else, since nobody but the phone lives in its prefixes; and it learns which addresses the phone uses.
 */
import { ANY_IPV6, MAG_MAC, inPrefix, isLinkLocal, isMulticastIpv6, type Ipv6 } from '../../protocol/address.ts';
import { ALL_NODES, type NeighbourMessage } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { Neighbour } from './frame.ts';
import type { Session } from './session.ts';

/** Privacy addresses come and go; the newest are the ones that answer. */
const MOST_ADDRESSES = 8;

/** The advertisement that a solicitation deserves and where it goes; undefined = it is not for the gateway. */
export function answerSolicitation({ message, source }: Neighbour, session: Session): { message: NeighbourMessage; destination: Ipv6 } | undefined {
  if (message.kind !== 'neighbourSolicitation' || message.target !== session.linkLocal) return undefined;
  // From nobody: the phone checks whether it may take that address (RFC 4862 §5.4.3). It may not.
  const solicited = source !== ANY_IPV6;
  return {
    message: {
      kind: 'neighbourAdvertisement',
      flags: { router: true, solicited, override: true },
      target: message.target,
      options: [{ kind: 'targetLinkLayerAddress', address: MAG_MAC }],
    },
    destination: solicited ? source : ALL_NODES,
  };
}

/** The address that a message shows to be the phone's, if any: its source, what it checks, what it advertises. */
function addressShown({ message, source }: Neighbour): Ipv6 | undefined {
  if (message.kind === 'neighbourAdvertisement') return message.target;
  if (source !== ANY_IPV6) return source;
  return message.kind === 'neighbourSolicitation' ? message.target : undefined;
}

/** Whether an address can be the phone's: link-local, or in one of its home network prefixes. */
export const canBeThePhones = (address: Ipv6, session: Session): boolean =>
  address !== session.linkLocal && !isMulticastIpv6(address) && (isLinkLocal(address) || session.prefixes.some((p) => inPrefix(address, p)));

/** The phone's addresses with what this message shows, the newest first. */
export function learn(known: readonly Ipv6[], heard: Neighbour, session: Session): readonly Ipv6[] {
  const address = addressShown(heard);
  if (address === undefined || !canBeThePhones(address, session)) return known;
  return [address, ...known.filter((a) => a !== address)].slice(0, MOST_ADDRESSES);
}
