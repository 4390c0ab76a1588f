/** Values that many bindings share, kept once: a gateway's addresses and names. 0 is the number of `undefined`. */
export class Interned<T> {
  private readonly keyOf: (value: T) => string;
  private readonly same: (a: T, b: T) => boolean;
  /** What was held last is often held next: it costs no key. */
  private last = 0;
  private readonly numbers = new Map<string, number>();
  private readonly values: (T | undefined)[] = [undefined];
  private readonly holders: number[] = [0];
  private readonly unused: number[] = [];

  /** `same` values have the same key, and only they. */
  constructor(keyOf: (value: T) => string, same: (a: T, b: T) => boolean) {
    this.keyOf = keyOf;
    this.same = same;
  }

  value(n: number): T | undefined {
    return this.values[n];
  }

  /** 0 if nobody holds it. */
  numberOf(value: T): number {
    return this.numbers.get(this.keyOf(value)) ?? 0;
  }

  /** The value's number, for one holder more. */
  hold(value: T | undefined): number {
    if (value === undefined) return 0;
    const last = this.values[this.last];
    if (last !== undefined && this.same(last, value)) return this.holdMore(this.last);
    const key = this.keyOf(value);
    let n = this.numbers.get(key);
    if (n === undefined) {
      n = this.unused.pop() ?? this.values.length;
      this.numbers.set(key, n);
      this.values[n] = value;
      this.holders[n] = 0;
    }
    this.last = n;
    return this.holdMore(n);
  }

  private holdMore(n: number): number {
    this.holders[n] = (this.holders[n] as number) + 1;
    return n;
  }

  release(n: number): void {
    if (n === 0) return;
    const left = (this.holders[n] as number) - 1;
    this.holders[n] = left;
    if (left > 0) return;
    this.numbers.delete(this.keyOf(this.values[n] as T));
    this.values[n] = undefined;
    this.unused.push(n);
  }
}
