/** TextEncoder and TextDecoder for an engine without them: all that the pure core asks of its host (Encoding Standard, UTF-8 only). Pure. */

const encode = (text: string): Uint8Array => {
  const out: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    const c = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return Uint8Array.from(out);
};

/** Lead octet, how many follow, and the smallest code point that needs so many. */
const SEQUENCES = [[0xc0, 0xe0, 1, 0x80], [0xe0, 0xf0, 2, 0x800], [0xf0, 0xf8, 3, 0x10000]] as const;

/** The code point at `at` and its octets; undefined if there is none. */
function pointAt(octets: Uint8Array, at: number): readonly [point: number, length: number] | undefined {
  const lead = octets[at] as number;
  if (lead < 0x80) return [lead, 1];
  const row = SEQUENCES.find(([from, below]) => lead >= from && lead < below);
  if (!row || at + row[2] >= octets.length) return undefined;
  let point = lead & (0x3f >> row[2]);
  for (let i = 1; i <= row[2]; i++) {
    const next = octets[at + i] as number;
    if ((next & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (next & 63);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < row[3] || point > 0x10ffff || surrogate ? undefined : [point, row[2] + 1];
}

export class Utf8Encoder {
  readonly encoding = 'utf-8';
  encode(text = ''): Uint8Array {
    return encode(text);
  }
}

export class Utf8Decoder {
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  constructor(_label = 'utf-8', { fatal = false, ignoreBOM = false }: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }
  /** @throws TypeError for malformed octets if `fatal`; else each is U+FFFD */
  decode(octets: Uint8Array = new Uint8Array()): string {
    let text = '';
    for (let at = 0; at < octets.length; ) {
      const found = pointAt(octets, at);
      if (!found && this.fatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
      text += String.fromCodePoint(found?.[0] ?? 0xfffd);
      at += found?.[1] ?? 1;
    }
    return !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text;
  }
}
