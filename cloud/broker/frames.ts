/**
 * Watches the packets of one client go by before anybody keeps them (MQTT 3.1.1 §2.2): how long each will be is known from its
 * first octets, so that a packet of 256 MiB is refused and not collected; and how many come decides how long to wait for more.
 */
export interface Pace {
  /** Octets of a packet without its fixed header. */
  readonly longest: number;
  readonly packetsPerSecond: number;
  /** At once, after some silence. */
  readonly burst: number;
}

export type Verdict = { readonly kind: 'pass'; /** Milliseconds before more is read; 0 mostly. */ readonly wait: number } | { readonly kind: 'end'; readonly reason: string };

/** @param now milliseconds, of any clock that does not go back. @returns what each piece of the stream is asked with, in order */
export function createFrameWatch(pace: Pace, now: () => number): (octets: Uint8Array) => Verdict {
  /** Octets of the current packet that are still to come. */
  let rest = 0;
  /** What of the remaining length was read: undefined between packets. */
  let length: { value: number; digits: number } | undefined;
  let tokens = pace.burst;
  let last = now();

  return (octets) => {
    const at = now();
    tokens = Math.min(pace.burst, tokens + ((at - last) * pace.packetsPerSecond) / 1000);
    last = at;
    for (let i = 0; i < octets.length; ) {
      if (rest > 0) {
        const step = Math.min(rest, octets.length - i);
        rest -= step;
        i += step;
        continue;
      }
      const octet = octets[i++] as number;
      if (!length) {
        length = { value: 0, digits: 0 };
        tokens -= 1;
        continue;
      }
      length.value += (octet & 127) * 128 ** length.digits;
      length.digits += 1;
      if (length.value > pace.longest) return { kind: 'end', reason: `a packet of more than ${pace.longest} octets` };
      if (octet < 128) {
        rest = length.value;
        length = undefined;
      } else if (length.digits === 4) return { kind: 'end', reason: 'what came is no MQTT' };
    }
    return { kind: 'pass', wait: tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / pace.packetsPerSecond) };
  };
}
