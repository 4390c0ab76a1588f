/** Work inside another network namespace: what is opened there stays there. */
import { constants } from 'node:fs';
import { check, native } from './native.ts';

/**
 * Runs `work`, which must not be asynchronous, inside the network namespace `name` (as `ip netns` knows it) or the one at a
 * path such as `/proc/1234/ns/net`. Sockets opened by `work` belong to that namespace for ever. @throws NativeError
 */
export function inNamespace<T>(name: string, work: () => T): T {
  const n = native();
  const path = name.includes('/') ? name : `/run/netns/${name}`;
  const home = check('open /proc/thread-self/ns/net', n.open('/proc/thread-self/ns/net', constants.O_RDONLY));
  try {
    const there = check(`open the network namespace ${path}`, n.open(path, constants.O_RDONLY), 'create it first: ip netns add NAME');
    try {
      check(`enter the network namespace ${path}`, n.setns(there));
    } finally {
      n.close(there);
    }
    try {
      return work();
    } finally {
      check('return to the own network namespace', n.setns(home));
    }
  } finally {
    n.close(home);
  }
}
