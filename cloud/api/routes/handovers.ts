import * as v from 'valibot';
import type { Audit } from '../../fleet/audit.ts';
import type { Handovers } from '../../live/ports.ts';
import { SHORTEST_REASON } from '../../privacy/reveal.ts';
import { createRateLimit } from '../rateLimit.ts';
import type { Role } from '../resources/people.ts';
import { inQuery, media, refuse, Refused, route, shared, type Route } from '../route.ts';
import { handover, handoverSummary } from './liveShapes.ts';

const reason = v.pipe(v.string(), v.trim(), v.minLength(SHORTEST_REASON, `a reason has at least ${SHORTEST_REASON} characters`), v.maxLength(500));
const NOT_KEPT = 'this handover is not kept any more';

/** A capture tells names, so it is for those who may reveal, and as often. */
export interface CaptureRules {
  readonly role: Extract<Role, 'operator' | 'owner'>;
  /** Of one person in an hour. */
  readonly perHour: number;
}

export function handoversRoutes(handovers: Handovers, audit: Pick<Audit, 'record'>, { role, perHour }: CaptureRules): Route[] {
  const limit = createRateLimit({ burst: perHour, perSecond: perHour / 3600 });
  return [
    route({
      method: 'GET',
      path: '/handovers',
      role: 'viewer',
      summary: 'Attaches, handovers and moves, the newest first; of a home, a subscriber, a time, or those that failed.',
      command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/handovers?failed=true"',
      query: v.strictObject({ subscriber: inQuery.text, home: inQuery.text, failed: inQuery.flag, from: inQuery.number, to: inQuery.number, after: inQuery.number, limit: inQuery.limit(1000) }),
      answer: shared.page(handoverSummary),
      handle: ({ query: { subscriber, home, failed, from, to, after, limit } }) =>
        handovers.list({
          limit,
          ...(subscriber === undefined ? {} : { subscribers: [subscriber] }),
          ...(home === undefined ? {} : { home }),
          ...(failed === undefined ? {} : { failed }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(after === undefined ? {} : { after: String(after) }),
        }),
    }),
    route({
      method: 'GET',
      path: '/handovers/:id',
      role: 'viewer',
      summary: 'One handover: its stages at both ends on one axis, the decoded messages, and what is not known about it.',
      command: 'roamstead show lma traces',
      answer: handover,
      errors: { 404: NOT_KEPT },
      handle: async ({ params: { id } }) => (await handovers.find(id)) ?? refuse(404, NOT_KEPT),
    }),
    route({
      method: 'POST',
      path: '/handovers/:id/pcap',
      role,
      summary: 'Its signalling as a capture file. Names are in it as they are, so a reason is needed and written to the audit log.',
      command: `curl -H "authorization: Bearer $TOKEN" --json '{"reason":"…"}' -o handover.pcap $CLOUD/api/v1/handovers/{id}/pcap`,
      body: v.strictObject({ reason }),
      answer: media('application/vnd.tcpdump.pcap'),
      errors: { 404: 'nothing of it is kept any more' },
      async handle({ params: { id }, body, user, now }) {
        const wait = limit(user, now);
        if (wait > 0) throw new Refused(429, `${perHour} captures an hour are all that one person gets: try again later`, { retryAfter: Math.ceil(wait / 1000) });
        const content = (await handovers.pcap(id)) ?? refuse(404, 'of this handover no message is kept any more');
        await audit.record({ by: user, action: 'handovers.pcap', target: id, reason: body.reason });
        return { content, fileName: `handover-${id.replace(/[^0-9a-z]/gi, '').slice(0, 12)}.pcap` };
      },
    }),
  ];
}
