import * as v from 'valibot';
import type { Audit } from '../../fleet/audit.ts';
import type { Alerts } from '../../live/ports.ts';
import { inQuery, refuse, route, shared, type Route } from '../route.ts';
import { alert } from './liveShapes.ts';

export const alertsRoutes = (alerts: Pick<Alerts, 'current' | 'all' | 'acknowledge'>, audit: Pick<Audit, 'record'>): Route[] => [
  route({
    method: 'GET',
    path: '/alerts',
    role: 'viewer',
    summary: 'Alerts, the newest first; with `ended=false` only those that go on.',
    command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/alerts?ended=false"',
    query: v.strictObject({ ended: inQuery.flag, after: inQuery.text, limit: inQuery.limit(1000) }),
    answer: shared.page(alert),
    handle({ query: { ended, after, limit } }) {
      const all = ended === false ? alerts.current() : alerts.all();
      const rest = all.slice(after === undefined ? 0 : all.findIndex((a) => a.id === after) + 1);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return { items, total: all.length, ...(last && rest.length > items.length ? { next: last.id } : {}) };
    },
  }),
  route({
    method: 'POST',
    path: '/alerts/:id/acknowledge',
    role: 'operator',
    summary: 'Says that somebody looks after it.',
    command: 'curl -X POST -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/alerts/{id}/acknowledge',
    answer: alert,
    errors: { 404: 'no alert of this id goes on' },
    async handle({ params: { id }, user }) {
      const known = alerts.current().find((a) => a.id === id) ?? refuse(404, `no alert ${id} goes on`);
      // First, because what nobody can write down does not happen.
      await audit.record({ by: user, action: 'alerts.acknowledge', target: id, after: { text: known.text } });
      return alerts.acknowledge(id, user) ?? known;
    },
  }),
];
