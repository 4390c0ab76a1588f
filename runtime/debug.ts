/**
 * What a running process does, live, by topic, to whoever asks for it at the control socket. Each terminal has topics of its own;
 * when the last one leaves, the topic is off and costs one look into an empty set. Lines are made when the turn of the event loop
 * is over, so that no handover waits for them, and a terminal that reads slowly loses lines and is told how many.
 */
import type { Millis, UnixMillis } from '../protocol/units.ts';
import { afterwards } from './afterwards.ts';
import type { Handlers, Request, Stream, StreamHandler } from './control.ts';

/** One line or several; a function is called only if somebody listens, after the turn. */
export type Said = string | (() => string | readonly string[]);

export interface Debug<Topic extends string = string> {
  /** Has any terminal this topic on? */
  on(topic: Topic): boolean;
  say(topic: Topic, said: Said): void;
}

/** A topic that watches something only as long as one terminal wants it to, by what its request says. */
export interface Watch {
  /** The topic in words, as `show debugging` lists it. */
  readonly name: string;
  /** @throws Error in words when it cannot be watched; returns what ends it */
  start(say: (said: Said) => void): () => void;
}

export interface DebugOptions<Topic extends string> {
  readonly topics: readonly Topic[];
  /** By the request's `watch`. @throws Error in words for a request that cannot be met */
  readonly watches?: Readonly<Record<string, (request: Request) => Watch>>;
  readonly wall?: () => UnixMillis;
  /** A line that could not be made. */
  readonly onError: (error: Error) => void;
}

/** What a terminal receives, one after the other. */
export type DebugEvent =
  /** The first one: what is on now, and for how long. */
  | { readonly kind: 'on'; readonly topics: readonly string[]; readonly seconds: number }
  | { readonly kind: 'line'; readonly topic: string; readonly at: UnixMillis; readonly line: string }
  /** So many lines were not sent, because the terminal reads too slowly. */
  | { readonly kind: 'lost'; readonly lines: number }
  /** The last one. */
  | { readonly kind: 'off'; readonly reason: string; readonly lost: number };

export interface ShownDebugging {
  readonly topic: string;
  readonly since: UnixMillis;
  readonly until: UnixMillis;
  /** Lines that this terminal has lost. */
  readonly lost: number;
}

export interface DebugServer<Topic extends string = string> extends Debug<Topic> {
  /** For the control socket. */
  readonly handlers: Handlers;
  readonly streams: { readonly debug: StreamHandler };
  /** Every terminal is told why, and left. */
  close(): void;
}

interface Terminal {
  readonly stream: Stream;
  /** Each with what ends its watch. */
  readonly topics: Map<string, () => void>;
  readonly since: UnixMillis;
  readonly until: UnixMillis;
  timer: NodeJS.Timeout | undefined;
  lost: number;
  lostBefore: number;
}

export const DEFAULT_SECONDS = 600;
const LONGEST_SECONDS = 86_400;
/** Lines of one turn; more than this is a flood that nobody reads. */
const MOST_WAITING = 4096;
const nothing = (): void => undefined;

export function createDebug<Topic extends string>({ topics, watches = {}, wall = Date.now, onError }: DebugOptions<Topic>): DebugServer<Topic> {
  const terminals = new Set<Terminal>();
  let waiting = 0;
  const later = afterwards(({ topic, at, said, to }: { topic: string; at: UnixMillis; said: Said; to: readonly Terminal[] }) => {
    waiting -= 1;
    try {
      const made = typeof said === 'string' ? said : said();
      for (const line of typeof made === 'string' ? [made] : made) for (const t of to) deliver(t, { kind: 'line', topic, at, line });
    } catch (e) {
      onError(new Error(`a line of debug ${topic} could not be made: ${(e as Error).message}`, { cause: e }));
    }
  });

  function deliver(t: Terminal, event: DebugEvent): void {
    if (t.topics.size === 0) return;
    if (t.lost > 0 && t.stream.send({ kind: 'lost', lines: t.lost } satisfies DebugEvent)) {
      t.lostBefore += t.lost;
      t.lost = 0;
    }
    if (t.lost > 0 || !t.stream.send(event)) t.lost += 1;
  }

  function tell(topic: string, said: Said, to: readonly Terminal[]): void {
    if (waiting >= MOST_WAITING) {
      for (const t of to) t.lost += 1;
      return;
    }
    waiting += 1;
    later.add({ topic, at: wall(), said, to });
  }

  const listening = (topic: string): Terminal[] => [...terminals].filter((t) => t.topics.has(topic));

  function open(request: Request): (stream: Stream) => void {
    const wanted = plainTopics(request, topics);
    const watch = watchOf(request);
    if (wanted.length === 0 && !watch) throw new Error(`nothing to debug; topics here: ${[...topics, ...Object.keys(watches)].join(', ')}`);
    const seconds = secondsOf(request);
    return (stream) => {
      const since = wall();
      const t: Terminal = { stream, topics: new Map(wanted.map((topic) => [topic, nothing])), since, until: since + seconds * 1000, timer: undefined, lost: 0, lostBefore: 0 };
      terminals.add(t);
      stream.onClose(() => leave(t));
      const length: Millis = seconds * 1000;
      t.timer = setTimeout(() => end(t, `by itself after ${inWords(seconds)}`), length);
      t.timer.unref();
      stream.send({ kind: 'on', topics: [...wanted, ...(watch ? [watch.name] : [])], seconds } satisfies DebugEvent);
      if (watch) begin(t, watch);
    };
  }

  function begin(t: Terminal, watch: Watch): void {
    try {
      t.topics.set(watch.name, nothing);
      t.topics.set(watch.name, watch.start((said) => tell(watch.name, said, [t])));
    } catch (e) {
      end(t, (e as Error).message);
    }
  }

  function watchOf(request: Request): Watch | undefined {
    const name = request['watch'];
    if (name === undefined) return undefined;
    const make = typeof name === 'string' && Object.hasOwn(watches, name) ? watches[name] : undefined;
    if (!make) throw new Error(`nothing to debug is called ${JSON.stringify(name)}`);
    return make(request);
  }

  function leave(t: Terminal): void {
    clearTimeout(t.timer);
    for (const stop of t.topics.values()) stop();
    t.topics.clear();
    terminals.delete(t);
  }

  function end(t: Terminal, reason: string): void {
    later.flush();
    leave(t);
    t.stream.end({ kind: 'off', reason, lost: t.lost } satisfies DebugEvent);
  }

  /** Topics that begin with these words, or all; in every terminal. Returns how many were on. */
  function switchOff(prefix: string): number {
    let count = 0;
    for (const t of terminals) {
      for (const [topic, stop] of t.topics) {
        if (prefix !== 'all' && topic !== prefix && !topic.startsWith(`${prefix} `)) continue;
        count += 1;
        if (t.topics.size === 1) end(t, `switched off by "undebug ${prefix}"`);
        else {
          stop();
          t.topics.delete(topic);
        }
      }
    }
    return count;
  }

  const shown = (t: Terminal): ShownDebugging[] => [...t.topics.keys()].map((topic) => ({ topic, since: t.since, until: t.until, lost: t.lostBefore + t.lost }));

  return {
    on: (topic) => terminals.size > 0 && listening(topic).length > 0,
    say(topic, said) {
      const to = terminals.size > 0 ? listening(topic) : [];
      if (to.length > 0) tell(topic, said, to);
    },
    handlers: {
      undebug: (request) => switchOff(typeof request['topic'] === 'string' ? request['topic'] : 'all'),
      'show debugging': () => [...terminals].flatMap(shown),
    },
    streams: { debug: open },
    close() {
      for (const t of terminals) end(t, 'the process ends');
    },
  };
}

function plainTopics(request: Request, known: readonly string[]): string[] {
  const wanted = request['topics'] ?? [];
  if (!Array.isArray(wanted)) throw new Error('topics is a list of names');
  for (const topic of wanted) if (!known.includes(topic as string)) throw new Error(`nothing to debug is called ${JSON.stringify(topic)}; topics here: ${known.join(', ')}`);
  return wanted as string[];
}

function secondsOf(request: Request): number {
  const seconds = request['seconds'] ?? DEFAULT_SECONDS;
  if (typeof seconds !== 'number' || !(seconds >= 1 && seconds <= LONGEST_SECONDS)) throw new Error(`expected 1 to ${LONGEST_SECONDS} seconds`);
  return seconds;
}

/** `10 minutes`, `90 seconds` */
export const inWords = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} ${seconds === 60 ? 'minute' : 'minutes'}` : `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`);
