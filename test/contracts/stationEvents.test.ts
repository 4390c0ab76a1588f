import { vi } from 'vitest';
import { firstPacketStations, type FirstPacketStations } from '../../agent/wifi/firstPacketStations.ts';
import { hostapdStations } from '../../agent/wifi/hostapdStations.ts';
import { ubusStations } from '../../agent/wifi/ubusStations.ts';
import { scriptedStations } from '../../agent/wifi/scriptedStations.ts';
import { fakeClock, fakeHostapd } from '../wifi/fakeHostapd.ts';
import { fakeUbusd } from '../wifi/ubus/fakeUbusd.ts';
import { stationEventsContract } from './stationEvents.ts';

const refusedNever = (refusal: string | undefined) => {
  if (refusal !== undefined) throw new Error(refusal);
};

stationEventsContract('scripted', () => {
  const clock = fakeClock();
  const scripted = scriptedStations(['access0'], clock);
  return {
    interface: 'access0',
    listen: () => scripted,
    now: () => clock.now(),
    arrive: ({ mac, identity }) => refusedNever(scripted.attach('access0', mac, identity)),
    returnSilently: ({ mac, identity }) => refusedNever(scripted.attach('access0', mac, identity)),
    leave: ({ mac }) => refusedNever(scripted.detach('access0', mac)),
    goDown: () => refusedNever(scripted.linkDown('access0')),
    comeUp: () => refusedNever(scripted.linkUp('access0')),
    settle: () => clock.advance(1000),
    close: () => {},
  };
});

stationEventsContract('the hostapd client, against a fake hostapd', () => {
  const hostapd = fakeHostapd();
  const clock = fakeClock();
  return {
    interface: 'access0',
    listen: () => hostapdStations({ interfaces: [{ interface: 'access0', controls: ['/run/hostapd/wlan0'] }], open: hostapd.open, clock }),
    now: () => clock.now(),
    arrive({ mac, identity }) {
      hostapd.stations.set(mac, { authorized: true, identity });
      hostapd.say(`CTRL-EVENT-EAP-SUCCESS2 ${mac}`);
      hostapd.say(`AP-STA-CONNECTED ${mac}`);
    },
    returnSilently({ mac }) {
      clock.advance(3000);
      hostapd.say(`CTRL-EVENT-EAP-SUCCESS2 ${mac}`);
    },
    leave({ mac }) {
      hostapd.stations.delete(mac);
      hostapd.say(`AP-STA-DISCONNECTED ${mac}`);
    },
    goDown() {
      hostapd.dead = true;
      hostapd.stations.clear();
    },
    comeUp: () => void (hostapd.dead = false),
    settle(happened) {
      for (let i = 0; i < 70; i++) {
        hostapd.deliver();
        if (happened()) return;
        clock.advance(100);
      }
    },
    close: () => {},
  };
});

stationEventsContract("the ubus client, against a fake ubusd and OpenWrt's hostapd", () => {
  vi.useFakeTimers();
  const ubusd = fakeUbusd();
  ubusd.startHostapd();
  let bss = ubusd.addBss('phy0-ap0');
  const at = () => ({ at: Date.now(), wall: Date.now() });
  return {
    interface: 'access0',
    listen: () => ubusStations({ interfaces: [{ interface: 'access0', bsses: ['phy0-ap0'] }], open: ubusd.open, now: at, onCount: () => undefined }),
    now: () => Date.now(),
    arrive({ mac, identity }) {
      bss.notify('assoc', mac);
      bss.stations.set(mac, { authorized: true, identity });
      bss.notify('sta-authorized', mac);
    },
    returnSilently({ mac }) {
      vi.advanceTimersByTime(3000);
      bss.notify('sta-authorized', mac);
    },
    leave({ mac }) {
      bss.stations.delete(mac);
      bss.notify('disassoc', mac);
    },
    goDown: () => ubusd.killHostapd(),
    comeUp() {
      ubusd.startHostapd();
      bss = ubusd.addBss('phy0-ap0');
    },
    settle(happened) {
      for (let i = 0; i < 70; i++) {
        ubusd.deliver();
        if (happened()) return;
        vi.advanceTimersByTime(100);
      }
    },
    close: () => void vi.useRealTimers(),
  };
});

stationEventsContract(
  'the first packet, behind a switch',
  () => {
    const clock = fakeClock();
    let source: FirstPacketStations = firstPacketStations([]);
    const frame = ({ mac }: { readonly mac: string }) => source.heard('access0', mac, clock.now());
    return {
      interface: 'access0',
      listen: () => (source = firstPacketStations(['access0'])),
      now: () => clock.now(),
      arrive: frame,
      returnSilently: frame,
      leave: () => undefined,
      goDown: () => undefined,
      comeUp: () => undefined,
      settle: () => clock.advance(1000),
      close: () => undefined,
    };
  },
  { identities: false, lists: false, saysLeave: false, deauthenticates: false, saysDown: false },
);
