/** What an operator can do about what the anchor refused. */
import { STATUS } from '../../protocol/mobility/codes.ts';

/** By the reason that is counted. */
const DISCARDED: Readonly<Record<string, string>> = {
  'unknown peer': 'no row of mobile-access-gateways has its MAG Identifier, or it sent none: add the gateway with its key, or find out who sends',
  'authentication failed': 'its key is not the one configured here: compare the key of this gateway in both configurations',
  unauthenticated: 'authentication is required, and it did not sign: give the gateway a key',
  'unknown-mag': 'no row of mobile-access-gateways has its MAG Identifier: add it',
  'dismissed-mag': 'this gateway was dismissed (show ipv6 mobile pmipv6 lma gateways): admit it again if that was a mistake',
  'unknown-mag-address': 'no gateway without a key has this address: add it to the addresses of one, or give it a key',
  'mag-address-not-allowed': 'the gateway may not send from there: extend its addresses, or ask who has its key',
  'source-not-unicast': 'no gateway has such an address: somebody forges packets; filter them at the edge',
  'care-of-address-not-unicast': 'the gateway names a care-of address that nobody can have: look at its address and uplink',
  'not-proxy': 'it speaks plain Mobile IPv6, which is not served here',
  'no-home-agent': 'it speaks plain Mobile IPv6, which is not served here',
  'unknown-type': 'it sends a Mobility Header of a type that this version does not know: compare versions',
  'de-registration-without-session': 'the session had ended already: nothing, unless it happens often',
  'de-registration-of-another-mag': 'the phone is at another gateway by now: nothing, unless it happens often',
  'stored-binding': 'the store holds what the configuration no longer allows: compare pools and APNs with those of the last run',
  'bra-without-bri': 'an answer that came twice or too late: nothing, unless it happens often',
  'store-behind': 'the store takes longer than gateways wait: look at its disk or its server; gateways ask again by themselves',
  'too-many-revocations': 'gateways do not answer revocations: look whether they are reached',
};

/** By status. */
const REFUSED: Readonly<Record<number, string>> = {
  [STATUS.ADMINISTRATIVELY_PROHIBITED]: 'accept-forced-udp-encapsulation is off, and the gateway insists on it',
  [STATUS.INSUFFICIENT_RESOURCES]: 'a pool, the path table or maximum-bindings is full: look at show lma statistics, enlarge the pool or raise maximum-bindings',
  [STATUS.SERVICE_AUTHORIZATION_FAILED]: 'the service asked for is no APN here, or not among the services of this node: compare apns and nodes with the profile at the gateway',
  [STATUS.PROXY_REG_NOT_ENABLED]: 'nodes says pmipv6: false for this node',
  [STATUS.NOT_LMA_FOR_THIS_MOBILE_NODE]: 'no row of nodes matches this node: add one, or send its gateway to another LMA',
  [STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG]: 'nodes of this gateway do not include the subscriber: extend them, or ask why it is there; with access-proof the RADIUS server has not named this subscriber for this phone behind this gateway (trust-user-name)',
  [STATUS.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX]: 'the prefix asked for is of no pool here, or static allocation is off (allow-static-allocation)',
  [STATUS.TIMESTAMP_MISMATCH]: 'the clocks of gateway and anchor differ, or the PBU came twice: look at NTP on both',
  [STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED]: 'two gateways with different clocks served this node: look at NTP on both',
  [STATUS.GRE_KEY_OPTION_REQUIRED]: 'gre-key is required, and the gateway sent none: update it, or set gre-key: optional',
  [STATUS.NOT_AUTHORIZED_FOR_IPV4_MOBILITY_SERVICE]: 'the APN has no ip-pool, or nodes says ipv4: false for this node',
  [STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS]: 'the address asked for is of no pool here, is held by another subscriber, or static allocation is off (allow-static-allocation)',
  [STATUS.NOT_AUTHORIZED_FOR_IPV6_MOBILITY_SERVICE]: 'the APN has no ipv6-pool, or nodes says ipv6: false for this node',
};

const MALFORMED = 'it sends what is no Mobility Header: capture it (roamstead capture host ADDRESS to FILE) and look at it with Wireshark';

export const adviceForDiscard = (reason: string): string | undefined => (reason.startsWith('malformed') ? MALFORMED : DISCARDED[reason]);
/** Undefined for a status that says itself what is wrong with the message. */
export const adviceForStatus = (status: number): string | undefined => REFUSED[status];
