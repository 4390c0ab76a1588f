/**
 * What an Access-Accept proves. Only the end of an EAP conversation proves anything: a request with nothing but a MAC can be made up by
 * any gateway. And only names that the server gives count: the outer identity is the phone's own word, which servers copy into the
 * User-Name of their Access-Accept unless they are told not to. So that one counts only where the operator says that it is proven. Pure.
 */
import { canonicalMac, type Mac } from '../../protocol/mac.ts';
import { valueOf, valuesOf, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { splitAvPair } from '../../protocol/radius/vendorSpecific.ts';
import type { Millis, Seconds } from '../../protocol/units.ts';
import { seconds } from '../../protocol/units.ts';
import { rememberProof, type Proof, type Proved } from '../lma/proof.ts';

/** RFC 3748 §4: code 3 */
const EAP_SUCCESS = '03';

export interface Accepted {
  /** MAG Identifier of the gateway through which it was asked. */
  readonly mag: string;
  readonly request: readonly RadiusAttribute[];
  readonly accept: readonly RadiusAttribute[];
}

export interface Acceptances {
  /** Undefined: it proves nothing. */
  prove(accepted: Accepted, at: Millis): Proved | undefined;
}

export interface AcceptancesOptions {
  /** Of servers that give no Session-Timeout. */
  readonly sessionTimeout: Seconds;
  /** The server's User-Name is the account that authenticated inside the tunnel, not the identity outside. */
  readonly trustUserName: boolean;
}

export function createAcceptances({ sessionTimeout, trustUserName }: AcceptancesOptions): Acceptances {
  /** By gateway, then by phone. */
  const known = new Map<string, Map<Mac, Proof>>();

  return {
    prove({ mag, request, accept }, at) {
      const linkLayerId = stationOf(request);
      if (linkLayerId === undefined) return undefined;
      const given = namesIn(accept, trustUserName);
      if (endsEap(accept)) {
        const lifetime = valueOf(accept, 'sessionTimeout') ?? sessionTimeout;
        if (given.length === 0) return undefined;
        rememberProof(known, mag, linkLayerId, { names: new Set(given), until: at + seconds(lifetime) }, at);
        return { kind: 'proved', mag, linkLayerId, names: given, lifetime };
      }
      // The profile of an account that was proved: its names are the account's too.
      const proof = known.get(mag)?.get(linkLayerId);
      const asked = valueOf(request, 'userName');
      if (!proof || proof.until <= at || asked === undefined || !proof.names.has(asked) || given.every((n) => proof.names.has(n))) return undefined;
      const names = new Set([...proof.names, ...given]);
      rememberProof(known, mag, linkLayerId, { names, until: proof.until }, at);
      return { kind: 'proved', mag, linkLayerId, names: [...names], lifetime: Math.ceil((proof.until - at) / 1000) };
    },
  };
}

function stationOf(request: readonly RadiusAttribute[]): Mac | undefined {
  const station = valueOf(request, 'callingStationId');
  try {
    return station === undefined ? undefined : canonicalMac(station);
  } catch {
    return undefined; // no MAC: a proof is about a phone
  }
}

const endsEap = (accept: readonly RadiusAttribute[]): boolean => valuesOf(accept, 'eapMessage').some((m) => m.startsWith(EAP_SUCCESS));

function namesIn(accept: readonly RadiusAttribute[], trustUserName: boolean): string[] {
  const pairs = valuesOf(accept, 'ciscoAvPair').flatMap((text) => {
    const pair = splitAvPair(text);
    return pair?.name === 'mn-nai' ? [pair.value.trim()] : [];
  });
  return [...new Set([...(trustUserName ? valuesOf(accept, 'userName') : []), ...valuesOf(accept, 'mobileNodeIdentifier'), ...pairs])];
}
