/** Control sockets and timers in memory: tests say what an LMA answers, when its streams speak and end, and how time passes. */
import type { Request } from '../../../runtime/control.ts';
import type { Wire } from '../../../cloud/live/lmaFeed.ts';

interface Open {
  readonly request: Request;
  readonly onEvent: (event: unknown) => void;
  readonly onEnd: (reason: string) => void;
}

export interface FakeWire extends Wire {
  /** Open streams by command, the newest last. */
  readonly open: Map<string, Open>;
  readonly asked: Request[];
  /** Of those questions, each. */
  readonly signals: AbortSignal[];
  /** Ends every stream; nothing answers until `answers` is set again. */
  die(reason: string): void;
  answers: ((request: Request) => unknown) | undefined;
  /** Runs what is due, and lets promises settle. */
  pass(ms: number): Promise<void>;
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

export function createFakeWire(): FakeWire {
  const timers = new Set<{ at: number; call: () => void }>();
  let now = 0;
  const fake: FakeWire = {
    open: new Map(),
    asked: [],
    signals: [],
    answers: undefined,
    ask: async (_, request, signal) => {
      fake.asked.push(request);
      fake.signals.push(signal);
      if (!fake.answers) throw new Error('nothing listens');
      return fake.answers(request);
    },
    subscribe(_, onEvent, onEnd, request) {
      if (!fake.answers) {
        queueMicrotask(() => onEnd('nothing listens'));
        return { begun: Promise.resolve(), stop: () => undefined };
      }
      const name = request['index'] === undefined ? request.command : 'one session';
      fake.open.set(name, { request, onEvent, onEnd });
      return { begun: Promise.resolve(), stop: () => void fake.open.delete(name) };
    },
    after(ms, call) {
      const timer = { at: now + ms, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    die(reason) {
      fake.answers = undefined;
      const all = [...fake.open.values()];
      fake.open.clear();
      for (const { onEnd } of all) onEnd(reason);
    },
    async pass(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const [next] = [...timers].filter((t) => t.at <= until).toSorted((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        now = next.at;
        next.call();
        await settled();
      }
      now = until;
    },
  };
  return fake;
}

export const LMA_ANSWERS: Readonly<Record<string, unknown>> = {
  'show standby': { role: 'alone' },
  'show lma-service statistics': [{ 'lma-service': 'homes', pools: [{ pool: 'v4', family: 'ipv4', used: 3, free: 7 }] }],
  'show lma statistics': { 'pbu-received': 4 },
  'show lma gateways': [{ id: 'm1', source: 'configured' }],
  'admit gateway': { admitted: 1, known: 0 },
  'dismiss gateway': { bindings: 0, unanswered: 0, refused: 0 },
};
export const answersOf = (more: Readonly<Record<string, unknown>> = {}) => (request: Request): unknown => ({ ...LMA_ANSWERS, ...more })[request.command];
