/** The first phone's port, moved between the homes' bridges in one system call: sooner than any program could be started. */
import { inNamespace } from '../linux/namespace.ts';
import { getLink, setLink } from '../linux/netlink/link.ts';
import { netlink } from '../linux/netlink/socket.ts';
import type { World } from './world.ts';

/** Moves it before it returns. */
export function portOf(world: World): (home: number) => void {
  return inNamespace(world.plan.air, () => {
    const nl = netlink();
    const index = (name: string) => getLink(nl, name)?.index ?? 0;
    const port = index('ph1');
    const air = world.plan.homes.map((h) => index(`air${h.number}`));
    return (home) => setLink(nl, port, { master: air[home - 1] ?? 0, up: true });
  });
}
