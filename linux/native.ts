/**
 * The C addon (linux/native/), loaded when first used: the system calls that Node does not offer. Every call returns
 * >= 0 or -errno and never blocks; `check` turns -errno into a `NativeError` in words. A wrong argument type is a TypeError.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Buffers whose addresses the kernel wants inside a structure; `inner`: those wanted inside that buffer, one level deep. */
export type Pointers = readonly (readonly [offset: number, buffer: Uint8Array, inner?: Pointers])[];

export interface Native {
  /** Non-blocking and close-on-exec always. */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  connect(fd: number, address: Uint8Array): number;
  /** `pointers`: the address of each buffer is written into `value` at its offset, as wide as this machine's pointers. */
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, pointers?: Pointers): number;
  /** Fills `value`, returns its length. */
  getsockopt(fd: number, level: number, name: number, value: Uint8Array): number;
  /** Fills `address`, returns its length. */
  getsockname(fd: number, address: Uint8Array): number;
  /** `argument` holds at least 40 octets (struct ifreq). */
  ioctl(fd: number, request: number, argument: Uint8Array, pointers?: Pointers): number;
  open(path: string, flags: number): number;
  read(fd: number, into: Uint8Array): number;
  write(fd: number, data: Uint8Array): number;
  /** Also stops the poll of this fd. */
  close(fd: number): number;
  sendmsg(fd: number, data: Uint8Array, address?: Uint8Array | null, control?: Uint8Array | null, flags?: number): number;
  /** `lengths` (3) receives the lengths of address and control, and msg_flags. */
  recvmsg(fd: number, into: Uint8Array, address: Uint8Array | null, control: Uint8Array | null, lengths: Uint32Array, flags?: number): number;
  /** Up to 64 datagrams: slots of equal size, and three words of `lengths` for each: data, address, control. Returns how many. */
  recvmmsg(fd: number, into: Uint8Array, addresses: Uint8Array, control: Uint8Array, lengths: Uint32Array): number;
  /** The first `count` slots, laid out as for `recvmmsg`. Returns how many were sent; an error only if the first was refused. */
  sendmmsg(fd: number, data: Uint8Array, addresses: Uint8Array, control: Uint8Array, lengths: Uint32Array, count: number): number;
  /** HMAC-SHA1 with a key of at most 64 octets into `digest` (20); -ENOSYS where this Node's OpenSSL does not show its SHA-1. */
  hmacSha1(key: Uint8Array, data: Uint8Array, digest: Uint8Array): number;
  /** Calls back with 0 (or -errno) while `fd` is readable; returns an id > 0. */
  pollStart(fd: number, onReadable: (status: number) => void): number;
  pollStop(id: number): number;
  /** Whether this poll alone keeps the process alive; true from the start. */
  pollRef(id: number, on: boolean): number;
  /**
   * bpf(2): the address of each buffer is written into `attr` at its offset, then `attr.length` octets are passed. The
   * kernel writes into the buffers as the command says: they must be as large as it expects.
   */
  bpf(command: number, attr: Uint8Array, pointers: Pointers): number;
  /** adjtimex(2), reading only. */
  adjtimex(): { readonly state: number; readonly status: number } | number;
  ifNameToIndex(name: string): number;
  /** Milliseconds on CLOCK_MONOTONIC, the base of bpf_ktime_get_ns() and process.hrtime(). */
  clockMonotonicMs(): number;
  /** Moves the calling thread into the network namespace behind `fd`. */
  setns(fd: number): number;
  /** The calling thread is run before all that are not realtime (SCHED_RR); what it starts is not. */
  realtime(): number;
}

/** What to do about an errno, where that does not depend on the call. */
const ADVICE: Readonly<Record<string, string>> = {
  EPERM: 'run as root, or with CAP_NET_ADMIN and CAP_NET_RAW',
  EACCES: 'run as root, or with CAP_NET_ADMIN and CAP_NET_RAW',
  EAFNOSUPPORT: 'this kernel lacks the address family',
  EPROTONOSUPPORT: 'this kernel lacks the protocol',
  EOPNOTSUPP: 'this kernel lacks the feature',
  EADDRINUSE: 'another process holds this address; stop it or configure another port',
  EADDRNOTAVAIL: 'no interface here has this address; configure it first',
  ENODEV: 'there is no such interface; check its name and that it exists',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
  ENETDOWN: 'the interface is down',
  ENOBUFS: 'a queue of the kernel is full: something was lost',
  ECONNREFUSED: 'nobody listens there',
  ENETUNREACH: 'there is no route to the destination',
  EHOSTUNREACH: 'there is no route to the destination',
};

/** A system call failed. `errno` is its name, such as `EPERM`; the message says what was tried and what to do. */
export class NativeError extends Error {
  override readonly name = 'NativeError';
  readonly errno: string;
  constructor(what: string, errno: string, advice = ADVICE[errno]) {
    super(`${what}: ${errno}${advice ? ` (${advice})` : ''}`);
    this.errno = errno;
  }
}

const { EWOULDBLOCK: _sameAsEagain, ENOTSUP: _sameAsEopnotsupp, ...errnos } = constants.errno;
const NAMES = new Map(Object.entries(errnos).map(([name, value]) => [-value, name]));

/** `-1` to `EPERM`. */
export const errnoName = (result: number): string => NAMES.get(result) ?? `errno ${-result}`;

/** Passes a result >= 0 on. `what` says what was tried, with names and addresses. @throws NativeError */
export function check(what: string, result: number, advice?: string): number {
  if (result < 0) throw new NativeError(what, errnoName(result), advice);
  return result;
}

let loaded: Native | undefined;

/** The addon. @throws NativeError when it cannot be loaded */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

/** True, or why the addon is not there and what to do. */
export function available(): true | string {
  try {
    native();
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * `ROAMSTEAD_NATIVE` names the file, else it is the nearest build/roamstead-<arch>.node above `from`, which fits the source
 * tree and the bundle alike. Undefined: not built.
 */
export function locateAddon(from = fileURLToPath(import.meta.url), env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.ROAMSTEAD_NATIVE) return env.ROAMSTEAD_NATIVE;
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const path = join(folder, 'build', `roamstead-${process.arch}.node`);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function load(): Native {
  if (process.platform !== 'linux') throw new NativeError('The addon for sockets and bpf', 'ENOSYS', `it needs Linux, this is ${process.platform}`);
  const path = locateAddon();
  if (!path) throw new NativeError('The addon for sockets and bpf is not built', 'ENOENT', 'run: node scripts/build-addon.mjs');
  try {
    return createRequire(import.meta.url)(path) as Native;
  } catch (error) {
    throw new NativeError(`The addon ${path} does not load (${(error as Error).message})`, 'ENOEXEC', 'build it again: node scripts/build-addon.mjs');
  }
}
