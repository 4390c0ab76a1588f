/** The wire format of netlink and rtnetlink as tables (RFC 3549, linux/netlink.h, linux/rtnetlink.h): native byte order throughout. */
import { formatIp, parseIp } from '../../protocol/address.ts';
import { DecodeError, encode, mapped, octets, Reader, struct } from '../../protocol/codec.ts';
import type { Codec, ValueOf, Writer } from '../../protocol/codec.ts';
import { n16, n32 } from '../abi.ts';

export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

export const AF_UNSPEC = 0;

const header = struct({ length: n32, type: n16, flags: n16, sequence: n32, port: n32 });
const HEADER = 16;

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

const aligned = (length: number) => (length + 3) & ~3;

export function encodeMessage({ type, flags, sequence, body }: Message): Uint8Array {
  const out = new Uint8Array(HEADER + aligned(body.length));
  out.set(encode(header, { length: HEADER + body.length, type, flags, sequence, port: 0 }));
  out.set(body, HEADER);
  return out;
}

/** All messages of one datagram. @throws DecodeError */
export function decodeMessages(datagram: Uint8Array): Message[] {
  const r = new Reader(datagram);
  const all: Message[] = [];
  while (r.remaining >= HEADER) {
    const { length, type, flags, sequence } = header.read(r);
    if (length < HEADER) throw new DecodeError('length', `a netlink message of ${length} octets`);
    all.push({ type, flags, sequence, body: r.take(length - HEADER) });
    r.advance(Math.min(aligned(length) - length, r.remaining));
  }
  return all;
}

/** Name of an attribute to its number and layout. */
export type AttributeTable = Readonly<Record<string, readonly [number, Codec<any>]>>;
export type Attributes<T extends AttributeTable> = { readonly [K in keyof T]?: ValueOf<T[K][1]> | undefined };

const NLA_TYPE_MASK = 0x3fff;

/** Attributes to the end of the window, in the table's order when written; unknown ones are skipped, the last of a kind counts. */
export function attributes<const T extends AttributeTable>(table: T): Codec<Attributes<T>> {
  const byNumber = new Map(Object.entries(table).map(([name, [number, codec]]) => [number, { name, codec }]));
  return {
    read(r) {
      const value: Record<string, unknown> = {};
      while (r.remaining >= 4) {
        const length = n16.read(r) - 4;
        const known = byNumber.get(n16.read(r) & NLA_TYPE_MASK);
        if (length < 0) throw new DecodeError('length', 'a netlink attribute shorter than its header');
        const inner = r.window(length);
        if (known) value[known.name] = known.codec.read(inner);
        r.advance(Math.min(aligned(length) - length, r.remaining));
      }
      return value as Attributes<T>;
    },
    write(w, value) {
      for (const [name, [number, codec]] of Object.entries(table)) {
        if (value[name] !== undefined) writeAttribute(w, number, encode(codec, value[name]));
      }
    },
  };
}

export function writeAttribute(w: Writer, number: number, data: Uint8Array): void {
  n16.write(w, data.length + 4);
  n16.write(w, number);
  w.bytes(data);
  w.zeros(aligned(data.length) - data.length);
}

/** A fixed part, then attributes: the body of every rtnetlink message. */
export function layout<H extends object, const T extends AttributeTable>(fixed: Codec<H>, table: T): Codec<H & Attributes<T>> {
  const rest = attributes(table);
  return {
    read: (r) => ({ ...fixed.read(r), ...rest.read(r) }),
    write(w, value) {
      fixed.write(w, value);
      rest.write(w, value);
    },
  };
}

/** An IPv4 or IPv6 address by its length. */
export const ip: Codec<string> = mapped(
  octets(),
  (raw) => {
    if (raw.length !== 4 && raw.length !== 16) throw new DecodeError('length', `an address of ${raw.length} octets`);
    return formatIp(raw);
  },
  parseIp,
);
