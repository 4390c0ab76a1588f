/** Gateways that wait for their code to be typed: who they are and why one of them cannot be taken. In memory: each asks again every half a minute. */
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { PendingClaim } from '../api/resources/homes.ts';

export interface Waiting extends PendingClaim {
  readonly code: string;
  /** As it came: the same again needs no proof. */
  readonly request: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

export interface PendingClaims {
  get(gateway: GatewayId): Waiting | undefined;
  byCode(code: string): readonly Waiting[];
  all(): readonly Waiting[];
  /** With too many, the one that asked least recently is forgotten: it will ask again, what an attacker made up will not. */
  put(waiting: Waiting): void;
  remove(gateway: GatewayId): void;
  /** Why neither of two can be taken; undefined: nothing speaks against it. */
  conflict(waiting: Pick<Waiting, 'gateway' | 'code' | 'identity'>): string | undefined;
  expire(): void;
}

const MOST = 5000;
const EXPIRES = 86_400_000;
/** A twin that has not asked for so long is gone: refused gateways ask every ten minutes. */
const TWIN = 1_800_000;

export function createPendingClaims(now: () => number): PendingClaims {
  const claims = new Map<GatewayId, Waiting>();
  /** Gateways by code and by identity: a stranger may send thousands. */
  const codes = new Map<string, Set<GatewayId>>();
  const identities = new Map<string, Set<GatewayId>>();
  const found = (gateways: Iterable<GatewayId> = []): Waiting[] => [...gateways].flatMap((gateway) => claims.get(gateway) ?? []);

  function remove(gateway: GatewayId): void {
    const claim = claims.get(gateway);
    if (!claim) return;
    claims.delete(gateway);
    leave(codes, claim.code, gateway);
    leave(identities, claim.identity, gateway);
  }

  return {
    get: (gateway) => claims.get(gateway),
    byCode: (code) => found(codes.get(code)),
    all: () => [...claims.values()],
    put(waiting) {
      remove(waiting.gateway);
      claims.set(waiting.gateway, waiting);
      enter(codes, waiting.code, waiting.gateway);
      enter(identities, waiting.identity, waiting.gateway);
      const [oldest] = claims.keys();
      if (claims.size > MOST && oldest !== undefined) remove(oldest);
    },
    remove,
    conflict({ gateway, code, identity }) {
      const isTwin = (c: Waiting): boolean => c.gateway !== gateway && now() - c.lastSeen < TWIN;
      if (found(codes.get(code)).some(isTwin)) return 'another gateway shows the same code: remove the state directory of one of the two and start it again';
      if (found(identities.get(identity)).some(isTwin)) return `another gateway that waits has the identity ${identity}, too: give one of the two another one in its configuration`;
      return undefined;
    },
    expire() {
      for (const { gateway, lastSeen } of claims.values()) if (now() - lastSeen >= EXPIRES) remove(gateway);
    },
  };
}

type Index = Map<string, Set<GatewayId>>;
const enter = (index: Index, key: string, gateway: GatewayId): void => void index.set(key, (index.get(key) ?? new Set()).add(gateway));
function leave(index: Index, key: string, gateway: GatewayId): void {
  const gateways = index.get(key);
  gateways?.delete(gateway);
  if (gateways?.size === 0) index.delete(key);
}
