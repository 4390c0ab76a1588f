/**
 * What the cloud hears of one gateway: octets and messages a second, before anybody reads them. The broker's own limits leave room for
 * a long answer; for hours at that pace, or behind a broker that has none, one gateway would keep the cloud from hearing all others.
 */
import type { Millis } from '../../protocol/units.ts';
import { TOPIC_ROOT } from '../../runtime/fleet/topics.ts';
import { createThrottle } from './throttle.ts';

export interface Budget {
  readonly octetsPerSecond: number;
  readonly messagesPerSecond: number;
  /** So many seconds' worth at once, after some silence. */
  readonly seconds: number;
}

/** A gateway with a hundred handovers a second tells 30 kB; what a broker keeps of one is less than 1.5 MB. */
export const BUDGET: Budget = { octetsPerSecond: 65_536, messagesPerSecond: 20, seconds: 30 };
/** Keys that are remembered: with more the one that was silent longest begins anew. */
const MOST = 20_000;

/** @param now milliseconds of any clock. @returns false: it is too much */
export function createBudget({ octetsPerSecond, messagesPerSecond, seconds }: Budget, now: () => Millis): (key: string, octets: number) => boolean {
  const purses = new Map<string, { octets: number; messages: number; at: Millis }>();
  return (key, octets) => {
    const at = now();
    const purse = purses.get(key) ?? { octets: octetsPerSecond * seconds, messages: messagesPerSecond * seconds, at };
    // A clock that was set back locks nobody out.
    const passed = Math.max(0, at - purse.at) / 1000;
    purse.octets = Math.min(octetsPerSecond * seconds, purse.octets + passed * octetsPerSecond);
    purse.messages = Math.min(messagesPerSecond * seconds, purse.messages + passed * messagesPerSecond);
    purse.at = at;
    purses.delete(key);
    purses.set(key, purse);
    const [oldest] = purses.keys();
    if (purses.size > MOST && oldest !== undefined) purses.delete(oldest);
    if (purse.octets < octets || purse.messages < 1) return false;
    purse.octets -= octets;
    purse.messages -= 1;
    return true;
  };
}

/** Told once of one gateway in so long. */
const SILENT: Millis = 600_000;

/** For `createBus`: whether a message of this topic is read. What the cloud itself keeps at the broker always is, and claims have limits of their own. */
export function createHearing(now: () => Millis, onError: (error: Error) => void, budget: Budget = BUDGET): (topic: string, octets: number) => boolean {
  const take = createBudget(budget, now);
  const told = createThrottle(1, SILENT, now);
  return (topic, octets) => {
    if (!topic.startsWith(`${TOPIC_ROOT}/`)) return true;
    const [, , gateway = '', kind] = topic.split('/', 4);
    if ((gateway === 'claim' && kind === 'request') || kind === 'desired' || take(gateway, octets)) return true;
    if (told.take(gateway)) onError(new Error(`${gateway} tells more than ${budget.messagesPerSecond} messages or ${budget.octetsPerSecond} octets a second, and is not heard above that: look at it, and revoke it if it is not yours`));
    return false;
  };
}
