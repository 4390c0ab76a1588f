/**
 * Messages between a client and ubusd: a head (version, type, sequence number, peer) and one blob whose attributes are the
 * table below. On a stream, so the blob's length says where the next message begins.
 */
import { decode, DecodeError, encode, EncodeError, octets, Reader, u32, u8, Writer, type Codec, type ValueOf } from '../../../protocol/codec.ts';
import { attribute, cString } from './blob.ts';
import { table, type Table } from './blobmsg.ts';

/** Types by number (ubusmsg.h). HELLO comes first and unasked; DATA answers and STATUS ends an answer; a notification comes as INVOKE. */
const TYPES = ['hello', 'status', 'data', 'ping', 'lookup', 'invoke', 'addObject', 'removeObject', 'subscribe', 'unsubscribe', 'notify', 'monitor'] as const;
export type MessageType = (typeof TYPES)[number];

const ATTRIBUTES = {
  status: { id: 1, codec: u32 },
  objectPath: { id: 2, codec: cString },
  objectId: { id: 3, codec: u32 },
  method: { id: 4, codec: cString },
  objectType: { id: 5, codec: u32 },
  /** Methods and their arguments: blobmsg, left as it is because nobody here reads it. */
  signature: { id: 6, codec: octets() },
  /** blobmsg, read by `dataOf` when somebody wants it: most notifications (`probe`) nobody does. */
  data: { id: 7, codec: octets() },
  target: { id: 8, codec: u32 },
  active: { id: 9, codec: u8 },
  noReply: { id: 10, codec: u8 },
  subscribers: { id: 11, codec: octets() },
  user: { id: 12, codec: cString },
  group: { id: 13, codec: cString },
} as const satisfies Record<string, { readonly id: number; readonly codec: Codec<never> | Codec<number> | Codec<string> | Codec<Uint8Array> }>;

type AttributeName = keyof typeof ATTRIBUTES;
export type Attributes = { readonly [K in AttributeName]?: ValueOf<(typeof ATTRIBUTES)[K]['codec']> };

export interface Message {
  readonly type: MessageType;
  readonly seq: number;
  /** The client or object that it is from or for, as the type has it. */
  readonly peer: number;
  readonly attributes: Attributes;
}

const NAMES: ReadonlyMap<number, AttributeName> = new Map(Object.entries(ATTRIBUTES).map(([name, { id }]) => [id, name as AttributeName]));
const VERSION = 0;
const HEAD = 8;
const BLOB_HEAD = 4;
/** As ubusd is built (UBUS_MAX_MSGLEN). */
const LONGEST = 1_048_576;

/** One whole message. Attributes without a row are skipped, of repeated ones the last counts. */
export const message: Codec<Message> = {
  read(r) {
    const version = r.uint(1);
    if (version !== VERSION) throw new DecodeError('value', `version ${version} of ubus`);
    const number = r.uint(1);
    const type = TYPES[number];
    if (!type) throw new DecodeError('unknown-type', `message type ${number}`);
    const seq = r.uint(2);
    const peer = r.uint(4);
    const inner = new Reader(attribute.read(r).payload);
    const attributes: Record<string, unknown> = {};
    while (inner.remaining > 0) {
      const { id, payload } = attribute.read(inner);
      const name = NAMES.get(id);
      if (name) attributes[name] = decode(ATTRIBUTES[name].codec as Codec<unknown>, payload);
    }
    return { type, seq, peer, attributes };
  },
  write(w, { type, seq, peer, attributes }) {
    const inner = new Writer();
    for (const [name, { id, codec }] of Object.entries(ATTRIBUTES)) {
      const value = attributes[name as AttributeName];
      if (value !== undefined) attribute.write(inner, { id, extended: false, payload: encode(codec as Codec<unknown>, value) });
    }
    const payload = inner.finish();
    if (payload.length + BLOB_HEAD > LONGEST) throw new EncodeError(`a message of ${payload.length} octets is longer than ubusd takes`);
    w.uint(VERSION, 1);
    w.uint(TYPES.indexOf(type), 1);
    w.uint(seq, 2);
    w.uint(peer, 4);
    attribute.write(w, { id: 0, extended: false, payload });
  },
};

/** The arguments, result or notification that a message carries. @throws DecodeError */
export const dataOf = ({ attributes }: Message): Table => decode(table, attributes.data ?? new Uint8Array());
export const asData = (fields: Table): Uint8Array => encode(table, fields);

/**
 * Cuts a stream into whole messages, whatever the pieces it comes in. Holds one message at most.
 * @throws DecodeError when a length cannot be: then nobody knows where the next message begins
 */
export function splitter(): (piece: Uint8Array) => readonly Uint8Array[] {
  let rest = new Uint8Array();
  return (piece) => {
    const all = rest.length === 0 ? piece : joined(rest, piece);
    const whole: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= HEAD + BLOB_HEAD) {
      const length = new Reader(all, at + HEAD + 1).uint(3);
      if (length < BLOB_HEAD || length > LONGEST) throw new DecodeError('length', `a message of ${length} octets`);
      if (all.length - at < HEAD + length) break;
      whole.push(all.subarray(at, (at += HEAD + length)));
    }
    rest = all.slice(at);
    return whole;
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** What a STATUS says (ubusmsg.h), in words. */
const STATUS = [
  'done',
  'invalid command',
  'invalid argument',
  'no such method',
  'no such object',
  'no data',
  'permission denied: ubus has no rule that lets this user (see /usr/share/acl.d)',
  'it took too long',
  'not supported',
  'unknown error',
  'connection failed',
  'out of memory',
  'cannot be parsed',
  'system error',
] as const;
export const OK = 0;
export const NOT_FOUND = 4;
export const statusText = (status: number): string => STATUS[status] ?? `status ${status}`;
