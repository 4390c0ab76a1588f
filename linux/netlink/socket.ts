/**
 * Requests to the kernel, answered at once: rtnetlink handles a request inside sendmsg, so its answer is there when sendmsg
 * returns. Nothing waits and nothing is spawned.
 */
import { encode, Reader, struct } from '../../protocol/codec.ts';
import type { Codec } from '../../protocol/codec.ts';
import { AF_NETLINK, cString, int, n32, SOCK_RAW, SOL_NETLINK } from '../abi.ts';
import { check, errnoName, native, NativeError } from '../native.ts';
import { growReceiveBuffer, openSocket, setOption } from '../sockets/endpoint.ts';
import { sockaddrNl } from '../sockaddr.ts';
import { attributes, decodeMessages, encodeMessage, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from './wire.ts';
import type { Message } from './wire.ts';

const NETLINK_ROUTE = 0;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

export interface Request<T> {
  /** For error messages: `add the address 192.0.2.1/24 to eth0`. */
  readonly what: string;
  readonly type: number;
  /** Besides REQUEST and ACK. */
  readonly flags?: number;
  readonly layout: Codec<T>;
  readonly body: T;
}

/** Requests go to the network namespace in which it was opened. */
export interface Netlink {
  /** Returns the messages that came before the acknowledgement. @throws NativeError with the kernel's own words, if it has any */
  request<T>(request: Request<T>): readonly Message[];
  /** All objects of a kind, again if the kernel says that the list changed meanwhile. @throws NativeError */
  dump<T>(request: Request<T>): readonly Message[];
  close(): void;
}

const errorBody = struct({ code: int, length: n32, _type: n32, _sequence: n32, _port: n32 });
const errorDetails = attributes({ message: [1, cString] });
const DUMP_ATTEMPTS = 5;

/** Opens a netlink socket of the given groups, of rtnetlink unless told otherwise. */
export function openNetlink(what: string, groups: number, protocol = NETLINK_ROUTE): number {
  return openSocket(what, [AF_NETLINK, SOCK_RAW, protocol], (fd) => {
    setOption(what, fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    setOption(what, fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    growReceiveBuffer(fd, 4 << 20);
    check(`bind ${what}`, native().bind(fd, encode(sockaddrNl, { port: 0, groups })));
  });
}

/** To rtnetlink unless told otherwise. @throws NativeError */
export function netlink(protocol = NETLINK_ROUTE): Netlink {
  const n = native();
  const fd = openNetlink(`the netlink socket of protocol ${protocol}`, 0, protocol);
  // The kernel fills up to 32 KiB of a dump into one datagram.
  const buffer = new Uint8Array(65536);
  const lengths = new Uint32Array(3);
  let sequence = 0;
  let open = true;

  /** Everything up to the end of the answer to `sequence`. */
  function answer(what: string): Message[] {
    const all: Message[] = [];
    for (;;) {
      const got = check(`receive the answer to: ${what}`, n.recvmsg(fd, buffer, null, null, lengths));
      for (const message of decodeMessages(buffer.slice(0, got))) {
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG_DONE) {
          const code = message.body.length >= 4 ? int.read(new Reader(message.body)) : 0;
          if (code < 0) check(what, code);
          return all;
        }
        if (message.type === NLMSG_ERROR) {
          throwUnlessZero(what, message);
          return all;
        }
        all.push(message);
      }
    }
  }

  function exchange<T>(extra: number, { what, type, flags = 0, layout, body }: Request<T>): Message[] {
    if (!open) throw new NativeError(what, 'EBADF', 'this netlink socket was closed');
    sequence = (sequence + 1) >>> 0;
    const octets = encodeMessage({ type, flags: flags | extra | NLM_F_REQUEST, sequence, body: encode(layout, body) });
    check(what, n.sendmsg(fd, octets));
    try {
      return answer(what);
    } catch (error) {
      // Half an answer left behind would make the kernel refuse the next dump.
      while (n.recvmsg(fd, buffer, null, null, lengths) >= 0);
      throw error;
    }
  }

  return {
    request: (request) => exchange(NLM_F_ACK, request),
    dump(request) {
      for (let left = DUMP_ATTEMPTS; ; left--) {
        const all = exchange(NLM_F_DUMP, request);
        if (left === 0 || !all.some((m) => m.flags & NLM_F_DUMP_INTR)) return all;
      }
    },
    close() {
      if (open) n.close(fd);
      open = false;
    },
  };
}

/** Of a message NLMSG_ERROR, which also is the acknowledgement. @throws NativeError */
export function throwUnlessZero(what: string, { flags, body }: Message): void {
  const r = new Reader(body);
  const { code, length } = errorBody.read(r);
  if (code === 0) return;
  // Without CAPPED the kernel repeats the whole request before the details.
  if (!(flags & NLM_F_CAPPED)) r.advance(Math.min(r.remaining, length - 16));
  const said = flags & NLM_F_ACK_TLVS ? errorDetails.read(r).message : undefined;
  throw new NativeError(what, errnoName(code), said && `the kernel says: ${said}`);
}

/** Runs a request that may find its work done already: then the given error is no error. @throws NativeError for any other */
export function unless(errnos: readonly string[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof NativeError && errnos.includes(error.errno))) throw error;
  }
}
