/** libubox's `blob`: everything on ubus is attributes of a 32-bit head (extended bit, 7-bit id, 24-bit length with the head), padded to 4 octets. */
import { DecodeError, EncodeError, text, type Codec, type Reader, type Writer } from '../../../protocol/codec.ts';

export interface Attribute {
  readonly id: number;
  /** The payload begins with a name (blobmsg). */
  readonly extended: boolean;
  readonly payload: Uint8Array;
}

const HEAD = 4;
const LONGEST = 0xff_ffff - HEAD;

/** Octets that fill up to the next multiple of 4. */
export const padding = (length: number): number => -length & 3;

/** Moves past the padding; the last attribute may come without. */
export const skipPadding = (r: Reader, length: number): void => void r.advance(Math.min(padding(length), r.remaining));

export const attribute: Codec<Attribute> = {
  read(r) {
    const head = r.uint(HEAD);
    const length = head % 2 ** 24;
    if (length < HEAD) throw new DecodeError('length', `an attribute of ${length} octets is shorter than its head`);
    const payload = r.take(length - HEAD);
    skipPadding(r, length);
    return { id: Math.floor(head / 2 ** 24) % 128, extended: head >= 2 ** 31, payload };
  },
  write(w: Writer, { id, extended, payload }) {
    if (payload.length > LONGEST || id > 127) throw new EncodeError(`an attribute ${id} of ${payload.length} octets does not fit its head`);
    w.uint((extended ? 2 ** 31 : 0) + id * 2 ** 24 + HEAD + payload.length, HEAD);
    w.bytes(payload);
    w.zeros(padding(payload.length));
  },
};

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text up to its NUL. What is no UTF-8 (an SSID may be anything) is replaced, not refused. */
export const cString: Codec<string> = {
  read(r) {
    const octets = r.take(r.remaining);
    const end = octets.indexOf(0);
    if (end < 0) throw new DecodeError('value', 'a text has no end');
    return lenient.decode(octets.subarray(0, end));
  },
  write(w, value) {
    if (value.includes('\0')) throw new EncodeError('a text with a NUL cannot be sent');
    text.write(w, value);
    w.zeros(1);
  },
};
