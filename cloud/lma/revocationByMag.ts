/** A gateway gives up all of its sessions at once, before it reboots (RFC 5846 §8.2): one Binding Revocation Indication with G. */
import type { Received } from '../../protocol/entity.ts';
import { REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { refuseRevocation, revocationAnswer } from '../../protocol/mobility/revocation.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { MagConfig } from './config.ts';
import { release } from './deregistration.ts';
import { isAboutGroup, membersOf } from './group.ts';
import { save } from './session.ts';
import { send, type Step } from './state.ts';
import { count } from './statistics.ts';

export function onRevocation(step: Step, received: Received, bri: BindingRevocationIndication, mag: MagConfig): void {
  const status = refuseRevocation(bri) ?? (isAboutGroup(bri.options) ? releaseGroup(step, received, bri, mag) : (refuseGateway(bri, mag) ?? releaseAll(step, received, bri, mag)));
  count(step.lma.statistics['pbri-received'], status);
  send(step, received.from, received.peer, revocationAnswer(bri, status));
}

/** Gateways revoke in bulk or not at all, in their own name, and only if they may. */
function refuseGateway(bri: BindingRevocationIndication, mag: MagConfig): number | undefined {
  if (!bri.flags.global) return RS.FUNCTION_NOT_SUPPORTED;
  const mn = find(bri.options, 'mnIdentifier');
  const inItsName = mn?.subtype === NAI && mn.identifier === mag.id;
  return bri.trigger === TRIGGER.PER_PEER_POLICY && mag.bulkRevocation !== false && inItsName ? undefined : RS.GLOBAL_REVOCATION_NOT_AUTHORIZED;
}

/**
 * What the gateway registered from the packet's source, or from the Alternate Care-of Address (§8.2); not what another one did
 * behind the same NAT. As after a de-registration the addresses wait for their nodes a while.
 */
function releaseAll(step: Step, { from, peer }: Received, bri: BindingRevocationIndication, mag: MagConfig): number {
  const address = (from.transport === 'ipv6' && find(bri.options, 'alternateCareOfAddress')?.address) || from.remote;
  if (step.lma.policy.mag(peer, address) !== mag) return RS.BINDING_DOES_NOT_EXIST;
  const theirs = [...step.lma.cache.ofProxyCoa(address)].filter((e) => e.mag === peer && !isReplay(bri, e));
  for (const entry of theirs) {
    release(step, entry, 'given up by its gateway, which goes down');
    save(step, entry);
  }
  return theirs.length > 0 ? RS.SUCCESS : RS.BINDING_DOES_NOT_EXIST;
}

/** All of a group of the gateway's (RFC 6602 §5.2.3). */
function releaseGroup(step: Step, received: Received, bri: BindingRevocationIndication, mag: MagConfig): number {
  if (mag.bulkRevocation === false) return RS.GLOBAL_REVOCATION_NOT_AUTHORIZED;
  const theirs = membersOf(step.lma, received, bri.options).filter((e) => !isReplay(bri, e));
  for (const entry of theirs) {
    release(step, entry, 'given up by its gateway, with its group');
    save(step, entry);
  }
  return theirs.length > 0 ? RS.SUCCESS : RS.BINDING_DOES_NOT_EXIST;
}

/** Recorded before the gateway registered this session, and played again: both times are of the gateway's own clock. */
function isReplay(bri: BindingRevocationIndication, entry: BindingCacheEntry): boolean {
  const told = find(bri.options, 'timestamp')?.timestamp;
  return told !== undefined && told < entry.timestamp;
}
