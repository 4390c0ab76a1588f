/** What the kernel tells by itself: devices, addresses, routes, neighbours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inNamespace } from '../../linux/namespace.ts';
import { addAddress, deleteAddress } from '../../linux/netlink/address.ts';
import { netlinkEvents } from '../../linux/netlink/events.ts';
import type { NetlinkEvent } from '../../linux/netlink/events.ts';
import { addLink, deleteLink, getLink, setLink } from '../../linux/netlink/link.ts';
import { replaceNeighbour } from '../../linux/netlink/neighbour.ts';
import { deleteRoute, replaceRoute } from '../../linux/netlink/route.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import type { Netlink } from '../../linux/netlink/socket.ts';
import { mailbox, namespaceLab } from '../linux/namespaceLab.ts';

const lab = namespaceLab('rne');
let nl: Netlink;
let left = 0;
beforeAll(() => {
  nl = inNamespace(lab.left, netlink);
  left = getLink(nl, 'left')?.index ?? 0;
});
afterAll(() => {
  nl.close();
  lab.remove();
});

describe('events', () => {
  const listen = (of: Parameters<typeof netlinkEvents>[0]['of']) => {
    const got = mailbox<NetlinkEvent>();
    const events = inNamespace(lab.left, () =>
      netlinkEvents({ of, onEvent: got.put, onError: (error) => { throw error; } }),
    );
    return { got, events };
  };
  const until = async (got: { next: () => Promise<NetlinkEvent> }, wanted: (event: NetlinkEvent) => boolean) => {
    for (;;) {
      const event = await got.next();
      if (wanted(event)) return event;
    }
  };

  test('an address comes and goes', async () => {
    const { got, events } = listen(['address']);
    const wanted = { index: left, address: '2001:db8:e::1', length: 64, noDad: true };
    const seen = (removed: boolean) => until(got, (e) => e.kind === 'address' && e.removed === removed && e.address.address === '2001:db8:e::1');
    addAddress(nl, wanted);
    await seen(false); // the kernel tells of it a little later, and never if it is gone by then
    deleteAddress(nl, wanted);
    await seen(true);
    events.close();
  });

  test('a link goes down, a port of a bridge is no vanished link', async () => {
    const { got, events } = listen(['link']);
    addLink(nl, { kind: 'bridge', name: 'br9', up: true });
    const bridge = getLink(nl, 'br9')?.index ?? 0;
    setLink(nl, left, { master: bridge });
    setLink(nl, left, { master: 0 });
    deleteLink(nl, bridge);
    const removed = await until(got, (e) => e.kind === 'link' && e.removed);
    expect(removed).toMatchObject({ link: { name: 'br9' } });
    events.close();
  });

  test('a route and a neighbour', async () => {
    const { got, events } = listen(['route', 'neighbour']);
    replaceRoute(nl, { destination: '10.6.0.0/16', gateway: '192.0.2.2' });
    expect(await until(got, (e) => e.kind === 'route')).toMatchObject({ removed: false, route: { destination: '10.6.0.0/16', gateway: '192.0.2.2' } });
    replaceNeighbour(nl, { index: left, address: '192.0.2.60', mac: '02:00:00:00:00:60' });
    await until(got, (e) => e.kind === 'neighbour' && e.neighbour.mac === '02:00:00:00:00:60');
    deleteRoute(nl, { destination: '10.6.0.0/16' });
    await until(got, (e) => e.kind === 'route' && e.removed);
    events.close();
  });

  const put = (last: number) => replaceNeighbour(nl, { index: left, address: '192.0.2.61', mac: `02:00:00:00:${(last >> 8).toString(16).padStart(2, '0')}:${(last & 255).toString(16).padStart(2, '0')}` });
  const overrun = () => {
    for (let i = 0; i < 20_000; i++) put(i);
  };

  test('an overrun is answered with resync, and later events still come', async () => {
    const { got, events } = listen(['neighbour']);
    overrun();
    await until(got, (e) => e.kind === 'resync');
    expect(got.waiting).toBe(0);
    put(0xfffe);
    await until(got, (e) => e.kind === 'neighbour' && e.neighbour.mac === '02:00:00:00:ff:fe');
    events.close();
  });

  test('what its answer throws is an error, and ends no process', async () => {
    const errors = mailbox<Error>();
    const events = inNamespace(lab.left, () => netlinkEvents({ of: ['neighbour'], onEvent: (e) => expect(e.kind).not.toBe('resync'), onError: errors.put }));
    overrun();
    expect((await errors.next()).message).toContain('resync');
    events.close();
  });
});
