/**
 * What RFC 5176 asks of this gateway: Disconnect ends a binding and sends the phone away, CoA has the station's profile asked for at
 * once. A session is named by whatever identifies it; of several attributes all have to fit (§3). Who may ask, and whether it is
 * genuine, was examined before (runtime/radius).
 */
import { canonicalMac, type Mac } from '../../protocol/mac.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ERROR_CAUSE } from '../../protocol/radius/codes.ts';
import type { DynamicAnswer, DynamicRequest } from '../../runtime/radius/types.ts';
import type { Entry } from '../mag/binding.ts';
import type { BindingUpdateList } from '../mag/bindingUpdateList.ts';
import { userNameOf } from './accessRequest.ts';
import type { Grant } from './grant.ts';

export interface DynamicRequestOptions {
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly grantOf: (mac: Mac) => Grant | undefined;
  /** Acct-Session-Id */
  readonly sessionOf: (mac: Mac) => string | undefined;
  readonly interfaceName: (device: string) => string;
  /** The session ends. */
  readonly disconnect: (mac: Mac) => void;
  /** The profile is asked for. False: it does not come from RADIUS. */
  readonly reconcile: (mac: Mac) => boolean;
}

/** What stands in a request besides the names of a session: the NAS's own names, the envelope, words for people. */
const BESIDES: ReadonlySet<RadiusAttribute['kind']> = new Set(['nasIdentifier', 'nasIpAddress', 'nasIpv6Address', 'nasPortType', 'eventTimestamp', 'messageAuthenticator', 'proxyState', 'state', 'class', 'replyMessage', 'calledStationId', 'acctTerminateCause']);

export function createDynamicRequests(o: DynamicRequestOptions): (request: DynamicRequest) => DynamicAnswer {
  /** undefined: the attribute names no session. */
  function names(a: RadiusAttribute, e: Entry): boolean | undefined {
    switch (a.kind) {
      case 'userName':
        return [userNameOf(e), e.profile?.nai, o.grantOf(e.mac)?.userName].includes(a.value);
      case 'callingStationId':
        return sameMac(a.value, e.mac);
      case 'chargeableUserIdentity':
        return o.grantOf(e.mac)?.cui === a.value;
      case 'acctSessionId':
        return o.sessionOf(e.mac) === a.value;
      case 'framedIpAddress':
        return e.assigned.ipv4?.address === a.value;
      case 'framedIpv6Prefix':
        return e.assigned.prefixes.some((p) => p.address === a.value.prefix && p.length === a.value.prefixLength);
      case 'nasPortId':
        return o.interfaceName(e.interface) === a.value;
      case 'mobileNodeIdentifier':
        return e.profile?.nai === a.value;
      default:
        return undefined;
    }
  }

  return ({ kind, attributes }) => {
    const nak = (errorCause: number): DynamicAnswer => ({ kind: 'nak', errorCause });
    const naming = attributes.filter((a) => NAMING.has(a.kind));
    // A change that is not carried out must not be acknowledged (§3); a word to the session's own ears is none.
    if (attributes.some((a) => !NAMING.has(a.kind) && !BESIDES.has(a.kind) && !isCommand(a))) return nak(ERROR_CAUSE.UNSUPPORTED_ATTRIBUTE);
    // An interface alone names whoever is on it, and nobody in particular.
    if (naming.every((a) => a.kind === 'nasPortId')) return nak(ERROR_CAUSE.MISSING_ATTRIBUTE);
    // Also who is being de-registered: another session of the same phone may follow.
    const macs = [...o.list.byMac.values()].filter((e) => naming.every((a) => names(a, e))).map((e) => e.mac);
    if (macs.length === 0) return nak(ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND);
    if (kind === 'coa') return macs.filter(o.reconcile).length > 0 ? { kind: 'ack' } : nak(ERROR_CAUSE.UNSUPPORTED_SERVICE);
    macs.forEach(o.disconnect);
    return { kind: 'ack' };
  };
}

const NAMING: ReadonlySet<RadiusAttribute['kind']> = new Set(['userName', 'callingStationId', 'chargeableUserIdentity', 'acctSessionId', 'framedIpAddress', 'framedIpv6Prefix', 'nasPortId', 'mobileNodeIdentifier']);

/** Portals say `subscriber:command=reauthenticate` beside the session's name. */
const isCommand = (a: RadiusAttribute): boolean => a.kind === 'ciscoAvPair' && /^(?:subscriber:|audit-session-id=)/.test(a.value);

/** In any usual spelling. */
function sameMac(text: string, mac: Mac): boolean {
  try {
    return canonicalMac(text) === mac;
  } catch {
    return false;
  }
}
