/** What all sockets here share: polled, drained with a limit at each wake, errors told and never thrown into the event loop. */
import { Reader } from '../../protocol/codec.ts';
import type { Codec } from '../../protocol/codec.ts';
import { int, SO_BINDTODEVICE, SO_RCVBUFFORCE, SO_SNDBUFFORCE, SOL_SOCKET } from '../abi.ts';
import { decodeControl } from '../control.ts';
import type { ControlMessage } from '../control.ts';
import { check, errnoName, native, NativeError } from '../native.ts';
import { SOCKADDR_SIZE } from '../sockaddr.ts';
import { pendingError } from './pendingError.ts';

export interface Received {
  readonly octets: Uint8Array;
  /** The sender as a sockaddr. */
  readonly from: Uint8Array;
  readonly control: readonly ControlMessage[];
}

export interface Endpoint {
  readonly fd: number;
  /** False: the kernel refused it, and `onError` was told why. */
  send(octets: Uint8Array, address?: Uint8Array, control?: Uint8Array): boolean;
  /** Frees the process to end while this socket is open. */
  unref(): void;
  /** No callback comes after this. Closing twice is free. */
  close(): void;
}

export interface EndpointOptions {
  /** Names the socket in error messages: `the MH socket of 2001:db8::1`. */
  readonly what: string;
  readonly onReceive: (received: Received) => void;
  /** Messages were lost; those that were still queued are thrown away, too. Without it, an error. */
  readonly onOverrun?: () => void;
  /** Kernel refusals, overruns, undecodable ancillary data, and whatever `onReceive` and `onOverrun` throw. */
  readonly onError: (error: Error) => void;
}

const EAGAIN = -11;
/** Datagrams taken at one wake; the rest waits for the next turn of the loop, so that one socket cannot starve the others. */
const DRAIN_LIMIT = 64;
/** What is received is copied out before the next: one for all sockets, of which a gateway has a dozen. */
const data = new Uint8Array(65536);

/** Takes over `fd` and polls it. */
export function endpoint(fd: number, { what, onReceive, onOverrun, onError }: EndpointOptions): Endpoint {
  const n = native();
  const address = new Uint8Array(SOCKADDR_SIZE);
  const control = new Uint8Array(512);
  const lengths = new Uint32Array(3);
  let open = true;

  function receiveOne(): boolean {
    if (!open) return false;
    const got = n.recvmsg(fd, data, address, control, lengths);
    if (got === EAGAIN) return false;
    if (got < 0) failed(new NativeError(`receive on ${what}`, errnoName(got)));
    else guarded(() => deliver(got));
    return true;
  }

  function deliver(length: number): void {
    const from = address.slice(0, lengths[0]);
    onReceive({ octets: data.slice(0, length), from, control: decodeControl(control.slice(0, lengths[1])) });
  }

  function failed(error: NativeError): void {
    if (!onOverrun || error.errno !== 'ENOBUFS') return onError(error);
    // What is queued is stale, and netlink stays deaf until its queue was empty once.
    while (n.recvmsg(fd, data, null, null, lengths) !== EAGAIN);
    guarded(onOverrun);
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  const poll = n.pollStart(fd, (status) => {
    const error = status < 0 ? pendingError(fd, what) : undefined;
    if (error) failed(error);
    for (let i = 0; i < DRAIN_LIMIT && receiveOne(); i++);
  });
  if (poll < 0) n.close(fd);
  check(`poll ${what}`, poll);

  return {
    fd,
    send(octets, to, ancillary) {
      if (!open) return false;
      const sent = n.sendmsg(fd, octets, to, ancillary);
      if (sent < 0) onError(refused(`send ${octets.length} octets on ${what}`, errnoName(sent)));
      return sent >= 0;
    },
    unref: () => void (open && n.pollRef(poll, false)),
    close() {
      if (open) n.close(fd);
      open = false;
    },
  };
}

const refused = (what: string, errno: string) =>
  new NativeError(what, errno, errno === 'EINVAL' ? 'is the source address one of this host, and is the length right?' : undefined);

/** Opens a socket, lets `prepare` set it up, and closes it again if that throws. @throws NativeError */
export function openSocket(what: string, [domain, type, protocol]: readonly [number, number, number], prepare: (fd: number) => void): number {
  const fd = check(`open ${what}`, native().socket(domain, type, protocol));
  try {
    prepare(fd);
  } catch (error) {
    native().close(fd);
    throw error;
  }
  return fd;
}

const intOctets = (value: number) => new Uint8Array(Int32Array.of(value).buffer);

/** @throws NativeError */
export function setOption(what: string, fd: number, level: number, name: number, value: number | Uint8Array): void {
  check(`set option ${level}/${name} of ${what}`, native().setsockopt(fd, level, name, typeof value === 'number' ? intOctets(value) : value));
}

/** Room for a burst: what does not fit is lost. Without CAP_NET_ADMIN the system's own limit stays. */
export const growReceiveBuffer = (fd: number, size: number): void => void native().setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, intOctets(size));

/** For a message that is larger than usual. Without CAP_NET_ADMIN the system's own limit stays. */
export const growSendBuffer = (fd: number, size: number): void => void native().setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, intOctets(size));

/** Only traffic of this interface, in and out. @throws NativeError */
export function bindToDevice(what: string, fd: number, name: string): void {
  check(`bind ${what} to the interface ${name}`, native().setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(name)));
}

/** The value of one kind of ancillary data, if it came. @throws DecodeError */
export function controlValue<T>(messages: readonly ControlMessage[], level: number, type: number, codec: Codec<T>): T | undefined {
  const found = messages.find((m) => m.level === level && m.type === type);
  return found && codec.read(new Reader(found.data));
}

export const controlInt = (messages: readonly ControlMessage[], level: number, type: number): number | undefined => controlValue(messages, level, type, int);
