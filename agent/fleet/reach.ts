/** Which LMAs answer: seen by their answers, to whatever was asked. */
import type { Received } from '../../protocol/entity.ts';
import { BINDING_ERROR } from '../../protocol/mobility/codes.ts';
import type { Millis } from '../../protocol/units.ts';
import type { LmaPeer } from '../mag/config.ts';

/** Two questions a minute apart may go unanswered. */
const RECENT: Millis = 150_000;

export interface Reach {
  /** True: an LMA of the list answered with it. */
  heard(received: Received): boolean;
  all(): readonly { readonly id: string; readonly reachable: boolean }[];
  /** Of some LMA nothing was heard for so long. */
  quietFor(time: Millis): boolean;
}

export function createReach(lmas: () => readonly LmaPeer[], now: () => Millis): Reach {
  const last = new Map<string, Millis>();
  const since = (address: string | undefined): Millis => (address === undefined ? -Infinity : (last.get(address) ?? -Infinity));
  const heardAt = ({ ipv6, ipv4 }: LmaPeer): Millis => Math.max(since(ipv6), since(ipv4));

  return {
    heard({ from: { remote }, message }) {
      const answers =
        message.kind === 'bindingAcknowledgement' ||
        (message.kind === 'heartbeat' && message.flags.response && !message.flags.unsolicited) ||
        (message.kind === 'bindingError' && message.status === BINDING_ERROR.UNRECOGNIZED_MH_TYPE);
      if (!answers || !lmas().some((l) => l.ipv6 === remote || l.ipv4 === remote)) return false;
      last.set(remote, now());
      for (const address of last.keys()) if (since(address) < now() - RECENT) last.delete(address);
      return true;
    },
    all: () => lmas().map((l) => ({ id: l.id, reachable: heardAt(l) >= now() - RECENT })),
    quietFor: (time) => lmas().some((l) => heardAt(l) < now() - time),
  };
}
