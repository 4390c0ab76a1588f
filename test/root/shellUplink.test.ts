/** The uplink watcher against real address changes, and interfaces that are made anew; in a namespace of the test's own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchDevices } from '../../runtime/devices.ts';
import { watchUplink, type UplinkOptions } from '../../agent/uplink.ts';
import type { CareOf } from '../../agent/mag/transport.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { mailbox, namespaceLab, type NamespaceLab } from '../linux/namespaceLab.ts';

let lab: NamespaceLab;
let closers: { close(): void }[];
const ip = (command: string): string => lab.ip(lab.left, command);

beforeEach(() => {
  lab = namespaceLab('rssh-');
  closers = [];
});
afterEach(() => {
  for (const c of closers) c.close();
  lab.remove();
});

/** A watcher of `left`, and what it says. The first word has been taken. */
async function watching(options: Partial<UplinkOptions> = {}): Promise<{ readonly first: CareOf; readonly next: () => Promise<CareOf>; readonly quiet: () => void }> {
  const heard = mailbox<CareOf>();
  const errors: string[] = [];
  closers.push(inNamespace(lab.left, () => watchUplink({ interface: 'left', fixed: {}, onChange: heard.put, onError: (e) => errors.push(e.message), ...options })));
  return {
    first: await heard.next(),
    next: heard.next,
    quiet: () => expect([heard.waiting, errors]).toEqual([0, []]),
  };
}
const IPV4 = '192.0.2.1';
const IPV6 = '2001:db8::1';

describe('the uplink', () => {
  it('is told at once, without link-local addresses', async () => {
    expect((await watching()).first).toEqual({ ipv4: IPV4, ipv6: IPV6, mtu: 1500 });
  });

  it('add new, then delete old: one change, when the old one goes', async () => {
    const { next, quiet } = await watching();
    ip('address add 2001:db8:2::1/64 dev left nodad');
    ip('address add 198.51.100.1/24 dev left');
    ip('address del 2001:db8::1/64 dev left');
    expect(await next()).toEqual({ ipv4: IPV4, ipv6: '2001:db8:2::1', mtu: 1500 });
    ip('address del 192.0.2.1/24 dev left');
    expect(await next()).toEqual({ ipv4: '198.51.100.1', ipv6: '2001:db8:2::1', mtu: 1500 });
    quiet();
  });

  it('delete old, then add new: nothing in between', async () => {
    const { next, quiet } = await watching();
    ip('address del 2001:db8::1/64 dev left');
    expect(await next()).toEqual({ ipv4: IPV4, mtu: 1500 });
    ip('address add 2001:db8:2::1/64 dev left nodad');
    expect(await next()).toEqual({ ipv4: IPV4, ipv6: '2001:db8:2::1', mtu: 1500 });
    quiet();
  });

  it('a deprecated address gives way to a preferred one, as when a router renumbers', async () => {
    const { next } = await watching();
    ip('address add 2001:db8:2::1/64 dev left nodad');
    ip('address change 2001:db8::1/64 dev left preferred_lft 0');
    expect(await next()).toMatchObject({ ipv6: '2001:db8:2::1' });
  });

  it('a tentative address waits until it is nobody else’s', async () => {
    ip('address del 2001:db8::1/64 dev left');
    const { first, next } = await watching();
    expect(first).toEqual({ ipv4: IPV4, mtu: 1500 });
    ip('address add 2001:db8:3::1/64 dev left');
    expect(await next()).toMatchObject({ ipv6: '2001:db8:3::1' });
  });

  it('unique local addresses and those of other interfaces change nothing', async () => {
    const { next, quiet } = await watching();
    ip('address add fd00::1/64 dev left nodad');
    ip('link add other type bridge');
    ip('address add 2001:db8:9::1/64 dev other nodad');
    ip('link set other up');
    ip('link set left mtu 1492');
    expect(await next()).toEqual({ ipv4: IPV4, ipv6: IPV6, mtu: 1492 });
    quiet();
  });

  it('down it has none, up again it has those that the kernel kept', async () => {
    const { next } = await watching();
    ip('link set left down');
    const down = await next();
    expect([down.ipv4, down.ipv6]).toEqual([undefined, undefined]);
    ip('link set left up');
    expect(await next()).toMatchObject({ ipv4: IPV4 });
  });

  it('one that is not there yet is waited for, and one that goes may come back', async () => {
    ip('link del left');
    const { first, next } = await watching();
    expect(first).toEqual({ mtu: 1500 });
    ip('link add left mtu 1400 type bridge');
    expect(await next()).toEqual({ mtu: 1400 });
    ip('address add 192.0.2.7/24 dev left');
    ip('link set left up');
    expect(await next()).toEqual({ ipv4: '192.0.2.7', mtu: 1400 });
    ip('link del left');
    expect(await next()).toMatchObject({ mtu: expect.any(Number) as number });
  });

  it('a fixed address stands for its family, and the MTU may be given', async () => {
    const { first, next } = await watching({ fixed: { ipv6: '2001:db8:f::1' }, mtu: 1480 });
    expect(first).toEqual({ ipv4: IPV4, ipv6: '2001:db8:f::1', mtu: 1480 });
    ip('address del 2001:db8::1/64 dev left');
    ip('address del 192.0.2.1/24 dev left');
    expect(await next()).toEqual({ ipv6: '2001:db8:f::1', mtu: 1480 });
  });

  it('without an interface the fixed addresses are all there is', async () => {
    const heard: CareOf[] = [];
    watchUplink({ fixed: { ipv4: IPV4 }, onChange: (c) => heard.push(c), onError: () => undefined });
    expect(heard).toEqual([{ ipv4: IPV4, mtu: 1500 }]);
  });
});

it('interfaces made anew are told by name, each once, and no other change is', async () => {
  ip('link add br0 type bridge');
  const made = mailbox<string>();
  closers.push(inNamespace(lab.left, () => watchDevices(['br0', 'ppp9'], made.put, (e) => made.put(e.message))));
  ip('link set br0 up');
  ip('link add other type bridge');
  ip('link del br0');
  ip('link add br0 type bridge');
  expect(await made.next()).toBe('br0');
  ip('link add ppp9 type bridge');
  expect(await made.next()).toBe('ppp9');
  ip('link set other name ppp8');
  ip('link del ppp9');
  ip('link set ppp8 name ppp9');
  expect(await made.next()).toBe('ppp9');
  expect(made.waiting).toBe(0);
});
