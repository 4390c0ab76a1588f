/** Octets that nobody would send, and what becomes of them. */
import { DecodeError } from '../../protocol/codec.ts';

/** One with an option of that type; zeros to the end are Pad1. */
export function updateWith(type: number, body: Uint8Array): Uint8Array {
  const octets = new Uint8Array(Math.ceil((12 + 2 + body.length) / 8) * 8);
  octets.set([59, octets.length / 8 - 1, 5]);
  octets.set([type, body.length, ...body], 12);
  return octets;
}

/** Undefined when it was refused as it may be. @throws whatever else it throws */
export function onlyDecodeErrors<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
