/** Ports of an access bridge are isolated whatever is lost of what the kernel tells (agent/accessPorts.ts). */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchAccessPorts } from '../../agent/accessPorts.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { getLink, setLink } from '../../linux/netlink/link.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import type { Netlink } from '../../linux/netlink/socket.ts';
import { namespaceLab } from '../linux/namespaceLab.ts';

const lab = namespaceLab('rap');
let nl: Netlink;
beforeAll(() => {
  lab.ip(lab.left, 'link add br9 type bridge');
  lab.ip(lab.left, 'link set left master br9');
  nl = inNamespace(lab.left, () => netlink());
});
afterAll(() => {
  nl.close();
  lab.remove();
});
const isolated = (): string => execFileSync('ip', ['netns', 'exec', lab.left, 'cat', '/sys/class/net/left/brport/isolated'], { encoding: 'utf8' }).trim();

test('a port that left and came back while events were lost', async () => {
  const errors: string[] = [];
  const ports = inNamespace(lab.left, () => watchAccessPorts([{ device: 'br9', 'station-to-station': false }], { count: () => undefined, onError: (e) => errors.push(e.message) }));
  expect(isolated()).toBe('1');
  const [left, bridge] = ['left', 'br9'].map((name) => getLink(nl, name)?.index ?? 0);
  // Nobody reads meanwhile: there is room for some thousands.
  for (let i = 0; i < 10_000; i++) setLink(nl, left ?? 0, { mtu: 1400 + (i % 2) });
  setLink(nl, left ?? 0, { master: 0 });
  setLink(nl, left ?? 0, { master: bridge ?? 0 });
  expect(isolated()).toBe('0');
  await expect.poll(isolated).toBe('1');
  expect(errors).toEqual([]);
  ports.close();
});
