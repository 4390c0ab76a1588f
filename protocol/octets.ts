/** Cursors over octets, and the two errors that reading and writing them ends in. */

/** Why octets were refused. Each is a counter in the shells. */
export type DecodeReason =
  | 'truncated' // fewer octets than the layout needs
  | 'trailing' // more octets than the layout allows
  | 'length' // a length field contradicts the octets that are there
  | 'checksum'
  | 'payload-proto' // Mobility Header with another Payload Proto than 59
  | 'unknown-type' // a message type nobody here knows
  | 'value'; // a field holds a value that its layout forbids

/** The only error that a decoder throws. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: DecodeReason;
  constructor(reason: DecodeReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The only error that an encoder throws: the value cannot be expressed on the wire, so the caller has a bug. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
}

/** A bounded cursor over received octets. */
export class Reader {
  readonly octets: Uint8Array;
  readonly end: number;
  offset: number;

  constructor(octets: Uint8Array, start = 0, end = octets.length) {
    this.octets = octets;
    this.offset = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Moves past `count` octets and returns where they begin. */
  advance(count: number): number {
    if (count > this.remaining) throw new DecodeError('truncated', `${count} octets wanted at ${this.offset}, ${this.remaining} there`);
    const at = this.offset;
    this.offset += count;
    return at;
  }

  /** The next `size` octets as an unsigned integer; `size` is 1 to 6. */
  uint(size: number): number {
    const at = this.advance(size);
    const { octets } = this;
    let value = octets[at] as number;
    if (size === 1) return value;
    for (let i = 1; i < size; i++) value = value * 256 + (octets[at + i] as number);
    return value;
  }

  take(count: number): Uint8Array {
    const at = this.advance(count);
    return this.octets.subarray(at, at + count);
  }

  /** A cursor over the next `count` octets alone. */
  window(count: number): Reader {
    const at = this.advance(count);
    return new Reader(this.octets, at, at + count);
  }

  /** Throws unless everything was read. */
  finish(): void {
    if (this.remaining > 0) throw new DecodeError('trailing', `${this.remaining} octets left over at ${this.offset}`);
  }
}

/** Buffers that no writer uses now: making one costs more than most messages. */
const spare: Uint8Array[] = [];
const FIRST_SIZE = 256;
const LARGEST_SPARE = 65_536;
const SHARED = 65_536;
const NOTHING = new Uint8Array(0);
let shared = NOTHING;
let sharedUsed = SHARED;
/** The first integer that does not fit so many octets. */
const LIMITS = [1, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 32, 2 ** 40, 2 ** 48] as const;

/** A growing buffer of octets to send. */
export class Writer {
  private octets = spare.pop() ?? new Uint8Array(FIRST_SIZE);
  length = 0;

  private reserve(count: number): number {
    const at = this.length;
    const need = at + count;
    if (need > this.octets.length) {
      const grown = new Uint8Array(Math.max(need, this.octets.length * 2));
      grown.set(this.octets);
      this.octets = grown;
    }
    this.length = need;
    return at;
  }

  uint(value: number, size: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= (LIMITS[size] as number)) throw new EncodeError(`${value} is no unsigned integer of ${size} octets`);
    const at = this.reserve(size);
    if (size === 1) this.octets[at] = value;
    else if (size === 2) {
      this.octets[at] = value >>> 8;
      this.octets[at + 1] = value;
    } else this.patch(at, value, size);
  }

  bytes(value: Uint8Array): void {
    const at = this.reserve(value.length); // may replace the buffer
    this.octets.set(value, at);
  }

  zeros(count: number): void {
    const at = this.reserve(count);
    this.octets.fill(0, at, at + count);
  }

  /** `count` octets, which `fill` sets: it gets the buffer and where they begin. */
  space(count: number, fill: (octets: Uint8Array, at: number) => void): void {
    const at = this.reserve(count);
    fill(this.octets, at);
  }

  /** False if the text is not all ASCII, and then what was written is of no use. */
  ascii(text: string): boolean {
    const at = this.reserve(text.length);
    const { octets } = this;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c >= 0x80) return false;
      octets[at + i] = c;
    }
    return true;
  }

  /** Overwrites octets written before, for lengths and checksums. */
  patch(at: number, value: number, size: number): void {
    const { octets } = this;
    if (size <= 4) for (let i = size - 1, rest = value; i >= 0; i--, rest >>>= 8) octets[at + i] = rest;
    else for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) octets[at + i] = rest % 256;
  }

  finish(): Uint8Array {
    return this.octets.slice(0, this.length);
  }

  /** As `finish`, and nothing is written afterwards: the buffer serves the next writer. */
  end(): Uint8Array {
    const all = this.finish();
    this.leave();
    return all;
  }

  /** As `end`, for what is soon forgotten: many of them share one buffer, since making a small one costs as much as filling it. */
  endShared(): Uint8Array {
    if (this.length > SHARED / 8) return this.end();
    if (sharedUsed + this.length > SHARED) [shared, sharedUsed] = [new Uint8Array(SHARED), 0];
    const all = shared.subarray(sharedUsed, sharedUsed + this.length);
    all.set(this.octets.subarray(0, this.length));
    sharedUsed += this.length;
    this.leave();
    return all;
  }

  private leave(): void {
    if (this.octets.length <= LARGEST_SPARE) spare.push(this.octets);
    this.octets = NOTHING;
  }
}
