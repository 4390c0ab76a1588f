/** Topics per terminal: on, off, off by themselves with a moved clock, slow readers, and what nobody pays for while nobody listens. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stream } from '../../runtime/control.ts';
import { createDebug, inWords, type DebugEvent, type DebugServer, type Watch } from '../../runtime/debug.ts';

interface Terminal {
  readonly events: DebugEvent[];
  readonly lines: () => string[];
  /** Reads no more, or again. */
  slow: boolean;
  hangUp(): void;
}

let errors: string[];
let started: string[];
let stopped: string[];
let say: ((line: string) => void) | undefined;
let debug: DebugServer<'arp' | 'mag info' | 'mag event'>;

beforeEach(() => {
  vi.useFakeTimers();
  [errors, started, stopped, say] = [[], [], [], undefined];
  debug = createDebug({
    topics: ['arp', 'mag info', 'mag event'],
    watches: {
      tap: ({ device }): Watch => {
        if (device === 'none') throw new Error('no interface is called none');
        return {
          name: `tap ${String(device)}`,
          start(to) {
            if (device === 'broken') throw new Error('broken is down');
            started.push(String(device));
            say = to;
            return () => void stopped.push(String(device));
          },
        };
      },
    },
    onError: (e) => void errors.push(e.message),
  });
});
afterEach(() => vi.useRealTimers());

function terminal(request: Readonly<Record<string, unknown>>): Terminal {
  const closers: (() => void)[] = [];
  const events: DebugEvent[] = [];
  const t: Terminal = { events, lines: () => events.flatMap((e) => (e.kind === 'line' ? [e.line] : [])), slow: false, hangUp: () => closers.forEach((call) => call()) };
  const stream: Stream = {
    send(event) {
      if (!t.slow) events.push(event as DebugEvent);
      return !t.slow;
    },
    end(event) {
      events.push(event as DebugEvent);
      t.hangUp();
    },
    drained: () => Promise.resolve(),
    onClose: (call) => void closers.push(call),
  };
  debug.streams.debug({ command: 'debug', ...request })(stream);
  return t;
}
const turn = () => vi.advanceTimersByTimeAsync(0);
const undebug = (topic?: string): unknown => debug.handlers['undebug']?.({ command: 'undebug', ...(topic === undefined ? {} : { topic }) });
const listed = (): any => debug.handlers['show debugging']?.({ command: 'show debugging' });

describe('a topic', () => {
  it('is off until a terminal wants it, and off again when the last one leaves', async () => {
    expect(debug.on('arp')).toBe(false);
    const one = terminal({ topics: ['arp'] });
    const two = terminal({ topics: ['arp', 'mag info'] });
    expect([debug.on('arp'), debug.on('mag info'), debug.on('mag event')]).toEqual([true, true, false]);
    two.hangUp();
    expect([debug.on('arp'), debug.on('mag info')]).toEqual([true, false]);
    one.hangUp();
    expect(debug.on('arp')).toBe(false);
    debug.say('arp', 'nobody hears it');
    await turn();
    expect([...one.lines(), ...two.lines(), ...listed()]).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells every terminal that has it, in order, after the turn', async () => {
    const one = terminal({ topics: ['arp'] });
    const two = terminal({ topics: ['arp', 'mag info'] });
    debug.say('arp', 'first');
    debug.say('mag info', 'second');
    debug.say('arp', 'third');
    expect(two.lines()).toEqual([]);
    await turn();
    expect(one.lines()).toEqual(['first', 'third']);
    expect(two.lines()).toEqual(['first', 'second', 'third']);
  });

  it('makes its lines once, only if somebody listens, and only after the turn', async () => {
    const made: string[] = [];
    const line = (text: string) => () => {
      made.push(text);
      return [text, `${text} again`];
    };
    debug.say('arp', line('unheard'));
    const [one, two] = [terminal({ topics: ['arp'] }), terminal({ topics: ['arp'] })];
    debug.say('arp', line('heard'));
    expect(made).toEqual([]);
    await turn();
    expect(made).toEqual(['heard']);
    expect([one.lines(), two.lines()]).toEqual([['heard', 'heard again'], ['heard', 'heard again']]);
  });

  it('a line has the time at which it was said, not made', async () => {
    vi.setSystemTime(5000);
    const one = terminal({ topics: ['arp'] });
    debug.say('arp', 'x');
    vi.setSystemTime(6000);
    await turn();
    expect(one.events[1]).toEqual({ kind: 'line', topic: 'arp', at: 5000, line: 'x' });
  });

  it('a line that cannot be made is an error of its own', async () => {
    const one = terminal({ topics: ['arp'] });
    debug.say('arp', () => {
      throw new Error('no such field');
    });
    debug.say('arp', 'after it');
    await turn();
    expect(errors).toEqual(['a line of debug arp could not be made: no such field']);
    expect(one.lines()).toEqual(['after it']);
  });
});

describe('switched off', () => {
  it('by itself after ten minutes, or as long as the terminal wants', () => {
    const one = terminal({ topics: ['arp'] });
    const two = terminal({ topics: ['mag info'], seconds: 90 });
    expect(one.events[0]).toEqual({ kind: 'on', topics: ['arp'], seconds: 600 });
    vi.advanceTimersByTime(89_999);
    expect(debug.on('mag info')).toBe(true);
    vi.advanceTimersByTime(1);
    expect(two.events.at(-1)).toEqual({ kind: 'off', reason: 'by itself after 90 seconds', lost: 0 });
    vi.advanceTimersByTime(600_000 - 90_000 - 1);
    expect(debug.on('arp')).toBe(true);
    vi.advanceTimersByTime(1);
    expect(one.events.at(-1)).toEqual({ kind: 'off', reason: 'by itself after 10 minutes', lost: 0 });
    expect([debug.on('arp'), vi.getTimerCount()]).toEqual([false, 0]);
  });

  it('by undebug all from anywhere, after what was said before it', () => {
    const [one, two] = [terminal({ topics: ['arp'] }), terminal({ topics: ['arp', 'mag info'] })];
    debug.say('arp', 'last words');
    expect(undebug('all')).toBe(3);
    expect(one.lines()).toEqual(['last words']);
    for (const t of [one, two]) expect(t.events.at(-1)).toEqual({ kind: 'off', reason: 'switched off by "undebug all"', lost: 0 });
    expect(undebug()).toBe(0);
  });

  it('by name, with what begins with its words; the rest of a terminal goes on', async () => {
    const both = terminal({ topics: ['arp', 'mag info', 'mag event'] });
    expect(undebug('mag')).toBe(2);
    expect([debug.on('mag info'), debug.on('mag event'), debug.on('arp')]).toEqual([false, false, true]);
    expect(undebug('ar')).toBe(0); // no half words
    debug.say('mag info', 'unheard');
    debug.say('arp', 'heard');
    await turn();
    expect(both.lines()).toEqual(['heard']);
    expect(undebug('arp')).toBe(1);
    expect(both.events.at(-1)).toMatchObject({ kind: 'off' });
  });

  it('when the process ends, with a reason', () => {
    const one = terminal({ topics: ['arp'] });
    debug.close();
    expect(one.events.at(-1)).toEqual({ kind: 'off', reason: 'the process ends', lost: 0 });
  });
});

describe('a terminal that reads slowly', () => {
  it('loses lines, is told how many, and holds up nobody', async () => {
    const [slow, quick] = [terminal({ topics: ['arp'] }), terminal({ topics: ['arp'] })];
    slow.slow = true;
    for (let n = 0; n < 5; n++) debug.say('arp', `line ${n}`);
    await turn();
    expect(quick.lines()).toHaveLength(5);
    slow.slow = false;
    debug.say('arp', 'after');
    await turn();
    expect(slow.events.slice(1)).toMatchObject([{ kind: 'lost', lines: 5 }, { kind: 'line', line: 'after' }]);
    expect(listed()).toMatchObject([{ topic: 'arp', lost: 5 }, { topic: 'arp', lost: 0 }]);
  });

  it('is told at the end what it lost last', async () => {
    const slow = terminal({ topics: ['arp'] });
    slow.slow = true;
    debug.say('arp', 'x');
    await turn();
    undebug('all');
    expect(slow.events.at(-1)).toMatchObject({ kind: 'off', lost: 1 });
  });

  it('a flood within one turn keeps to a limit', async () => {
    const one = terminal({ topics: ['arp'] });
    let made = 0;
    for (let n = 0; n < 10_000; n++) debug.say('arp', () => String(made++));
    await turn();
    expect(made).toBeLessThan(5000);
    expect(made + (listed()[0] as { lost: number }).lost).toBe(10_000);
    expect(one.events.filter((e) => e.kind === 'lost')).toEqual([{ kind: 'lost', lines: 10_000 - made }]);
  });
});

describe('what is watched for one terminal', () => {
  it('begins with it, tells it alone, and ends with it', async () => {
    const other = terminal({ topics: ['arp'] });
    const one = terminal({ watch: 'tap', device: 'br0' });
    expect([started, stopped]).toEqual([['br0'], []]);
    say?.('a packet');
    await turn();
    expect([one.lines(), other.lines()]).toEqual([['a packet'], []]);
    expect(listed()).toMatchObject([{ topic: 'arp' }, { topic: 'tap br0' }]);
    expect(undebug('tap')).toBe(1);
    expect(stopped).toEqual(['br0']);
    say?.('too late');
    await turn();
    expect(one.lines()).toEqual(['a packet']);
  });

  it('ends when the terminal hangs up, or its time is over', () => {
    terminal({ watch: 'tap', device: 'br0' }).hangUp();
    terminal({ watch: 'tap', device: 'br1', seconds: 5 });
    vi.advanceTimersByTime(5000);
    expect(stopped).toEqual(['br0', 'br1']);
  });

  it('that cannot begin says why, and is off', () => {
    const one = terminal({ watch: 'tap', device: 'broken' });
    expect(one.events.at(-1)).toEqual({ kind: 'off', reason: 'broken is down', lost: 0 });
    expect(listed()).toEqual([]);
  });
});

describe('a request', () => {
  it.each([
    [{}, 'nothing to debug; topics here: arp, mag info, mag event, tap'],
    [{ topics: [] }, 'nothing to debug'],
    [{ topics: 'arp' }, 'topics is a list of names'],
    [{ topics: ['nonsense'] }, 'nothing to debug is called "nonsense"; topics here: arp, mag info, mag event'],
    [{ topics: [7] }, 'nothing to debug is called 7'],
    [{ watch: 'toString' }, 'nothing to debug is called "toString"'],
    [{ watch: 'tap', device: 'none' }, 'no interface is called none'],
    [{ topics: ['arp'], seconds: 0 }, 'expected 1 to 86400 seconds'],
    [{ topics: ['arp'], seconds: '5' }, 'expected 1 to 86400 seconds'],
    [{ topics: ['arp'], seconds: NaN }, 'expected 1 to 86400 seconds'],
  ])('%o is refused in words', (request, words) => {
    expect(() => terminal(request)).toThrow(words);
    expect(listed()).toEqual([]);
  });
});

it.each([[1, '1 second'], [90, '90 seconds'], [60, '1 minute'], [600, '10 minutes']])('%i is %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words);
});
