/** What every source of station events keeps to, whatever stands behind it. A source brings an access point that can be acted on. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StationEvent, StationEvents } from '../../agent/wifi/stationEvents.ts';

export const ALICE = { mac: '02:00:00:00:0a:01', identity: 'alice@home.example' } as const;
export const BOB = { mac: '02:00:00:00:0b:01', identity: 'bob@home.example' } as const;
export type Who = typeof ALICE | typeof BOB;

/** What a source cannot know or do: each test says what it does instead. */
export interface Capabilities {
  /** Tells who a station is, where EAP proved it. Else: the MAC alone. */
  readonly identities: boolean;
  /** Tells all stations at the start and after a gap. Else: nothing, and each shows itself with its next frame. */
  readonly lists: boolean;
  /** Learns that a station left. Else: nothing is told, and the MAG asks the station. */
  readonly saysLeave: boolean;
  /** Throws a station out. Else: nothing is told, and its next frame attaches it. */
  readonly deauthenticates: boolean;
  /** Learns that the access point is down. Else: nothing is told, and what comes after is heard as before. */
  readonly saysDown: boolean;
}

const EVERYTHING: Capabilities = { identities: true, lists: true, saysLeave: true, deauthenticates: true, saysDown: true };

export interface AccessPointUnderTest {
  readonly interface: string;
  /** A new source at the same access point: an agent that starts. */
  listen(): StationEvents;
  /** The clock of `at`. */
  now(): number;
  arrive(who: Who): Promise<void> | void;
  /** It was elsewhere, and this access point was not told. */
  returnSilently(who: Who): Promise<void> | void;
  leave(who: Who): Promise<void> | void;
  goDown(): Promise<void> | void;
  /** Comes up again without stations. */
  comeUp(): Promise<void> | void;
  /** Lets time pass until `happened`, or until nothing more can be expected. */
  settle(happened: () => boolean): Promise<void> | void;
  close(): Promise<void> | void;
}

export function stationEventsContract(name: string, create: () => Promise<AccessPointUnderTest> | AccessPointUnderTest, lacks: Partial<Capabilities> = {}): void {
  const can = { ...EVERYTHING, ...lacks };
  describe(`station events: ${name}`, () => {
    let ap: AccessPointUnderTest;
    let events: StationEvent[];
    let source: StationEvents;

    /** The next event, in words; undefined: none comes. */
    async function next(): Promise<string | undefined> {
      await ap.settle(() => events.length > 0);
      const e = events.shift();
      if (!e) return undefined;
      expect(e.interface).toBe(ap.interface);
      switch (e.kind) {
        case 'stationAttached':
          return `attached ${e.mac} ${e.identity ?? '-'}`;
        case 'stationDetached':
          expect(e.reason).not.toBe('');
          return `detached ${e.mac}`;
        case 'stationList':
          return `list ${e.macs.map((mac) => `${mac} ${e.identities[mac] ?? '-'}`).join(', ')}`.trim();
        case 'linkDown':
          expect(e.reason).not.toBe('');
          return 'down';
        case 'linkUp':
          return 'up';
      }
    }
    const attached = ({ mac, identity }: Who): string => `attached ${mac} ${can.identities ? identity : '-'}`;
    const attachedAlice = attached(ALICE);
    /** What a source begins with, when `there` are on the access point. */
    async function expectBeginning(...there: readonly Who[]): Promise<void> {
      expect(await next()).toBe('up');
      const list = there.map(({ mac, identity }) => `${mac} ${can.identities ? identity : '-'}`).join(', ');
      if (can.lists) expect(await next()).toBe(`list ${list}`.trim());
    }
    /** Nothing is told of a departure that the source cannot know of; the station's next frame attaches it once more. */
    async function expectGone(who: Who, told: boolean): Promise<void> {
      if (told) return expect(await next()).toBe(`detached ${who.mac}`);
      expect(await next()).toBeUndefined();
      await ap.arrive(who);
      expect(await next()).toBe(attached(who));
    }

    beforeEach(async () => {
      ap = await create();
      events = [];
      source = ap.listen();
      await source.start((event) => events.push(event));
      await expectBeginning();
    });
    afterEach(async () => {
      source.close();
      await ap.close();
    });

    test('a station arrives and leaves', async () => {
      const before = ap.now();
      await ap.arrive(ALICE);
      await ap.settle(() => events.length > 0);
      const [event] = events;
      expect(event?.kind === 'stationAttached' && event.at).toBeGreaterThanOrEqual(before);
      expect(event?.kind === 'stationAttached' && event.at).toBeLessThanOrEqual(ap.now());
      expect(await next()).toBe(attachedAlice);
      await ap.leave(ALICE);
      await expectGone(ALICE, can.saysLeave);
    });

    test('a station that comes back without having left attaches again', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      await ap.returnSilently(ALICE);
      expect(await next()).toBe(attachedAlice);
    });

    test('two stations are two', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      await ap.arrive(BOB);
      expect(await next()).toBe(attached(BOB));
      await ap.leave(ALICE);
      await expectGone(ALICE, can.saysLeave);
    });

    test('deauthenticate throws out who is there, and does nothing else', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      source.deauthenticate(ap.interface, BOB.mac);
      source.deauthenticate('no-such-interface', ALICE.mac);
      source.deauthenticate(ap.interface, ALICE.mac);
      await expectGone(ALICE, can.deauthenticates);
    });

    test('an agent that starts later gets the list, or hears who is there', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      source.close();
      source = ap.listen();
      await source.start((event) => events.push(event));
      await expectBeginning(ALICE);
      await ap.returnSilently(ALICE);
      expect(await next()).toBe(attachedAlice);
    });

    test('an access point that goes down and comes up again begins anew', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      await ap.goDown();
      let said = await next();
      if (said === `detached ${ALICE.mac}`) said = await next(); // some say goodbye to each
      expect(said).toBe(can.saysDown ? 'down' : undefined);
      await ap.comeUp();
      if (can.saysDown) await expectBeginning();
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
    });

    test('nothing comes after close', async () => {
      source.close();
      await ap.arrive(ALICE);
      expect(await next()).toBeUndefined();
    });
  });
}
