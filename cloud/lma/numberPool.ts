/** Hands out the numbers 0 to size-1, each to one holder at a time. Addresses, prefixes and path indexes stand on it. */
import type { Millis } from '../../protocol/units.ts';
import { NumberSet, WaitingNumbers } from './numberSet.ts';

export interface NumberPoolOptions {
  readonly size: number;
  /** Never handed out. */
  readonly reserved?: ReadonlySet<number>;
  /** `fresh`: what nobody ever had goes first, so that late packets of a former holder rarely meet a new one. `dense`: freed numbers go first. */
  readonly order: 'fresh' | 'dense';
  /** How long a freed number rests. */
  readonly rest?: Millis;
}

export class NumberPool {
  private readonly options: NumberPoolOptions;
  private readonly held = new NumberSet();
  /** Freed numbers until the instant from which they may be handed out; oldest first. */
  private readonly freed = new WaitingNumbers();
  /** Numbers that something else uses, until that is tried again; oldest first. */
  private readonly quarantined = new WaitingNumbers();
  /** Everything below was handed out or passed over before. */
  private cursor = 0;

  constructor(options: NumberPoolOptions) {
    this.options = options;
  }

  get used(): number {
    return this.held.size;
  }

  holds(n: number): boolean {
    return this.held.has(n);
  }

  /** A free number, or undefined if there is none. */
  take(at: Millis): number | undefined {
    this.endQuarantines(at);
    const n = this.options.order === 'fresh' ? (this.fresh() ?? this.rested(at)) : (this.rested(at) ?? this.fresh());
    if (n !== undefined) this.held.add(n);
    return n;
  }

  /** Takes exactly `n`. False if it is held, reserved, quarantined or not of this pool. */
  claim(n: number, at: Millis): boolean {
    this.endQuarantines(at);
    if (!this.canHold(n)) return false;
    this.freed.delete(n);
    this.held.add(n);
    return true;
  }

  free(n: number, at: Millis): void {
    if (this.held.delete(n)) this.freed.push(n, at + (this.options.rest ?? 0));
  }

  /** Gives `n` back, but to nobody before `until`: somebody else was seen using it. */
  quarantine(n: number, until: Millis): void {
    if (this.held.delete(n)) this.quarantined.push(n, until);
  }

  private canHold(n: number): boolean {
    return Number.isInteger(n) && n >= 0 && n < this.options.size && !this.options.reserved?.has(n) && !this.held.has(n) && !this.quarantined.has(n);
  }

  private fresh(): number | undefined {
    while (this.cursor < this.options.size) {
      const n = this.cursor++;
      if (this.canHold(n) && !this.freed.has(n)) return n;
    }
    return undefined;
  }

  private rested(at: Millis): number | undefined {
    return this.freed.shift(at);
  }

  private endQuarantines(at: Millis): void {
    for (let n = this.quarantined.shift(at); n !== undefined; n = this.quarantined.shift(at)) this.freed.push(n, at);
  }
}
