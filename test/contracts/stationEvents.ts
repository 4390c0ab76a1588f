/** What every source of station events keeps to, whatever stands behind it. A source brings an access point that can be acted on. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StationEvent, StationEvents } from '../../agent/wifi/stationEvents.ts';

export const ALICE = { mac: '02:00:00:00:0a:01', identity: 'alice@home.example' } as const;
export const BOB = { mac: '02:00:00:00:0b:01', identity: 'bob@home.example' } as const;
export type Who = typeof ALICE | typeof BOB;

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

export function stationEventsContract(name: string, create: () => Promise<AccessPointUnderTest> | AccessPointUnderTest): void {
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
    const attachedAlice = `attached ${ALICE.mac} ${ALICE.identity}`;

    beforeEach(async () => {
      ap = await create();
      events = [];
      source = ap.listen();
      await source.start((event) => events.push(event));
      expect([await next(), await next()]).toEqual(['up', 'list']);
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
      expect(await next()).toBe(`detached ${ALICE.mac}`);
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
      expect(await next()).toBe(`attached ${BOB.mac} ${BOB.identity}`);
      await ap.leave(ALICE);
      expect(await next()).toBe(`detached ${ALICE.mac}`);
    });

    test('deauthenticate throws out who is there, and does nothing else', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      source.deauthenticate(ap.interface, BOB.mac);
      source.deauthenticate('no-such-interface', ALICE.mac);
      source.deauthenticate(ap.interface, ALICE.mac);
      expect(await next()).toBe(`detached ${ALICE.mac}`);
    });

    test('an agent that starts later gets the list, with identities', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      source.close();
      source = ap.listen();
      await source.start((event) => events.push(event));
      expect([await next(), await next()]).toEqual(['up', `list ${ALICE.mac} ${ALICE.identity}`]);
    });

    test('an access point that goes down and comes up again begins with an empty list', async () => {
      await ap.arrive(ALICE);
      expect(await next()).toBe(attachedAlice);
      await ap.goDown();
      let said = await next();
      if (said === `detached ${ALICE.mac}`) said = await next(); // some say goodbye to each
      expect(said).toBe('down');
      await ap.comeUp();
      expect([await next(), await next()]).toEqual(['up', 'list']);
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
