/**
 * Who may write and read what: one table for both brokers, in the pattern words of Mosquitto's ACL file. `%u` is the CN of the
 * certificate, `%c` the client id. The cloud may do everything.
 */
import { CONCERNS, TOPIC_ROOT, topics } from '../../runtime/fleet/topics.ts';
import type { Peer } from './ports.ts';
import { covers, matches } from './topicFilter.ts';

export interface AclRow {
  readonly role: 'gateway' | 'claim';
  readonly access: 'write' | 'read';
  readonly pattern: string;
  /** May be kept by the broker: whatever else were, one gateway could fill it with topics. */
  readonly retained?: true;
}

const own = '%u';
export const ACL: readonly AclRow[] = [
  { role: 'gateway', access: 'write', pattern: topics.state(own), retained: true },
  ...CONCERNS.map((concern) => ({ role: 'gateway', access: 'write', pattern: topics.reported(own, concern), retained: true }) as const),
  { role: 'gateway', access: 'write', pattern: topics.heartbeat(own) },
  { role: 'gateway', access: 'write', pattern: topics.commandResult(own, '+') },
  { role: 'gateway', access: 'write', pattern: topics.event(own) },
  { role: 'gateway', access: 'write', pattern: topics.telemetry(own, '+') },
  { role: 'gateway', access: 'write', pattern: topics.enrol(own) },
  { role: 'gateway', access: 'read', pattern: `${TOPIC_ROOT}/${own}/desired/#` },
  { role: 'gateway', access: 'read', pattern: `${TOPIC_ROOT}/${own}/cmd/#` },
  { role: 'gateway', access: 'read', pattern: topics.enrolled(own) },
  // With %u instead of `claim`, Mosquitto's pattern is of use to no gateway.
  { role: 'claim', access: 'write', pattern: topics.claimRequest('%c').replace('/claim/', '/%u/') },
  { role: 'claim', access: 'read', pattern: topics.claimResponse('%c').replace('/claim/', '/%u/') },
];

export type Who = Pick<Peer, 'role' | 'name'> & { readonly clientId: string };

/** @returns why not, or undefined */
export function whyNotPublish(who: Who, topic: string, retain: boolean): string | undefined {
  if (topic.startsWith('$')) return 'topics that begin with $ are the broker\'s';
  if (who.role === 'cloud') return undefined;
  const row = rows(who, 'write').find(({ pattern }) => matches(pattern, topic));
  if (!row) return who.role === 'claim' ? 'a claim credential can do nothing but claim' : 'a gateway writes under its own name, and nothing but what the fleet\'s topics are';
  return retain && row.retained === undefined ? 'nothing is kept of this topic' : undefined;
}

/** @returns why not, or undefined */
export function whyNotSubscribe(who: Who, filter: string): string | undefined {
  if (who.role === 'cloud') return filter.startsWith('$') ? 'topics that begin with $ are the broker\'s' : undefined;
  if (rows(who, 'read').some(({ pattern }) => covers(pattern, filter))) return undefined;
  return who.role === 'claim' ? 'a claim credential can do nothing but claim' : 'a gateway reads desired, cmd and enrolled of its own name';
}

/** A client id that is a wildcard would be one in the pattern, too. */
const WILD = /[+#/]/;

const rows = (who: Who, access: AclRow['access']): AclRow[] =>
  WILD.test(who.clientId) ? [] : ACL.filter((row) => row.role === who.role && row.access === access).map((row) => ({ ...row, pattern: row.pattern.replace('%u', who.name).replace('%c', who.clientId) }));
