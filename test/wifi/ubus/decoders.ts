/** The decoders of ubus, for what every decoder has to keep. */
import { table } from '../../../agent/wifi/ubus/blobmsg.ts';
import { message, type Message } from '../../../agent/wifi/ubus/message.ts';
import { decode, encode } from '../../../protocol/codec.ts';
import type { Decoder } from '../../protocol/codecs.ts';
import { RECEIVED, SENT } from './vectors.ts';

const messages = [...Object.values(RECEIVED), ...Object.values(SENT)];
const tables = messages.map((m) => decode(message, m).attributes.data ?? new Uint8Array());

export const ubusDecoders: readonly Decoder[] = [
  { name: 'ubus message', decode: (octets) => decode(message, octets), encode: (m: Message) => encode(message, m), seeds: messages },
  { name: 'ubus fields', decode: (octets) => decode(table, octets), encode: (fields: ReturnType<typeof table.read>) => encode(table, fields), seeds: tables },
];
