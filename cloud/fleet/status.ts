/** How a home is, why, and what to do about it: words for people. Pure. */
import type { Revision } from '../../runtime/fleet/messages.ts';
import { CONCERNS, type Concern } from '../../runtime/fleet/topics.ts';
import type { Home, HomeConfiguration } from '../api/resources/homes.ts';
import type { Presence } from './presence.ts';
import type { GatewayRecord } from './records.ts';

/** LMAs refuse time stamps (RFC 5213 §5.5) long before this; the way of a heartbeat takes its time, too. */
const CLOCK_OFF = 5000;
const EXPIRES_SOON = 7 * 86_400_000;
/** A gateway may say that it has dozens of LMAs. */
const MOST_REASONS = 12;

/** The gateway's report ends `pending`, and so does a heartbeat that runs what is desired: a report may be lost. */
export function configurationOf(desired: Revision | undefined, { reported, heartbeat }: Presence, concern: Concern): HomeConfiguration {
  const report = reported[concern];
  const running = heartbeat?.running[concern] ?? report?.running ?? undefined;
  const known = running ? { running } : {};
  if (!desired) return { ...known, status: 'none', problems: [] };
  if (report && same(report, desired)) return { ...known, desired, status: report.status, problems: report.problems };
  return { ...known, desired, status: running && same(running, desired) ? 'applied' : 'pending', problems: [] };
}

export const same = (a: Revision, b: Revision): boolean => a.rev === b.rev && a.hash === b.hash;

const GONE: Readonly<Record<NonNullable<Presence['gone']>, string>> = {
  lost: 'its connection broke: look at the power and the internet line of the home',
  disconnected: 'its agent was stopped: start it (service roamstead start)',
  silent: 'it sends no heartbeats any more: look at the power and the internet line of the home, and at the log of its agent',
};

/** @param configuration of each concern */
export function statusOf(record: GatewayRecord, presence: Presence, configuration: Readonly<Record<Concern, HomeConfiguration>>, now: number): Pick<Home, 'status' | 'reasons'> {
  if (record.revoked) return { status: 'revoked', reasons: [`revoked by ${record.revoked.by}: ${record.revoked.reason}; to have it back, remove it here and claim it anew`] };
  if (!presence.online) return { status: 'offline', reasons: [presence.gone ? GONE[presence.gone] : 'it was not heard of yet: is its agent running, and does it reach the broker?'] };
  const { heartbeat } = presence;
  const wrong = [
    ...(heartbeat?.lmas ?? []).filter((l) => !l.reachable).map((l) => `the LMA ${l.id} does not answer it: is that running, and do packets of the home reach it?`),
    ...(heartbeat && Math.abs(presence.ahead) > CLOCK_OFF ? [`its clock is ${Math.round(Math.abs(presence.ahead) / 1000)} s ${presence.ahead > 0 ? 'ahead' : 'behind'}: LMAs refuse its time stamps; is its NTP client running?`] : []),
    ...CONCERNS.flatMap((concern) => configurationWords(concern, configuration[concern])),
    ...(record.certificate && record.certificate.expires - now < EXPIRES_SOON ? [expiryWords(record.certificate.expires - now)] : []),
  ];
  const reasons = wrong.slice(0, MOST_REASONS);
  if (heartbeat?.sharing.paused) return { status: 'paused', reasons: ['its owner paused sharing', ...reasons] };
  return reasons.length > 0 ? { status: 'degraded', reasons } : { status: 'online', reasons: [] };
}

const VERBS: Readonly<Partial<Record<HomeConfiguration['status'], string>>> = {
  partial: 'applied its document in part',
  rejected: 'rejected its document',
  rolledback: 'went back to the document before, because no LMA answered with the new one',
};

/** Of what was not applied as it stands; otherwise none. */
export function configurationWords(concern: Concern, { status, problems }: Pick<HomeConfiguration, 'status' | 'problems'>): string[] {
  const verb = VERBS[status];
  if (verb === undefined) return [];
  const details = problems.map((p) => `${p.path === '' ? '' : `${p.path}: `}${p.reason}${p.substitution === undefined ? '' : `, uses ${p.substitution}`}`);
  return [`${concern}: it ${verb}${details.length > 0 ? ` (${details.join('; ')})` : ''}`];
}

function expiryWords(left: number): string {
  if (left <= 0) return 'its certificate has expired: remove it here and claim it anew';
  return `its certificate expires in ${Math.ceil(left / 86_400_000)} days and was not renewed: look at the log of its agent`;
}
