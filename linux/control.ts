/** Ancillary data of sendmsg and recvmsg (cmsg(3)): a list of typed values, each aligned to the machine's word. */
import { Reader, Writer } from '../protocol/codec.ts';
import { int, size, WORD } from './abi.ts';

export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

const HEADER = WORD + 8;
const padding = (length: number) => (WORD - (length % WORD)) % WORD;

export function encodeControl(messages: readonly ControlMessage[]): Uint8Array {
  const w = new Writer();
  for (const { level, type, data } of messages) {
    size.write(w, HEADER + data.length);
    int.write(w, level);
    int.write(w, type);
    w.bytes(data);
    w.zeros(padding(data.length));
  }
  return w.finish();
}

/** @throws DecodeError */
export function decodeControl(octets: Uint8Array): ControlMessage[] {
  const r = new Reader(octets);
  const all: ControlMessage[] = [];
  while (r.remaining >= HEADER) {
    const length = size.read(r) - HEADER;
    const level = int.read(r);
    const type = int.read(r);
    all.push({ level, type, data: r.take(length) });
    r.advance(Math.min(padding(length), r.remaining));
  }
  return all;
}
