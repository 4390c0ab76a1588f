/** One writer: commits that wait go to the disk or the server together, in order, and whatever needs the store for itself has its turn between them. */

export interface Group<C> {
  /** Resolves or rejects with its own outcome. */
  add(commit: C): Promise<void>;
  /** Alone, after what was added before. */
  alone<T>(run: () => Promise<T>): Promise<T>;
}

interface Waiting<C> {
  readonly commit: C;
  done(error: unknown): void;
}

/** In one write at most, so that none is too long. */
const MOST = 500;

/** @param write writes them all, in order; its answer has an error for each that was refused. A rejection is everybody's. */
export function createGroup<C>(write: (commits: readonly C[]) => Promise<readonly unknown[]>): Group<C> {
  const queue: (Waiting<C> | (() => Promise<void>))[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    // What is added in this turn belongs to the first write.
    await Promise.resolve();
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      if (typeof first === 'function') {
        queue.shift();
        await first();
      } else await writeOut(taken());
    }
    running = false;
  }

  function taken(): Waiting<C>[] {
    let count = 0;
    while (count < MOST && count < queue.length && typeof queue[count] !== 'function') count += 1;
    return queue.splice(0, count) as Waiting<C>[];
  }

  async function writeOut(batch: readonly Waiting<C>[]): Promise<void> {
    try {
      const errors = await write(batch.map((w) => w.commit));
      batch.forEach((w, i) => w.done(errors[i]));
    } catch (e) {
      for (const w of batch) w.done(e ?? new Error('the write failed'));
    }
  }

  function enqueue(entry: (typeof queue)[number]): void {
    queue.push(entry);
    if (!running) void run();
  }

  return {
    add: (commit) =>
      new Promise((resolve, reject) => {
        enqueue({ commit, done: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
    alone: (job) =>
      new Promise((resolve, reject) => {
        enqueue(() => job().then(resolve, reject));
      }),
  };
}
