/** A PBA goes back the way its PBU came: to the packet's source, also with an Alternate Care-of Address (RFC 5213 §5.3.6), and to the anchor that asked for a gateway. */
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { describeStatus, statusCounter } from '../../protocol/mobility/codes.ts';
import { transition } from '../../protocol/entity.ts';
import { refusingPba, type Refusal } from './acknowledgement.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { Request } from './request.ts';
import { send, type Step } from './state.ts';
import { count } from './statistics.ts';

export function answer(step: Step, request: Request, pba: BindingAcknowledgement): void {
  count(step.lma.statistics.pba, statusCounter(pba.status));
  const { endpoint, peer } = request.answerTo ?? { endpoint: request.from, peer: request.peer };
  send(step, endpoint, peer, pba);
}

/** Refuses, changing nothing; `entry` is the session that goes on as it was, if there is one. */
export function refuse(step: Step, request: Request, refusal: Refusal, entry?: BindingCacheEntry): void {
  const state = entry?.state ?? 'NONE';
  step.effects.push(
    transition(step.now, {
      entity: 'lma',
      subject: request.mnId?.identifier ?? 'a node without identifier',
      ...(request.linkLayerId === undefined ? {} : { linkLayerId: request.linkLayerId }),
      from: state,
      to: state,
      reason: `refused: ${describeStatus(refusal.status)}`,
      ...(request.timestamp === undefined ? {} : { exchange: String(request.timestamp) }),
      detail: { status: refusal.status, careOf: request.proxyCoa, lifetime: request.message.lifetime, ...(request.handoff === undefined ? {} : { handoff: request.handoff }), ...(request.peer === undefined ? {} : { mag: request.peer }) },
    }),
  );
  answer(step, request, refusingPba(request, refusal));
}
