/** The only loop and the only timer of a protocol entity: event in, effects performed in order, the timer set to the next deadline. */
import type { Deadline, Now } from '../protocol/units.ts';

export interface Loop<Event> {
  /** Steps the entity. An event that arrives while effects are performed waits its turn. */
  feed(event: Event): void;
  stop(): void;
}

export interface LoopOptions<Event, Effect> {
  readonly step: (event: Event, now: Now) => readonly Effect[];
  readonly deadline: () => Deadline | undefined;
  readonly perform: (effect: Effect, now: Now) => void;
  readonly timer: Event;
  readonly now: () => Now;
  /** What `step` or `perform` threw. The loop goes on with the next effect. */
  readonly onError: (error: Error, what: unknown) => void;
}

/** setTimeout counts whole milliseconds up to 2^31. */
const LONGEST = 2 ** 31 - 1;

export function createLoop<Event, Effect>(options: LoopOptions<Event, Effect>): Loop<Event> {
  const { step, deadline, perform, now, onError } = options;
  const queue: Event[] = [];
  let running = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  let armed = Infinity;

  function feed(event: Event): void {
    if (stopped) return;
    queue.push(event);
    if (running) return;
    running = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) run(next);
    } finally {
      running = false;
      arm();
    }
  }

  function run(event: Event): void {
    const at = now();
    let effects: readonly Effect[] = [];
    try {
      effects = step(event, at);
    } catch (e) {
      onError(e as Error, event);
    }
    for (const effect of effects) {
      try {
        perform(effect, at);
      } catch (e) {
        onError(e as Error, effect);
      }
    }
  }

  /** A deadline that moved later is left to the timer that is set: most are moved again before it fires. */
  function arm(): void {
    const next = stopped ? undefined : deadline();
    if (next && next.at >= armed) return;
    clearTimeout(timer);
    armed = next?.at ?? Infinity;
    if (!next) return;
    // Rounded up: a timer that fires early would only be set again.
    timer = setTimeout(fire, Math.min(LONGEST, Math.max(0, Math.ceil(next.at - now().at))));
  }

  function fire(): void {
    armed = Infinity;
    feed(options.timer);
  }

  return {
    feed,
    stop: () => {
      stopped = true;
      queue.length = 0;
      clearTimeout(timer);
    },
  };
}
