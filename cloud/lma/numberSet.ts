/** Whole numbers, a bit each, in pages that exist while something is in them; and numbers that wait their turn, 16 octets each. */
import type { Millis } from '../../protocol/units.ts';

const PAGE = 4096;

interface Page {
  readonly bits: Uint32Array;
  used: number;
}

export class NumberSet {
  private readonly pages = new Map<number, Page>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(n: number): boolean {
    const page = this.pages.get(Math.floor(n / PAGE));
    const at = n % PAGE;
    return page !== undefined && (((page.bits[at >>> 5] as number) >>> (at & 31)) & 1) === 1;
  }

  add(n: number): void {
    if (this.has(n)) return;
    const key = Math.floor(n / PAGE);
    const page = this.pages.get(key) ?? { bits: new Uint32Array(PAGE / 32), used: 0 };
    if (page.used === 0) this.pages.set(key, page);
    const at = n % PAGE;
    page.bits[at >>> 5] = (page.bits[at >>> 5] as number) | (1 << (at & 31));
    page.used += 1;
    this.count += 1;
  }

  /** True if it was there. */
  delete(n: number): boolean {
    if (!this.has(n)) return false;
    const key = Math.floor(n / PAGE);
    const page = this.pages.get(key) as Page;
    const at = n % PAGE;
    page.bits[at >>> 5] = (page.bits[at >>> 5] as number) & ~(1 << (at & 31));
    page.used -= 1;
    this.count -= 1;
    if (page.used === 0) this.pages.delete(key);
    return true;
  }
}

/** Numbers in the order in which they came, each with the instant until which it waits. */
export class WaitingNumbers {
  private ring = new Float64Array(32);
  private first = 0;
  private count = 0;
  private readonly members = new NumberSet();
  /** Taken out of turn: how often each is still to be passed over. */
  private readonly gone = new Map<number, number>();

  has(n: number): boolean {
    return this.members.has(n);
  }

  push(n: number, until: Millis): void {
    if (this.count * 2 === this.ring.length) this.grow();
    const at = ((this.first + this.count) * 2) % this.ring.length;
    this.ring[at] = n;
    this.ring[at + 1] = until;
    this.count += 1;
    this.members.add(n);
  }

  /** The first, if its instant has come. */
  shift(at: Millis): number | undefined {
    for (;;) {
      const n = this.ring[this.first * 2] as number;
      if (this.count === 0) return undefined;
      const skips = this.gone.get(n) ?? 0;
      if (skips === 0 && (this.ring[this.first * 2 + 1] as number) > at) return undefined;
      this.first = (this.first + 1) % (this.ring.length / 2);
      this.count -= 1;
      if (skips === 0) {
        this.members.delete(n);
        return n;
      }
      if (skips === 1) this.gone.delete(n);
      else this.gone.set(n, skips - 1);
    }
  }

  /** Takes it out of turn. */
  delete(n: number): void {
    if (this.members.delete(n)) this.gone.set(n, (this.gone.get(n) ?? 0) + 1);
  }

  private grow(): void {
    const larger = new Float64Array(this.ring.length * 2);
    const head = this.ring.subarray(this.first * 2);
    larger.set(head);
    larger.set(this.ring.subarray(0, this.first * 2), head.length);
    this.ring = larger;
    this.first = 0;
  }
}
