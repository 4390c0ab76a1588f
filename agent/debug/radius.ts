/** `debug radius`: packets with their attributes by the table. What authenticates anybody is never shown, what names a subscriber is veiled. */
import { canonicalMac, formatHex } from '../../protocol/mac.ts';
import { spaced, type Veil } from '../../protocol/print.ts';
import { radiusAttributes, type AttributeKind, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ACCT_STATUS_TYPE, CODE, ERROR_CAUSE, nameIn, TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import type { RadiusPacket } from '../../protocol/radius/packet.ts';
import { splitAvPair } from '../../protocol/radius/vendorSpecific.ts';
import type { Debug } from '../../runtime/debug.ts';
import type { OnPacket } from '../../runtime/radius/types.ts';

export const RADIUS = 'radius';

/** For `onPacket` of the RADIUS client and of dynamic authorization. */
export const radiusDebug =
  (debug: Debug<typeof RADIUS>, veil: Veil): OnPacket =>
  (direction, packet, peer) => {
    if (debug.on(RADIUS)) debug.say(RADIUS, () => radiusLines(direction, packet, peer, veil));
  };

/** As IOS prints it: `RADIUS: Send ACCESS_REQUEST to 203.0.113.115:1812 id 5`, then a line for each attribute. */
export const radiusLines = (direction: 'in' | 'out', p: RadiusPacket, peer: string, veil: Veil): string[] => [
  `RADIUS: ${direction === 'out' ? 'Send' : 'Received'} ${nameIn(CODE, p.code)} ${direction === 'out' ? 'to' : 'from'} ${peer} id ${p.identifier}`,
  ...p.attributes.map((a) => `RADIUS:   ${nameOf(a)}: ${valueOf(a, veil)}`),
];

function nameOf(a: RadiusAttribute): string {
  switch (a.kind) {
    case 'unknown':
      return `attribute (${a.type})`;
    case 'ciscoAvPair':
      return 'cisco avpair (26)';
    case 'vendorSpecific':
      return `vendor ${a.value.vendor}${a.value.type === undefined ? '' : ` type ${a.value.type}`} (26)`;
    default:
      return `${spaced(a.kind)} (${radiusAttributes[a.kind].type})`;
  }
}

/** Passwords, what proves a secret, and EAP with the identity in it. */
const HIDDEN: ReadonlySet<AttributeKind> = new Set(['userPassword', 'messageAuthenticator', 'eapMessage']);
/** An account or a phone; `state` and `class` are the server's own, and some put the account into them. */
const NAMES: ReadonlySet<AttributeKind> = new Set(['userName', 'chargeableUserIdentity', 'mobileNodeIdentifier', 'state', 'class', 'acctSessionId', 'acctMultiSessionId', 'proxyState']);
const NUMBERS: Readonly<Partial<Record<AttributeKind, Readonly<Record<string, number>>>>> = { acctStatusType: ACCT_STATUS_TYPE, acctTerminateCause: TERMINATE_CAUSE, errorCause: ERROR_CAUSE };

function valueOf(a: RadiusAttribute, veil: Veil): string {
  if (a.kind === 'unknown') return veiledOctets(a.value, veil);
  // Vendors carry keys and passwords in theirs (MS-MPPE-Recv-Key, RFC 2548).
  if (a.kind === 'vendorSpecific') return `(${a.value.data.length} octets)`;
  if (a.kind === 'ciscoAvPair') return avPair(a.value, veil);
  if (a.kind === 'callingStationId') return veil(asMac(a.value));
  const { kind, value } = a;
  if (typeof value === 'object') return Object.values(value).toReversed().join('/');
  if (HIDDEN.has(kind)) return '(not shown)';
  if (NAMES.has(kind)) return veil(String(value));
  const table = NUMBERS[kind];
  return table && typeof value === 'number' ? `${value} ${nameIn(table, value)}` : String(value);
}

const PLAIN_PAIRS = /^(?:mn-service|mn-apn|home-lma(?:-ipv[46]-address)?|cisco-mpc-protocol-interface)$/;

function avPair(pair: string, veil: Veil): string {
  const parts = splitAvPair(pair);
  if (!parts) return '(not a pair)';
  if (/password|secret|key/i.test(parts.name)) return `${parts.name}=(hidden)`;
  return PLAIN_PAIRS.test(parts.name) ? pair : `${parts.name}=${veil(parts.value)}`;
}

/** One pseudonym for a phone, however its MAC is spelled. */
function asMac(text: string): string {
  try {
    return canonicalMac(text);
  } catch {
    return text;
  }
}

const veiledOctets = (octets: Uint8Array, veil: Veil): string => (octets.length === 0 ? 'empty' : veil(formatHex(octets)));
