/** Who did what: pages of it, the whole as NDJSON, and whether it still is what was written. */
import * as v from 'valibot';
import type { Audit } from '../../fleet/audit.ts';
import type { StreamQuery } from '../../fleet/ports.ts';
import type { AuditEntry } from '../resources/network.ts';
import { inQuery, media, route, shared, type Route } from '../route.ts';

const entrySchema = v.object({
  number: v.number(),
  at: shared.time,
  by: v.string(),
  action: v.string(),
  target: v.string(),
  reason: v.optional(v.string()),
  before: v.optional(v.unknown()),
  after: v.optional(v.unknown()),
  hash: v.string(),
});
const verdictSchema = v.object({ entries: v.number(), broken: v.optional(v.object({ number: v.number(), reason: v.string() })) });
const asked = { by: inQuery.text, action: inQuery.text, target: inQuery.text, from: inQuery.number, to: inQuery.number };

type Asked = { readonly [K in 'by' | 'action' | 'target']?: string | undefined } & { readonly from?: number | undefined; readonly to?: number | undefined };

function queryOf({ from, to, ...fields }: Asked): StreamQuery {
  const where = Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === 'string' && field[1] !== ''));
  return { where, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

const PART = 500;

/** A page of the store at a time, as the client takes it. */
function exported(audit: Audit, query: StreamQuery): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after = 0;
  return new ReadableStream({
    async pull(controller) {
      const part: readonly AuditEntry[] = await audit.list({ ...query, after, limit: PART });
      if (part.length > 0) controller.enqueue(encoder.encode(part.map((e) => `${JSON.stringify(e)}\n`).join('')));
      after = part.at(-1)?.number ?? after;
      if (part.length < PART) controller.close();
    },
  });
}

export function auditRoutes({ audit }: { readonly audit: Audit }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/audit',
      role: 'operator',
      summary: 'Who did what, the newest first. `total` counts all entries that are kept, whatever is asked for.',
      command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/audit?limit=50"',
      query: v.object({ ...asked, after: inQuery.number, limit: inQuery.limit(1000) }),
      answer: shared.page(entrySchema),
      async handle({ query: { after, limit, ...fields } }) {
        const found = await audit.list({ ...queryOf(fields), newestFirst: true, limit: limit + 1, ...(after !== undefined && { before: after }) });
        const items = found.slice(0, limit);
        const last = items.at(-1);
        return { items, total: await audit.count(), ...(found.length > limit && last && { next: String(last.number) }) };
      },
    }),
    route({
      method: 'GET',
      path: '/audit/verify',
      role: 'operator',
      summary: 'Whether every entry is as it was written and none is missing; else the first that is not.',
      command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/audit/verify"',
      answer: verdictSchema,
      handle: () => audit.verify(),
    }),
    route({
      method: 'GET',
      path: '/audit/export',
      role: 'operator',
      summary: 'All entries, the oldest first, one JSON object a line.',
      command: 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/audit/export" > audit.ndjson',
      query: v.object(asked),
      answer: media('application/x-ndjson'),
      handle: ({ query }) => ({ content: exported(audit, queryOf(query)), fileName: 'audit.ndjson' }),
    }),
  ];
}
