/**
 * The option fields of a DHCP message as octets by code, before any of them is understood: pad, end, overload of `file`
 * and `sname` (RFC 2131 §4.1, RFC 2132 §9.3), and values split over several instances (RFC 3396).
 */
import { DecodeError, Reader, type Writer } from '../codec.ts';

const PAD = 0;
export const OVERLOAD = 52;
const END = 255;
/** What one instance holds; longer values go on in the next (RFC 3396 §5). */
const LONGEST_INSTANCE = 255;

/** One value per code, in the order of first appearance. */
export type OptionArea = ReadonlyMap<number, Uint8Array>;

export interface BootpFields {
  readonly options: Uint8Array;
  readonly file: Uint8Array;
  readonly sname: Uint8Array;
}

/** Which of `file` and `sname` hold options: bits of option 52. */
const FILE = 1;
const SNAME = 2;

/**
 * Reads `options`, then `file`, then `sname`, the last two if option 52 says so; the instances of a code are joined in that
 * order (RFC 3396 §5), whatever the code, because a receiver cannot tell a split value from a repeated one.
 */
export function readArea(fields: BootpFields): { area: OptionArea; overload: { file: boolean; sname: boolean } } {
  const instances = new Map<number, Uint8Array[]>();
  readInstances(fields.options, instances);
  const said = instances.get(OVERLOAD);
  const fieldsUsed = said ? overloadOf(join(said)) : 0;
  if (fieldsUsed & FILE) readInstances(fields.file, instances);
  if (fieldsUsed & SNAME) readInstances(fields.sname, instances);
  // Overloading says nothing inside the overloaded fields.
  instances.delete(OVERLOAD);
  const area = new Map([...instances].map(([code, parts]) => [code, join(parts)]));
  return { area, overload: { file: (fieldsUsed & FILE) !== 0, sname: (fieldsUsed & SNAME) !== 0 } };
}

function overloadOf(value: Uint8Array): number {
  const [bits] = value;
  if (value.length !== 1 || bits === undefined || bits < FILE || bits > (FILE | SNAME)) throw new DecodeError('value', 'the option overload option holds 1, 2 or 3');
  return bits;
}

/** A missing end option is forgiven: the field ends anyway. An option that runs past its field is not. */
function readInstances(field: Uint8Array, into: Map<number, Uint8Array[]>): void {
  const r = new Reader(field);
  while (r.remaining > 0) {
    const code = r.uint(1);
    if (code === PAD) continue;
    if (code === END) return;
    const value = r.take(r.uint(1)).slice();
    const parts = into.get(code);
    if (parts) parts.push(value);
    else into.set(code, [value]);
  }
}

export function writeInstances(w: Writer, code: number, value: Uint8Array): void {
  for (let at = 0; at === 0 || at < value.length; at += LONGEST_INSTANCE) {
    const part = value.subarray(at, at + LONGEST_INSTANCE);
    w.uint(code, 1);
    w.uint(part.length, 1);
    w.bytes(part);
  }
}

export const writeEnd = (w: Writer): void => w.uint(END, 1);

export const isOptionCode = (code: number): boolean => code !== PAD && code !== END && code !== OVERLOAD;

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
