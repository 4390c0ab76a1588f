/** For tests that need root: two network namespaces of one's own with a veth pair between them, `left` and `right`. */
import { execFileSync } from 'node:child_process';
import { carrierNoticed } from './carrier.ts';

export interface NamespaceLab {
  readonly left: string;
  readonly right: string;
  /** Runs `ip` in a namespace: `ip(lab.left, 'link show')`. */
  ip(namespace: string, command: string): string;
  remove(): void;
}

export const LEFT_MAC = '02:00:00:00:00:01';
export const RIGHT_MAC = '02:00:00:00:00:02';

/** Interface `left` has 192.0.2.1/24 and 2001:db8::1/64, `right` has .2 and ::2; no duplicate address detection. */
export function namespaceLab(prefix: string): NamespaceLab {
  const left = `${prefix}l${process.pid}`;
  const right = `${prefix}r${process.pid}`;
  const run = (command: string) => execFileSync('ip', command.split(' '), { encoding: 'utf8' });
  run(`netns add ${left}`);
  run(`netns add ${right}`);
  run(`link add left netns ${left} address ${LEFT_MAC} type veth peer name right netns ${right} address ${RIGHT_MAC}`);
  for (const [ns, name, last] of [[left, 'left', 1], [right, 'right', 2]] as const) {
    run(`-n ${ns} link set lo up`);
    run(`-n ${ns} address add 192.0.2.${last}/24 brd + dev ${name}`);
    run(`-n ${ns} address add 2001:db8::${last}/64 dev ${name} nodad`);
    run(`-n ${ns} link set ${name} up`);
  }
  for (const [ns, name] of [[left, 'left'], [right, 'right']] as const) execFileSync('ip', ['netns', 'exec', ns, 'sh', '-c', carrierNoticed([name])]);
  return {
    left,
    right,
    ip: (namespace, command) => run(`-n ${namespace} ${command}`),
    remove: () => [left, right].forEach((ns) => run(`netns del ${ns}`)),
  };
}

/** A queue between callbacks and `await`. */
export function mailbox<T>(): { readonly put: (value: T) => void; readonly next: () => Promise<T>; readonly waiting: number } {
  const values: T[] = [];
  const takers: ((value: T) => void)[] = [];
  return {
    put(value) {
      const taker = takers.shift();
      if (taker) taker(value);
      else values.push(value);
    },
    next: () => (values.length > 0 ? Promise.resolve(values.shift() as T) : new Promise((taker) => takers.push(taker))),
    get waiting() {
      return values.length;
    },
  };
}
