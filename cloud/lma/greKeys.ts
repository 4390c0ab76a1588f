/**
 * Uplink GRE keys (RFC 5845 §3.3): one per session, kept over refresh and handover, unlike zero. A key that was in use rests
 * as long as a deleted binding may linger, so that late packets of one subscriber never count for another.
 */
import type { Millis } from '../../protocol/units.ts';
import { HashIndex } from './hashIndex.ts';

export class GreKeys {
  private readonly random32: () => number;
  private readonly rest: Millis;
  private readonly live = new HashIndex((key) => key);
  /** Retired keys with the instant from which they may come back; oldest first. */
  private readonly retired = new Map<number, Millis>();

  constructor(random32: () => number, rest: Millis) {
    this.random32 = random32;
    this.rest = rest;
  }

  allocate(at: Millis): number {
    this.endRests(at);
    let key = this.random32() >>> 0;
    while (key === 0 || this.live.has(key) || this.retired.has(key)) key = (key + 1) >>> 0;
    this.live.add(key);
    return key;
  }

  holds(key: number): boolean {
    return this.live.has(key);
  }

  /** A key taken up from a stored binding; 0 is none. */
  claim(key: number): void {
    if (key !== 0 && !this.live.has(key)) this.live.add(key);
  }

  retire(key: number, at: Millis): void {
    if (this.live.remove(key)) this.retired.set(key, at + this.rest);
  }

  private endRests(at: Millis): void {
    for (const [key, until] of this.retired) {
      if (until > at) return;
      this.retired.delete(key);
    }
  }
}
