import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { inQuery, mayAs, media, refuse, Refused, route, shared } from '../../../cloud/api/route.ts';
import type { User } from '../../../cloud/api/resources/people.ts';

const userSchema = v.object({ id: v.string(), name: v.string(), role: shared.role, createdAt: shared.time, lastSeen: v.optional(shared.time), sessions: v.number() });
const users: readonly User[] = [];

describe('route', () => {
  it('types follow from path and schemas', () => {
    const made = [
      route({ method: 'GET', path: '/a/:id/b/:other', role: 'viewer', summary: 'x', answer: v.object({ both: v.string() }), handle: ({ params }) => ({ both: params.id + params.other }) }),
      route({ method: 'GET', path: '/users', role: 'viewer', summary: 'x', query: v.object({ limit: inQuery.limit(500), q: inQuery.text }), answer: shared.page(userSchema), handle: ({ query }) => ({ items: users.slice(0, query.limit), total: 0 }) }),
      route({ method: 'POST', path: '/users', role: 'owner', summary: 'x', body: v.strictObject({ name: shared.name }), answer: 'nothing', handle: async ({ body }) => void body.name.length }),
      route({ method: 'GET', path: '/pcap', role: 'operator', summary: 'x', answer: media('application/vnd.tcpdump.pcap'), handle: () => ({ content: new Uint8Array(), fileName: 'a.pcap' }) }),
    ];
    expect(made.map((r) => `${r.method} ${r.path} ${r.role}`)).toEqual(['GET /a/:id/b/:other viewer', 'GET /users viewer', 'POST /users owner', 'GET /pcap operator']);
  });

  it.each([
    ['anyone', 'anyone', true], ['anyone', 'viewer', false], ['viewer', 'viewer', true], ['viewer', 'operator', false],
    ['operator', 'viewer', true], ['operator', 'owner', false], ['owner', 'operator', true], ['owner', 'owner', true],
  ] as const)('%s may do what needs %s: %s', (has, needs, may) => {
    expect(mayAs(has, needs)).toBe(may);
  });

  it('refuse says status, words and field', () => {
    expect(() => refuse(404, 'there is no home x', 'id')).toThrow(Refused);
    try {
      refuse(404, 'there is no home x', 'id');
    } catch (e) {
      expect(e).toMatchObject({ status: 404, message: 'there is no home x', path: 'id' });
    }
  });
});
