/** Records by number: the last ones as they are, the others from the store. */
export interface Recent<T> {
  add(seq: number, item: T): void;
  drop(seq: number): void;
  get(seq: number): Promise<T | undefined>;
}

const MOST = 1024;

export function createRecent<T>(load: (seq: number) => Promise<T | undefined>): Recent<T> {
  const items = new Map<number, T>();
  return {
    add(seq, item) {
      if (items.size < MOST) items.set(seq, item);
    },
    drop: (seq) => void items.delete(seq),
    get: (seq) => {
      const item = items.get(seq);
      return item === undefined ? load(seq) : Promise.resolve(item);
    },
  };
}
