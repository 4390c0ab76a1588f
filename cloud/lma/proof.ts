/**
 * Who proved to be behind which gateway. Every gateway stands in a stranger's house and holds a valid key, so its word alone brings no
 * subscriber who authenticates: the operator's server must have accepted that phone through that gateway (cloud/aaa sees it), and not
 * longer ago than the session it granted. Phones that are known by their MAC alone prove nothing; policy decides (`access-proof`).
 */
import type { Mac } from '../../protocol/mac.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import { seconds, type Millis, type Now, type Seconds } from '../../protocol/units.ts';
import type { MagConfig } from './config.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { deregisters, type MnIdentifier, type Request } from './request.ts';

/** The operator's server accepted this phone through this gateway. */
export interface Proved {
  readonly kind: 'proved';
  /** MAG Identifier. */
  readonly mag: string;
  readonly linkLayerId: Mac;
  /** NAIs that the server gave, without the tags of devices. */
  readonly names: readonly string[];
  readonly lifetime: Seconds;
}

export interface Proof {
  readonly names: ReadonlySet<string>;
  readonly until: Millis;
}

/** By gateway, then by phone, in the order in which they came. */
export type Proofs = Map<string, Map<Mac, Proof>>;

/** Phones of one gateway. It can make up addresses for one account that it has, and fills nobody's room but its own. */
const MOST_OF_A_GATEWAY = 1024;

export const prove = (proofs: Proofs, { mag, linkLayerId, names, lifetime }: Proved, { at }: Now): void =>
  rememberProof(proofs, mag, linkLayerId, { names: new Set(names.map(lower)), until: at + seconds(lifetime) }, at);

/** What ended is forgotten, and the oldest where there are too many. */
export function rememberProof(proofs: Proofs, mag: string, linkLayerId: Mac, proof: Proof, at: Millis): void {
  const own = proofs.get(mag) ?? new Map<Mac, Proof>();
  own.delete(linkLayerId);
  proofs.set(mag, own.set(linkLayerId, proof));
  for (const [oldest, { until }] of own) {
    if (until > at && own.size <= MOST_OF_A_GATEWAY) break;
    own.delete(oldest);
  }
}

/** Refused for want of a proof. The gateway that holds a session needs none to keep it; none is needed to end one. */
export function lacksProof(proofs: Proofs, request: Request, mag: MagConfig, session: BindingCacheEntry | undefined, now: Now): boolean {
  if (deregisters(request)) return false;
  if (session?.state === 'ACTIVE' && session.mag === mag.id) return false;
  return !isProven(proofs, mag.id, request, now);
}

function isProven(proofs: Proofs, mag: string, { mnId, linkLayerId }: Request, { at }: Now): boolean {
  if (!mnId || linkLayerId === undefined) return false;
  const proof = proofs.get(mag)?.get(linkLayerId);
  return proof !== undefined && proof.until > at && accountsOf(mnId).some((name) => proof.names.has(name));
}

/** `alice+0024d78e21a4@home.example` is a device of `alice@home.example`: tags are pairs of hexadecimal digits. */
const TAG = /^(.+)\+(?:[0-9a-f]{2})+(@.*)?$/;

function accountsOf({ subtype, identifier }: MnIdentifier): string[] {
  const name = lower(identifier);
  const [, user, realm = ''] = (subtype === NAI && TAG.exec(name)) || [];
  return user === undefined ? [name] : [name, user + realm];
}

const lower = (text: string): string => text.toLowerCase();
