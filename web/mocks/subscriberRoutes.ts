/** Subscribers, their handovers, what people may ask about them. */
import type { Binding, Revealed, Subscriber } from '../../cloud/api/resources/subscribers.ts';
import type { Handover, HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Page } from '../../cloud/api/resources/answers.ts';
import { detailsOf } from './handovers.ts';
import { Refusal, saved, type Asked, type MockRoute } from './server.ts';
import { record, type Person, type World } from './world.ts';

export function paged<T>(items: readonly T[], query: URLSearchParams, most = 100): Page<T> {
  const from = Number(query.get('after') ?? 0);
  const limit = Math.min(Number(query.get('limit') ?? most), 1000);
  const page = items.slice(from, from + limit);
  return { items: page, total: items.length, ...(from + limit < items.length ? { next: String(from + limit) } : {}) };
}

export function subscriber(world: World, person: Person): Subscriber {
  const home = world.homes[person.home];
  return {
    id: person.id,
    ...(home && person.active ? { home: home.id, homeName: home.name } : {}),
    lma: person.lma,
    since: person.since,
    ...(person.lastHandover === undefined ? {} : { lastHandover: person.lastHandover }),
    handovers: person.handovers,
    state: person.active ? 'active' : 'released',
    addresses: person.addresses,
    bytesUp: person.bytesUp,
    bytesDown: person.bytesDown,
  };
}

export function binding(world: World, person: Person): Binding {
  const home = world.homes[person.home];
  return { subscriber: person.id, ...(home ? { home: home.id } : {}), lma: person.lma, service: 'homes', apn: 'internet', state: 'ACTIVE', addresses: person.addresses, careOf: `203.0.113.${(person.home % 250) + 1}`, transport: 'GRE over IPv4', lifetime: 3600, since: person.since };
}

const found = (world: World, id: string | undefined): Person => {
  const person = world.people.find((p) => p.id === id);
  if (!person) throw new Refusal(404, `There is no subscriber ${id ?? ''}: the pseudonym may be of an older epoch.`);
  return person;
};
const handover = (world: World, id: string | undefined): HandoverSummary => {
  const summary = world.handoverById.get(id ?? '');
  if (!summary) throw new Refusal(404, 'This handover is not kept any more.');
  return summary;
};
export const reasonOf = ({ body }: Asked): string => {
  const { reason } = (body ?? {}) as { reason?: unknown };
  if (typeof reason !== 'string' || reason.trim().length < 10) throw new Refusal(400, 'a reason has at least 10 characters', 'reason');
  return reason;
};

function matching(world: World, query: URLSearchParams): Person[] {
  const search = query.get('search')?.trim().toLowerCase();
  const [home, lma, state] = [query.get('home'), query.get('lma'), query.get('state')];
  return world.people.filter(
    (p) =>
      (!search || p.id === search || p.nai === search || p.addresses.some((a) => a === search || a.replace('::/64', '::') === search)) &&
      (!home || world.homes[p.home]?.id === home) &&
      (!lma || p.lma === lma) &&
      (!state || (p.active ? 'active' : 'released') === state),
  );
}

/** A pcap file without packets but with its header: what a browser has to save. */
const EMPTY_PCAP = new Uint8Array([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0]);

export const subscriberRoutes = (world: World): MockRoute[] => [
  { method: 'GET', path: '/subscribers', handle: ({ query }) => paged(matching(world, query).map((p) => subscriber(world, p)), query) },
  { method: 'GET', path: '/subscribers/:id', handle: ({ params }) => subscriber(world, found(world, params['id'])) },
  { method: 'GET', path: '/subscribers/:id/bindings', handle: ({ params }) => [binding(world, found(world, params['id']))] },
  { method: 'GET', path: '/subscribers/:id/handovers', handle: ({ params, query }) => paged(world.handovers.filter((h) => h.subscriber === params['id']).toReversed(), query, 20) },
  {
    method: 'POST',
    path: '/subscribers/:id/reveal',
    handle(asked): Revealed {
      const person = found(world, asked.params['id']);
      const { number } = record(world, { at: asked.now, by: asked.user, action: 'subscribers.reveal', target: person.id, reason: reasonOf(asked) });
      return { nai: person.nai, mac: person.mac, audit: number };
    },
  },
  {
    method: 'POST',
    path: '/subscribers/erase',
    handle(asked) {
      const person = found(world, (asked.body as { subscriber?: string }).subscriber);
      record(world, { at: asked.now, by: asked.user, action: 'subscribers.erase', target: person.id, reason: reasonOf(asked) });
      world.people.splice(world.people.indexOf(person), 1);
      const before = world.handovers.length;
      world.handovers = world.handovers.filter((h) => h.subscriber !== person.id);
      return { pseudonyms: [person.id], lines: before - world.handovers.length, sessions: { ended: person.active ? 1 : 0, left: 0 } };
    },
  },
  { method: 'GET', path: '/handovers', handle: ({ query }) => paged(world.handovers.toReversed(), query) },
  { method: 'GET', path: '/handovers/:id', handle: ({ params }): Handover => detailsOf(world, handover(world, params['id'])) },
  {
    method: 'POST',
    path: '/handovers/:id/pcap',
    handle(asked) {
      const { id } = handover(world, asked.params['id']);
      record(world, { at: asked.now, by: asked.user, action: 'handovers.pcap', target: id, reason: reasonOf(asked) });
      return saved(`handover-${id.slice(0, 8)}.pcap`, 'application/vnd.tcpdump.pcap', EMPTY_PCAP);
    },
  },
];
