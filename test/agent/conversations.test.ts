/** The conversations of an access link with their one timer, and floods of MACs that nobody has. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConversations, MOST_CONVERSATIONS, type Wish } from '../../agent/conversations.ts';
import type { Mac } from '../../protocol/mac.ts';
import { BOOTREQUEST, bootpOf } from '../../protocol/dhcp/message.ts';
import { active, dhcp, ended, PHONE } from '../dhcp-server/talk.ts';
import { dhcpFromPhone, neighbourSolicitation, routerSolicitation } from '../../lab/simulated/phoneFrames.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const sent: Uint8Array[] = [];
  const wishes: Wish[] = [];
  const counts = new Map<string, number>();
  const errors: string[] = [];
  const all = createConversations({
    now: () => ({ at: performance.now(), wall: Date.now() }),
    send: (frame) => sent.push(frame),
    onWish: (wish) => wishes.push(wish),
    onCount: (name) => counts.set(name, (counts.get(name) ?? 0) + 1),
    onError: (e) => errors.push(e.message),
  });
  return { all, sent, wishes, counts, errors };
}

const macOf = (n: number): Mac => `02:00:00:${[n >> 16, n >> 8, n].map((b) => (b & 255).toString(16).padStart(2, '0')).join(':')}`;
const DISCOVER = dhcp('DISCOVER');
const discoverOf = (mac: Mac): Uint8Array => dhcpFromPhone({ ...bootpOf(BOOTREQUEST, 1, mac), options: { messageType: 'DISCOVER' } }, mac);

describe('a conversation', () => {
  it('asks for a binding once, and answers when the session is there', () => {
    const { all, sent, wishes, counts } = setUp();
    all.frame(PHONE, DISCOVER, true);
    all.frame(PHONE, DISCOVER, true);
    expect(wishes).toMatchObject([{ kind: 'wantBinding', mac: PHONE }]);
    all.session(PHONE, active);
    expect(counts.get('sent dhcp-offer')).toBe(1);
    expect(sent.length).toBeGreaterThan(0);
  });

  it('gives up what is held in its time, by the one timer', () => {
    const { all, counts } = setUp();
    all.frame(PHONE, DISCOVER, true);
    all.frame(macOf(1), routerSolicitation(macOf(1)), true);
    vi.advanceTimersByTime(15_999);
    expect(counts.get('held-too-long')).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(counts.get('held-too-long')).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('an earlier deadline of one station does not wait for a later one of another', () => {
    const { all, counts } = setUp();
    all.session(PHONE, active); // the next advertisement is minutes away
    all.frame(macOf(1), routerSolicitation(macOf(1)), true);
    vi.advanceTimersByTime(16_000);
    expect(counts.get('held-too-long')).toBe(1);
  });

  it('a phone without conversation can be asked whether it is there', () => {
    const { all, sent } = setUp();
    all.session(PHONE, active);
    const before = sent.length;
    all.probe(PHONE);
    expect(sent.length).toBeGreaterThan(before);
    all.probe(macOf(5)); // nothing is known of it that could be asked
  });

  it('a stopped link does nothing more', () => {
    const { all, counts, sent } = setUp();
    all.frame(PHONE, DISCOVER, true);
    all.stop();
    vi.advanceTimersByTime(60_000);
    all.session(PHONE, active);
    expect([counts.size, sent.length, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });
});

describe('a flood of invented MACs', () => {
  it('of frames that hold nothing leaves nothing behind', () => {
    const { all } = setUp();
    for (let n = 0; n < 20_000; n++) all.frame(macOf(n), neighbourSolicitation(macOf(n), '::', 'fe80::1'), true);
    expect(all.size).toBe(0);
  });

  it('of requests keeps to its limit, and a phone with a session keeps its place', () => {
    const { all, counts } = setUp();
    all.session(PHONE, active);
    for (let n = 0; n < MOST_CONVERSATIONS * 2; n++) all.frame(macOf(n), discoverOf(macOf(n)), true);
    expect(all.size).toBeLessThanOrEqual(MOST_CONVERSATIONS);
    all.frame(PHONE, DISCOVER, true);
    expect(counts.get('sent dhcp-offer')).toBe(1);
    vi.advanceTimersByTime(16_000);
    expect(counts.get('held-too-long')).toBeGreaterThan(1000);
  });

  it('a session that ended is remembered for its router only, and makes way', () => {
    const { all } = setUp();
    for (let n = 0; n < MOST_CONVERSATIONS + 10; n++) {
      all.session(macOf(n), active);
      all.session(macOf(n), ended);
    }
    expect(all.size).toBeLessThanOrEqual(MOST_CONVERSATIONS);
  });
});
