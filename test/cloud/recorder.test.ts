/** Which changes become traces, and which stages each gets. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRecorder } from '../../cloud/observe/recorder.ts';
import type { Send, Transition } from '../../protocol/entity.ts';
import { noAcknowledgementFlags } from '../../protocol/mobility/messages.ts';
import { timestampOf } from '../../protocol/units.ts';
import { createTraces } from '../../runtime/traces.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const WALL = 1_800_000_000_000;
const pba = (): Send => ({ kind: 'send', to: { transport: 'ipv6', local: '2001:db8::1', remote: '2001:db8::2' }, message: { kind: 'bindingAcknowledgement', status: 0, flags: noAcknowledgementFlags, sequence: 1, lifetime: 0, options: [] } });
const moved = (more: Partial<Transition> = {}, detail: Transition['detail'] = {}): Transition => ({ kind: 'transition', entity: 'lma', subject: 'mn0', from: 'ACTIVE', to: 'ACTIVE', reason: 'x', at: 100, wall: WALL, detail: { index: 1, handoff: 3, mag: 'm2', careOf: '2001:db8::2', before: 'm1', ...detail }, ...more });

function setUp() {
  const state = { at: 100, first: undefined as number | undefined };
  const ended = new AbortController();
  const traces = createTraces();
  const recorder = createRecorder({ traces, now: () => ({ at: state.at, wall: WALL }), paths: () => ({ firstDown: () => state.first }), ended: ended.signal });
  const step = { at: 100, wall: WALL };
  return { state, ended, recorder, step, all: () => traces.all((identity) => identity) };
}

it('a handover has its stages from the PBU to the first packet', () => {
  const { state, recorder, step, all } = setUp();
  const answer = pba();
  const sent: Send[] = [];
  recorder.asked(answer, step);
  recorder.transition(moved(), step, 100.5, timestampOf(WALL - 500));
  state.at = 102;
  recorder.sending(answer, () => {
    sent.push(answer);
    state.at = 102.25;
  });
  state.first = 110;
  vi.advanceTimersByTime(20);
  expect(sent).toHaveLength(1);
  expect(all()).toMatchObject([{ kind: 'handover', stages: { pbuSent: 0, pbuReceived: 500, pathsSwitched: 500.5, stored: 502, pbaSent: 502.25, firstPacket: 510 } }]);
});

it.each([
  ['attach', moved({ from: 'NONE' })],
  ['handover', moved()],
  ['move', moved({}, { before: 'm2' })],
])('knows that this is: %s', (kind, t) => {
  const { recorder, step, all } = setUp();
  recorder.transition(t, step, undefined, undefined);
  expect(all().map((x) => x.kind)).toEqual([kind]);
});

it.each([
  ['a session that ended', moved({ to: 'NONE' })],
  ['one taken up from the store', { ...moved({ from: 'NONE' }), detail: { index: 1 } }],
])('leaves out %s', (_, t) => {
  const { recorder, step, all } = setUp();
  recorder.transition(t, step, undefined, undefined);
  expect(all()).toEqual([]);
});

it.each([
  ['is ahead', WALL + 50],
  ['is hours behind', WALL - 3_600_000],
])('does not believe a gateway whose clock %s', (_, wall) => {
  const { recorder, step, all } = setUp();
  recorder.transition(moved(), step, 100.5, timestampOf(wall));
  expect(Object.keys(all()[0]?.stages ?? {})).toEqual(['pbuReceived', 'pathsSwitched']);
});

it('follows some of a flood of handovers, and asks nothing of a data path that is closed', () => {
  const { state, ended, recorder, all } = setUp();
  for (let i = 0; i < 300; i++) recorder.transition(moved({}, { index: i }), { at: 100, wall: WALL + i }, 100.5, undefined);
  state.first = 101;
  vi.advanceTimersByTime(10);
  expect(all().filter((t) => 'firstPacket' in t.stages)).toHaveLength(256);
  recorder.transition(moved(), { at: 200, wall: WALL }, 200.5, undefined);
  ended.abort();
  state.first = 201;
  vi.advanceTimersByTime(20_000);
  expect(all().filter((t) => t.stages['firstPacket'] !== undefined)).toHaveLength(256);
});
