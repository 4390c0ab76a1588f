/**
 * Another LMA is assigned at run time (RFC 6463 §5.2): the PBA says where the session is, and from then on all traffic and all
 * signalling of the session go there. Only to an LMA that is configured, since only with those there is a key.
 */
import { discard } from '../../protocol/entity.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Entry, Outstanding, RequestKind } from './binding.ts';
import type { LmaPeer, MagConfig } from './config.ts';
import type { Context } from './state.ts';

/**
 * In the PBU that establishes a session. The RFC says that this is the one with HI 1; a gateway never knows whether its guest
 * comes from another home, so here it is any that asks for a session (HI 1, 2 or 4), and the LMA redirects only what it does not hold.
 */
export const offersRedirect = (config: MagConfig, entry: Entry, kind: RequestKind): boolean => config.redirect === true && kind === 'initial' && !entry.lessons.noRedirect;

/** Moves the entry to the LMA that the PBA names, if it names one, until the session ends. False: this gateway cannot go there. */
export function followRedirect(c: Context, entry: Entry, sent: Outstanding, pba: BindingAcknowledgement): boolean {
  const address = find(pba.options, 'redirect')?.address;
  if (address === undefined) return true;
  if (!sent.redirectable) {
    c.effects.push(discard('a Redirect option that was not asked for')); // ignored, the PBA counts (§5.2)
    return true;
  }
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const known = c.mag.config.lmas.find((l) => l[family] === address);
  // The transport's family never changes (§5.3): the binding there knows this care-of address and no other.
  if (!known || (sent.transport === 'ipv6') !== (family === 'ipv6')) {
    c.effects.push(discard(`the LMA redirects to ${address}, with which this gateway has no key`));
    entry.lessons = { ...entry.lessons, noRedirect: true };
    return false;
  }
  entry.assignedLma = onlyOver(known, family);
  entry.lma = entry.assignedLma;
  return true;
}

/** The LMA as it is reached over one family. */
export function onlyOver(lma: LmaPeer, family: 'ipv6' | 'ipv4'): LmaPeer {
  const { ipv6, ipv4, ...rest } = lma;
  return family === 'ipv6' ? { ...rest, ...(ipv6 ? { ipv6 } : {}) } : { ...rest, ...(ipv4 ? { ipv4 } : {}) };
}
