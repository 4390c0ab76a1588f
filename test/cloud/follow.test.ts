/** What an anchor tells a fleet service: sessions, handovers when they are answered, refusals. */
import { expect, it } from 'vitest';
import { createFollow, type FollowEvent } from '../../cloud/follow.ts';
import { createLma, step } from '../../cloud/lma/lma.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';
import type { Transition } from '../../protocol/entity.ts';
import { traceId, type Trace } from '../../runtime/traces.ts';
import { buildPbu, labConfig, MAG1, MAG2, EPOCH, type Wish } from '../lma/pbu.ts';

function setUp() {
  const follow = createFollow((identity) => `(${identity})`);
  const lma = createLma(labConfig());
  const read: FollowEvent[] = [];
  const reader = { slow: false, close: (): void => undefined };
  let at = 0;
  const ask = (wish: Wish = {}): void => {
    at += 1000;
    const now = { at, wall: EPOCH + at };
    const { id: peer, from } = wish.mag ?? MAG1;
    for (const e of step(lma, { kind: 'message', from, message: buildPbu(wish, now, at), ...(peer === undefined ? {} : { peer }) }, now)) if (e.kind === 'transition') follow.transition(e, 'lma1', () => lma.cache.get(Number(e.detail?.['index'])));
  };
  const begin = (): void =>
    follow.streams.follow({ command: 'follow' })({
      send: (event) => {
        if (!reader.slow) read.push(event as FollowEvent);
        return !reader.slow;
      },
      drained: () => Promise.resolve(),
      end: () => undefined,
      onClose: (call) => {
        reader.close = call;
      },
    });
  const told = () => read.flatMap((e) => (e.kind === 'happened' ? e.all : []));
  return { follow, ask, begin, reader, read, told };
}

it('a session comes, goes elsewhere and ends; its addresses and where it is are told, and its name as the anchor shows it', () => {
  const { follow, ask, begin, told } = setUp();
  begin();
  ask();
  ask({ mag: MAG2, handoff: 3 });
  ask({ mag: MAG2, lifetime: 0 });
  follow.close();
  expect(told()).toMatchObject([
    { kind: 'session', service: 'lma1', index: 1, mnnai: '(mn0@example.com)', llid: '(00:24:d7:8e:21:a4)', state: 'ACTIVE', mag: 'mag1@example.com', addresses: [expect.stringMatching(/^192\.0\.2\./), expect.stringMatching(/\/64$/)] },
    { index: 1, state: 'ACTIVE', mag: 'mag2@example.com' },
    { index: 1, state: 'RELEASED' },
  ]);
});

it('of refusals those that kept somebody from a session, with the id of the trace', () => {
  const { follow, ask, begin, told } = setUp();
  begin();
  ask({ timestamp: 5n << 16n });
  ask({ timestamp: 5n << 16n, handoff: 5 });
  ask({ timestamp: 5n << 16n, lifetime: 0 });
  follow.close();
  expect(told()).toMatchObject([{ kind: 'refused', status: STATUS.TIMESTAMP_MISMATCH, mag: 'mag1@example.com', id: traceId({ sender: 'mag1@example.com', exchange: 5n << 16n }) }]);
});

const trace: Trace = { kind: 'attach', sender: 'm1', exchange: '17', stages: { pbuReceived: 10, pbaSent: 12 }, transition: { kind: 'transition', entity: 'lma', subject: 'mn0', from: 'NONE', to: 'ACTIVE', reason: 'new session', at: 10, wall: EPOCH, detail: { index: 1 } } satisfies Transition };

it('a handover is told once, when its answer has left', () => {
  const { follow, begin, told } = setUp();
  begin();
  for (const name of ['pbuReceived', 'pbaSent', 'firstPacket']) follow.stage(trace, name);
  follow.close();
  expect(told()).toMatchObject([{ kind: 'trace', trace: { id: traceId(trace), mnnai: '(mn0)', wall: EPOCH, stages: { pbuReceived: 0, pbaSent: 2 } } }]);
});

it('a reader that is too slow hears how much it missed; one that left costs nothing', () => {
  const { follow, ask, begin, reader, read } = setUp();
  begin();
  reader.slow = true;
  ask();
  follow.close();
  reader.slow = false;
  ask({ mag: MAG2, handoff: 3 });
  follow.close();
  expect(read.slice(1)).toMatchObject([{ kind: 'lost', events: 1 }, { kind: 'happened', all: [{ mag: 'mag2@example.com' }] }]);
  reader.close();
  ask({ handoff: 3 });
  follow.close();
  expect(read).toHaveLength(3);
});
