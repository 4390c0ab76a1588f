/**
 * LuCI's translations: PO in, LMO out (luci-base's po2lmo.c and lmo.c). Texts one after the other, each padded to 4 octets; then
 * an index sorted by hash (key, how many plural forms, offset, length: 32 bits each, big-endian), then its offset.
 */
import { parsePo } from './po.ts';

/** Paul Hsieh's hash over octets, as lmo.c begins it: with the length. */
export function hashOf(text: Uint8Array): number {
  const { length } = text;
  const view = new DataView(text.buffer, text.byteOffset, length);
  let hash = length;
  let at = 0;
  const last = length - (length & 3);
  for (; at < last; at += 4) {
    hash = (hash + view.getUint16(at, true)) | 0;
    const next = (view.getUint16(at + 2, true) << 11) ^ hash;
    hash = (hash << 16) ^ next;
    hash = (hash + (hash >>> 11)) | 0;
  }
  switch (length & 3) {
    case 3:
      hash = (hash + view.getUint16(at, true)) | 0;
      hash ^= hash << 16;
      hash ^= view.getInt8(at + 2) << 18;
      hash = (hash + (hash >>> 11)) | 0;
      break;
    case 2:
      hash = (hash + view.getUint16(at, true)) | 0;
      hash ^= hash << 11;
      hash = (hash + (hash >>> 17)) | 0;
      break;
    case 1:
      hash = (hash + view.getInt8(at)) | 0;
      hash ^= hash << 10;
      hash = (hash + (hash >>> 1)) | 0;
      break;
  }
  hash ^= hash << 3;
  hash = (hash + (hash >>> 5)) | 0;
  hash ^= hash << 4;
  hash = (hash + (hash >>> 17)) | 0;
  hash ^= hash << 25;
  return (hash + (hash >>> 6)) >>> 0;
}

interface Entry {
  readonly key: number;
  readonly forms: number;
  readonly text: Uint8Array;
}

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const padded = (length: number): number => (length + 3) & ~3;

function entriesOf(po: string): Entry[] {
  const { plural, messages } = parsePo(po);
  const rule: Entry[] = plural === undefined ? [] : [{ key: 0, forms: 0, text: octets(plural) }];
  return [
    ...rule,
    ...messages.flatMap(({ id, isPlural, texts }) =>
      texts.flatMap((text, i) => {
        const key = hashOf(octets(isPlural ? `${id}\u0002${i}` : id));
        // What reads the same in both languages takes no room.
        return text === '' || key === hashOf(octets(text)) ? [] : [{ key, forms: texts.length, text: octets(text) }];
      }),
    ),
  ];
}

/** @throws Error in words, with the line, when it is no PO */
export function lmo(po: string): Uint8Array {
  const entries = entriesOf(po);
  const size = entries.reduce((sum, e) => sum + padded(e.text.length), 0);
  const out = new Uint8Array(size + 16 * entries.length + 4);
  const view = new DataView(out.buffer);
  let at = 0;
  const index = entries.map(({ key, forms, text }) => {
    out.set(text, at);
    const row = [key, forms, at, text.length] as const;
    at += padded(text.length);
    return row;
  });
  index.sort(([a], [b]) => a - b).flat().forEach((n, i) => view.setUint32(size + 4 * i, n));
  view.setUint32(out.length - 4, size);
  return out;
}
