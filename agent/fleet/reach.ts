/** Which LMAs answer: seen by their answers, to whatever was asked. */
import type { Received } from '../../protocol/entity.ts';
import { BINDING_ERROR } from '../../protocol/mobility/codes.ts';
import { wallAt, type Millis, type Now, type UnixMillis } from '../../protocol/units.ts';
import type { LmaPeer } from '../mag/config.ts';

/** Two questions a minute apart may go unanswered. */
const RECENT: Millis = 150_000;

export interface Reached {
  readonly id: string;
  readonly reachable: boolean;
}

export interface Reach {
  /** True: an LMA of the list answered with it. */
  heard(received: Received): boolean;
  all(): readonly Reached[];
  /** Since when it answers, or when it did for the last time; undefined: never yet. */
  since(id: string): UnixMillis | undefined;
  /** Of some LMA nothing was heard for so long. */
  quietFor(time: Millis): boolean;
}

interface Answers {
  /** The first of those that came without a long silence between them, and the last. */
  readonly from: Millis;
  readonly to: Millis;
}

const NEVER: Answers = { from: -Infinity, to: -Infinity };

export function createReach(lmas: () => readonly LmaPeer[], now: () => Now): Reach {
  const answers = new Map<string, Answers>();
  const of = (address: string | undefined): Answers => (address === undefined ? NEVER : (answers.get(address) ?? NEVER));
  /** Of the address that answered last. */
  const heardAt = ({ ipv6, ipv4 }: LmaPeer): Answers => (of(ipv6).to >= of(ipv4).to ? of(ipv6) : of(ipv4));
  const recent = (l: LmaPeer): boolean => heardAt(l).to >= now().at - RECENT;

  return {
    heard({ from: { remote }, message }) {
      const isAnswer =
        message.kind === 'bindingAcknowledgement' ||
        (message.kind === 'heartbeat' && message.flags.response && !message.flags.unsolicited) ||
        (message.kind === 'bindingError' && message.status === BINDING_ERROR.UNRECOGNIZED_MH_TYPE);
      if (!isAnswer || !lmas().some((l) => l.ipv6 === remote || l.ipv4 === remote)) return false;
      const { at } = now();
      const { from, to } = of(remote);
      answers.set(remote, { from: to >= at - RECENT ? from : at, to: at });
      for (const address of answers.keys()) if (!lmas().some((l) => l.ipv6 === address || l.ipv4 === address)) answers.delete(address);
      return true;
    },
    all: () => lmas().map((l) => ({ id: l.id, reachable: recent(l) })),
    since(id) {
      const lma = lmas().find((l) => l.id === id);
      if (!lma) return undefined;
      const { from, to } = heardAt(lma);
      return to === -Infinity ? undefined : wallAt(recent(lma) ? from : to, now());
    },
    quietFor: (time) => lmas().some((l) => heardAt(l).to < now().at - time),
  };
}
