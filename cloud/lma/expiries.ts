/**
 * When each binding ends: a heap of row numbers, 20 octets each. A refresh, the most frequent of all, only moves an end later;
 * the heap then keeps the earlier instant until it comes to the top.
 */
import type { Millis } from '../../protocol/units.ts';

export class Expiries {
  private count = 0;
  private heap = new Uint32Array(16);
  /** By row: where in the heap it stands, counted from 1; the instant it stands there for; the instant it ends. */
  private position = new Uint32Array(16);
  private standsFor = new Float64Array(16);
  private ends = new Float64Array(16);

  set(row: number, at: Millis): void {
    if (row >= this.position.length || this.count >= this.heap.length) this.grow(row + 1);
    this.ends[row] = at;
    if (this.position[row] === 0) {
      this.standsFor[row] = at;
      this.place(this.count, row);
      this.count += 1;
      this.rise(row);
    } else if (at < (this.standsFor[row] as number)) {
      this.standsFor[row] = at;
      this.rise(row);
    }
  }

  /** Dropping what is not there is free. */
  drop(row: number): void {
    const stood = this.position[row] ?? 0;
    if (stood === 0) return;
    this.position[row] = 0;
    this.count -= 1;
    const last = this.heap[this.count] as number;
    if (last === row) return;
    this.place(stood - 1, last);
    this.rise(last);
    this.sink(last);
  }

  /** The row that ends first, and 0 without any. */
  first(): number {
    while (this.count > 0) {
      const row = this.heap[0] as number;
      const ends = this.ends[row] as number;
      if (ends <= (this.standsFor[row] as number)) return row;
      this.standsFor[row] = ends;
      this.sink(row);
    }
    return 0;
  }

  endOf(row: number): Millis {
    return this.ends[row] as number;
  }

  get size(): number {
    return this.count;
  }

  private rise(row: number): void {
    const at = this.standsFor[row] as number;
    let here = (this.position[row] as number) - 1;
    while (here > 0) {
      const above = (here - 1) >> 1;
      const parent = this.heap[above] as number;
      if ((this.standsFor[parent] as number) <= at) break;
      this.place(here, parent);
      here = above;
    }
    this.place(here, row);
  }

  private sink(row: number): void {
    const at = this.standsFor[row] as number;
    let here = (this.position[row] as number) - 1;
    for (;;) {
      let below = here * 2 + 1;
      if (below >= this.count) break;
      if (below + 1 < this.count && this.standing(below + 1) < this.standing(below)) below += 1;
      if (this.standing(below) >= at) break;
      this.place(here, this.heap[below] as number);
      here = below;
    }
    this.place(here, row);
  }

  private standing(place: number): Millis {
    return this.standsFor[this.heap[place] as number] as number;
  }

  private place(place: number, row: number): void {
    this.heap[place] = row;
    this.position[row] = place + 1;
  }

  private grow(least: number): void {
    const size = Math.max(least, this.position.length * 2);
    this.heap = grown(this.heap, new Uint32Array(size));
    this.position = grown(this.position, new Uint32Array(size));
    this.standsFor = grown(this.standsFor, new Float64Array(size));
    this.ends = grown(this.ends, new Float64Array(size));
  }
}

function grown<A extends Uint32Array | Float64Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
