/**
 * A socket whose datagrams are taken and sent many at a time, each way with one system call for up to 64 of them. For signalling,
 * where a gateway's or an anchor's work is a great many small messages; `endpoint` is for everything else.
 */
import { errnoName, native, NativeError, check } from '../native.ts';
import { pendingError } from './pendingError.ts';

const MOST = 64;
const FIELDS = 3;
const NAME = 32;
const CONTROL = 128;
const EAGAIN = -11;

/** Where one datagram stands in the buffers of its batch. */
export interface Slot {
  readonly data: Uint8Array;
  readonly dataAt: number;
  readonly length: number;
  /** A sockaddr. */
  readonly names: Uint8Array;
  readonly nameAt: number;
  readonly control: Uint8Array;
  readonly controlAt: number;
  readonly controlLength: number;
}

export interface Datagrams {
  /**
   * Sends when this turn of the event loop's work is done, in order. `name` writes the sockaddr at its place and returns its
   * length; `control` is ancillary data.
   */
  send(octets: Uint8Array, name: (names: Uint8Array, at: number) => number, control?: Uint8Array): void;
  unref(): void;
  /** What was to be sent is sent. No callback comes after this; closing twice is free. */
  close(): void;
}

export interface DatagramOptions {
  /** Names the socket in error messages. */
  readonly what: string;
  /** The rest of a longer datagram is cut off. */
  readonly largest: number;
  /** The buffers are the callback's until it returns. */
  readonly onReceive: (slot: Slot) => void;
  readonly onError: (error: Error) => void;
}

class Batch {
  readonly data: Uint8Array;
  readonly names = new Uint8Array(MOST * NAME);
  readonly control = new Uint8Array(MOST * CONTROL);
  readonly lengths = new Uint32Array(MOST * FIELDS);
  readonly largest: number;

  constructor(largest: number) {
    this.largest = largest;
    this.data = new Uint8Array(MOST * largest);
  }

  slot(i: number): Slot {
    const { data, names, control, lengths, largest } = this;
    return { data, dataAt: i * largest, length: lengths[i * FIELDS] as number, names, nameAt: i * NAME, control, controlAt: i * CONTROL, controlLength: lengths[i * FIELDS + 2] as number };
  }
}

/** Takes over `fd` and polls it. */
export function datagrams(fd: number, { what, largest, onReceive, onError }: DatagramOptions): Datagrams {
  const n = native();
  const received = new Batch(largest);
  const leaving = new Batch(largest);
  let queued = 0;
  let open = true;

  function receive(): void {
    const count = n.recvmmsg(fd, received.data, received.names, received.control, received.lengths);
    if (count === EAGAIN) return;
    if (count < 0) onError(new NativeError(`receive on ${what}`, errnoName(count)));
    for (let i = 0; i < count; i++) deliver(received.slot(i));
  }

  function deliver(slot: Slot): void {
    if (!open) return;
    try {
      onReceive(slot);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function flush(): void {
    const { data, names, control, lengths } = leaving;
    const count = queued;
    queued = 0;
    if (!open) return;
    for (let first = 0; first < count; ) {
      const sent = n.sendmmsg(fd, data.subarray(first * largest), names.subarray(first * NAME), control.subarray(first * CONTROL), lengths.subarray(first * FIELDS), count - first);
      if (sent < 0) onError(new NativeError(`send ${lengths[first * FIELDS]} octets on ${what}`, errnoName(sent)));
      first += Math.max(1, sent);
    }
  }

  function tellPendingError(): void {
    const error = pendingError(fd, what);
    if (error) onError(error);
  }

  const poll = n.pollStart(fd, (status) => {
    if (status < 0) tellPendingError();
    if (open) receive();
  });
  if (poll < 0) n.close(fd);
  check(`poll ${what}`, poll);

  return {
    send(octets, name, control) {
      if (!open) return;
      if (octets.length > largest) return onError(new RangeError(`${octets.length} octets are too long for ${what}`));
      const at = queued;
      if (at === 0) queueMicrotask(flush);
      leaving.data.set(octets, at * largest);
      leaving.lengths[at * FIELDS] = octets.length;
      leaving.lengths[at * FIELDS + 1] = name(leaving.names, at * NAME);
      leaving.lengths[at * FIELDS + 2] = control?.length ?? 0;
      if (control) leaving.control.set(control, at * CONTROL);
      queued += 1;
      if (queued === MOST) flush();
    },
    unref: () => void (open && n.pollRef(poll, false)),
    close() {
      if (!open) return;
      flush();
      n.close(fd);
      open = false;
    },
  };
}
