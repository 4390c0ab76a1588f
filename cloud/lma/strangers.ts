/** Answers to whoever is no authenticated MAG: to unicast sources only, and few (RFC 6275 §9.3.3). */
import { ANY_IPV6, isUnicastIp } from '../../protocol/address.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import { BINDING_ERROR, STATUS } from '../../protocol/mobility/codes.ts';
import { noAcknowledgementFlags, type BindingUpdate, type MobilityMessage } from '../../protocol/mobility/messages.ts';
import { drop, send, type Step } from './state.ts';

/** As many at once, and as many each second. */
export const STRANGER_RATE = 10;

export function answerStranger(step: Step, to: Endpoint, reason: string, message: MobilityMessage): void {
  drop(step, reason);
  if (!isUnicastIp(to.remote)) return;
  const { strangers } = step.lma;
  strangers.left = Math.min(STRANGER_RATE, strangers.left + ((step.now.at - strangers.at) * STRANGER_RATE) / 1000);
  strangers.at = step.now.at;
  if (strangers.left < 1) return;
  strangers.left -= 1;
  send(step, to, undefined, message);
}

export const unrecognized = (): MobilityMessage => ({ kind: 'bindingError', status: BINDING_ERROR.UNRECOGNIZED_MH_TYPE, homeAddress: ANY_IPV6, options: [] });

/** P=0 and H=1: plain Mobile IPv6, which no home agent serves here. */
export const noHomeAgent = (update: BindingUpdate): MobilityMessage => ({
  kind: 'bindingAcknowledgement',
  status: STATUS.HOME_REGISTRATION_NOT_SUPPORTED,
  flags: noAcknowledgementFlags,
  sequence: update.sequence,
  lifetime: 0,
  options: [],
});
