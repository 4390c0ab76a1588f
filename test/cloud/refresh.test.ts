/** `refresh ipv6 mobile pmipv6 lma binding …`: whom it asks, and what it says. */
import { expect, it } from 'vitest';
import type { LmaEvent } from '../../cloud/lma/lma.ts';
import { refreshHandlers } from '../../cloud/refresh.ts';
import type { Request } from '../../runtime/control.ts';
import { Anchor, MAG1, MAG2, sendsOf } from '../lma/pbu.ts';

/** Two services: sessions of two nodes at two gateways, and one more. */
function scene() {
  const sent: (string | undefined)[] = [];
  const services = [new Anchor(), new Anchor()].map((anchor) => ({ anchor, lma: anchor.lma, feed: (event: LmaEvent) => sent.push(...sendsOf(anchor.take(event)).map((s) => s.peer)) }));
  services[0]!.anchor.pbu({ mn: 'mn0@example.com', mac: '02:00:00:00:00:00' });
  services[0]!.anchor.pbu({ mn: 'mn1@example.com', mac: '02:00:00:00:00:01', mag: MAG2 });
  services[1]!.anchor.pbu({ mn: 'mn2@example.com', mac: '02:00:00:00:00:02', mag: MAG1 });
  const refresh = (request: Omit<Request, 'command'>) => refreshHandlers(() => services)['refresh lma binding']?.({ ...request, command: 'refresh lma binding' });
  return { sent, services, refresh };
}

it.each([
  [{ scope: 'all' }, { bindings: 3, gateways: 2 }, ['mag1@example.com', 'mag2@example.com', 'mag1@example.com']],
  [{ scope: 'nai', name: 'mn1@example.com' }, { bindings: 1, gateways: 1 }, ['mag2@example.com']],
  [{ scope: 'mag', name: 'mag1@example.com' }, { bindings: 2, gateways: 1 }, ['mag1@example.com', 'mag1@example.com']],
  [{ scope: 'realm', name: 'example.com' }, { bindings: 3, gateways: 2 }, ['mag1@example.com', 'mag2@example.com', 'mag1@example.com']],
  [{ scope: 'nai', name: 'mn9@example.com' }, { bindings: 0, gateways: 0 }, []],
])('%j', (request, said, peers) => {
  const { sent, refresh } = scene();
  expect(refresh(request)).toEqual(said);
  expect(sent).toEqual(peers);
});

it('N05 a gateway that knew no notification is asked again by an operator', () => {
  const { sent, services, refresh } = scene();
  const { anchor } = services[0]!;
  refresh({ scope: 'mag', name: 'mag2@example.com' });
  anchor.receive(MAG2, { kind: 'bindingError', status: 2, homeAddress: '::', options: [] });
  expect([...anchor.lma.notifications.unaware]).toEqual(['mag2@example.com']);
  refresh({ scope: 'mag', name: 'mag2@example.com' });
  expect(sent).toEqual(['mag2@example.com', 'mag2@example.com']);
});

it('what names nobody is refused in words', () => {
  const { refresh } = scene();
  expect(() => refresh({ scope: 'nai' })).toThrow('say whose bindings are meant');
  expect(() => refresh({ scope: 'home' })).toThrow('say whose bindings are meant');
});
