/** Every instant that a protocol entity waits for: a binary heap by instant, with one entry per key that can be moved or dropped in O(log n). */
import type { Deadline, Millis } from './units.ts';

interface Node<T> {
  readonly key: string;
  at: Millis;
  why: string;
  item: T;
  /** Where it stands in the heap. */
  position: number;
}

export class Deadlines<T> {
  private readonly heap: Node<T>[] = [];
  private readonly nodes = new Map<string, Node<T>>();

  /** Sets or moves the deadline of `key`. */
  set(key: string, at: Millis, why: string, item: T): void {
    let node = this.nodes.get(key);
    if (node) Object.assign(node, { at, why, item });
    else {
      node = { key, at, why, item, position: this.heap.length };
      this.nodes.set(key, node);
      this.heap.push(node);
    }
    this.settle(node);
  }

  /** Dropping what is not there is free. */
  drop(key: string): void {
    const node = this.nodes.get(key);
    if (!node) return;
    this.nodes.delete(key);
    const last = this.heap.pop() as Node<T>;
    if (last === node) return;
    this.place(last, node.position);
    this.settle(last);
  }

  /** Takes out the earliest item if its instant has come. */
  due(at: Millis): T | undefined {
    const first = this.heap[0];
    if (!first || first.at > at) return undefined;
    this.drop(first.key);
    return first.item;
  }

  next(): Deadline | undefined {
    const first = this.heap[0];
    return first && { at: first.at, why: first.why };
  }

  get size(): number {
    return this.heap.length;
  }

  private settle(node: Node<T>): void {
    this.rise(node);
    this.sink(node);
  }

  private rise(node: Node<T>): void {
    while (node.position > 0) {
      const parent = this.heap[(node.position - 1) >> 1] as Node<T>;
      if (parent.at <= node.at) return;
      this.swap(node, parent);
    }
  }

  private sink(node: Node<T>): void {
    for (;;) {
      const left = this.heap[node.position * 2 + 1];
      const right = this.heap[node.position * 2 + 2];
      const child = right && left && right.at < left.at ? right : left;
      if (!child || child.at >= node.at) return;
      this.swap(node, child);
    }
  }

  private swap(a: Node<T>, b: Node<T>): void {
    const at = a.position;
    this.place(a, b.position);
    this.place(b, at);
  }

  private place(node: Node<T>, position: number): void {
    node.position = position;
    this.heap[position] = node;
  }
}
