/** What both ends do with a Binding Revocation Indication (RFC 5846 §6.1, §6.2): the checks that come first, and the form of the answer. */
import { REVOCATION_STATUS as RS, TRIGGER } from './codes.ts';
import type { BindingRevocationAcknowledgement, BindingRevocationIndication } from './messages.ts';

const KNOWN_TRIGGERS: ReadonlySet<number> = new Set(Object.values(TRIGGER));

/** The status that refuses it whatever it is about: unknown trigger, one that does not fit G, or no proxy binding. */
export function refuseRevocation({ trigger, flags }: BindingRevocationIndication): number | undefined {
  if (!KNOWN_TRIGGERS.has(trigger)) return RS.TRIGGER_NOT_SUPPORTED;
  if (flags.global !== trigger >= TRIGGER.PER_PEER_POLICY) return RS.FUNCTION_NOT_SUPPORTED;
  return flags.proxy ? undefined : RS.BINDING_DOES_NOT_EXIST;
}

/** Sequence and flags copied (§6.1.2); which node or group (RFC 6602 §5.2.3), and on failure which of its prefixes. */
export const revocationAnswer = (bri: BindingRevocationIndication, status: number): BindingRevocationAcknowledgement => ({
  kind: 'bindingRevocationAcknowledgement',
  status,
  sequence: bri.sequence,
  flags: bri.flags,
  options: bri.options.filter((o) => o.kind === 'mnIdentifier' || o.kind === 'mobileNodeGroupIdentifier' || (status !== RS.SUCCESS && o.kind === 'homeNetworkPrefix')),
});
