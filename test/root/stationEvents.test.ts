import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from 'hostapd-ctrl';
import { checkAccessInterface } from '../../agent/wifi/accessInterface.ts';
import { abstractSockets, fileSockets, hostapdStations, systemClock } from '../../agent/wifi/hostapdStations.ts';
import type { StationEvent } from '../../agent/wifi/stationEvents.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { addLink, getLink, setLink } from '../../linux/netlink/link.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import { ALICE, stationEventsContract } from '../contracts/stationEvents.ts';
import { mailbox } from '../linux/namespaceLab.ts';
import { realHostapd, until } from './realHostapd.ts';
import type { RealHostapd } from './realHostapd.ts';

stationEventsContract("Debian's hostapd and wpa_supplicant", async () => {
  const hostapd = realHostapd();
  await hostapd.start();
  let skew = 0;
  let listening = false;
  const clock: Clock = { now: () => performance.now() + skew, after: (delay, call) => systemClock.after(delay, call) };
  return {
    interface: 'access0',
    listen() {
      const source = hostapdStations({ interfaces: [{ interface: 'access0', controls: [hostapd.control] }], open: fileSockets(hostapd.folder), clock });
      listening = true;
      return {
        ...source,
        close() {
          listening = false;
          source.close();
        },
      };
    },
    now: () => clock.now(),
    arrive: (who) => hostapd.arrive(who),
    returnSilently(who) {
      skew += 2000; // past the debounce
      return hostapd.authenticateAgain(who);
    },
    leave: (who) => hostapd.logOff(who),
    goDown: () => hostapd.stop('SIGTERM'),
    comeUp: () => hostapd.start(),
    async settle(happened) {
      // A closed source is given the time in which an open one would long have spoken.
      if (listening) await until('the next station event', happened);
      else await new Promise((resolve) => setTimeout(resolve, 100));
    },
    close: () => hostapd.remove(),
  };
});

describe('with the real hostapd', () => {
  let hostapd: RealHostapd;
  beforeAll(() => {
    hostapd = realHostapd();
  });
  afterAll(() => hostapd.remove());

  /** Seconds pass ten times faster for the client than for hostapd. */
  const hurried: Clock = { now: () => performance.now() * 10, after: (delay, call) => systemClock.after(delay / 10, call) };

  test('sockets in the abstract name space, and a hostapd that is killed and comes back', async () => {
    await hostapd.start();
    const got = mailbox<StationEvent>();
    const stations = hostapdStations({
      interfaces: [{ interface: 'access0', controls: [hostapd.control] }],
      open: (...args) => inNamespace(hostapd.namespace, () => abstractSockets(...args)),
      clock: hurried,
    });
    void stations.start(got.put);
    const nextOf = async (kind: StationEvent['kind']) => {
      for (;;) {
        const event = await got.next();
        if (event.kind === kind) return event;
      }
    };
    await nextOf('stationList');
    await hostapd.arrive(ALICE);
    expect(await nextOf('stationAttached')).toMatchObject({ mac: ALICE.mac, identity: ALICE.identity });
    await hostapd.stop('SIGKILL');
    await nextOf('linkDown');
    await hostapd.start();
    await nextOf('linkUp');
    await nextOf('stationList');
    stations.close();
  });

  test('the BSS itself is refused as access interface, a bridge above it is accepted', () => {
    const check = (name: string) => inNamespace(hostapd.namespace, () => checkAccessInterface(name, ['vap']));
    expect(check('vap')).toMatch(/is the BSS itself/);
    const nl = inNamespace(hostapd.namespace, netlink);
    addLink(nl, { kind: 'bridge', name: 'access0', up: true });
    expect(check('access0')).toMatch(/does not stand above it/);
    setLink(nl, getLink(nl, 'vap')?.index ?? 0, { master: getLink(nl, 'access0')?.index ?? 0 });
    expect(check('access0')).toBeUndefined();
    nl.close();
  });
});
