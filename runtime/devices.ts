/** Interfaces that are made anew (PPPoE reconnects, a bridge that is rebuilt): whatever was attached to the one before went with it. */
import { netlinkEvents } from '../linux/netlink/events.ts';
import { getLink } from '../linux/netlink/link.ts';
import { netlink } from '../linux/netlink/socket.ts';

/** `onMade`: an interface of this name is there under another index than before, or at last. @throws NativeError */
export function watchDevices(names: readonly string[], onMade: (name: string) => void, onError: (error: Error) => void): { close(): void } {
  const indexes = new Map<string, number | undefined>();
  const nl = netlink();
  const look = (name: string): void => {
    const index = getLink(nl, name)?.index;
    if (index === undefined || index === indexes.get(name)) return;
    indexes.set(name, index);
    onMade(name);
  };
  const events = netlinkEvents({
    of: ['link'],
    onEvent: (e) => {
      if (e.kind === 'resync') names.forEach(look);
      else if (e.kind === 'link' && names.includes(e.link.name)) look(e.link.name);
    },
    onError,
  });
  for (const name of names) indexes.set(name, getLink(nl, name)?.index);
  return {
    close: () => {
      events.close();
      nl.close();
    },
  };
}
