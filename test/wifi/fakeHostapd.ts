/** A hostapd without a radio behind the client's socket port, and a clock that the test moves. It can die, fall silent and lose events. */
import type { Clock, DatagramSocket, OpenSocket } from 'hostapd-ctrl';

export interface FakeClock extends Clock {
  advance(ms: number): void;
}

export function fakeClock(): FakeClock {
  let now = 1000;
  let timers: { readonly at: number; readonly call: () => void }[] = [];
  return {
    now: () => now,
    after(delay, call) {
      const timer = { at: now + delay, call };
      timers.push(timer);
      return () => (timers = timers.filter((t) => t !== timer));
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const next = timers.filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((t) => t !== next);
        now = Math.max(now, next.at);
        next.call();
      }
      now = until;
    },
  };
}

interface FakeStation {
  identity?: string;
  authorized: boolean;
}

export interface FakeHostapd {
  readonly open: OpenSocket;
  readonly stations: Map<string, FakeStation>;
  /** Every request that came in. */
  readonly requests: string[];
  /** Sends an event to the monitors. */
  say(event: string): void;
  /** Hands the datagrams over that are on their way; until then nobody has received anything. */
  deliver(): void;
  dropMonitors(): void;
  /** While set: no answers, no events, but sockets open. */
  silent: boolean;
  /** While set: its socket is not there, and open ones are refused. */
  dead: boolean;
  state: string;
  /** Answers one request otherwise. */
  instead: ((request: string) => string | undefined) | undefined;
}

export function fakeHostapd(): FakeHostapd {
  interface Peer {
    readonly receive: (text: string) => void;
    monitor: boolean;
    open: boolean;
  }
  let peers: Peer[] = [];
  let wire: (() => void)[] = [];
  const send = (peer: Peer, text: string) => wire.push(() => peer.open && peer.receive(text));

  const describe = (mac: string | undefined): string => {
    const station = mac === undefined ? undefined : fake.stations.get(mac);
    if (!station) return mac === undefined ? '' : 'FAIL\n';
    const identity = station.identity === undefined ? '' : `dot1xAuthSessionUserName=${station.identity}\n`;
    return `${mac}\nflags=[AUTH][ASSOC]${station.authorized ? '[AUTHORIZED]' : ''}\naid=1\n${identity}connected_time=3\n`;
  };

  function answer(peer: Peer, request: string): string {
    const [command, mac = ''] = request.split(' ');
    const macs = [...fake.stations.keys()];
    switch (command) {
      case 'ATTACH':
        peer.monitor = true;
        return 'OK\n';
      case 'PING':
        return 'PONG\n';
      case 'STATUS':
        return `state=${fake.state}\nchannel=6\nbss[0]=wlan0\nbssid[0]=02:00:00:00:00:00\nssid[0]=community\nnum_sta[0]=${macs.length}\n`;
      case 'STA-FIRST':
        return describe(macs[0]);
      case 'STA-NEXT':
        return macs.includes(mac) ? describe(macs[macs.indexOf(mac) + 1]) : 'FAIL\n';
      case 'STA':
        return describe(mac);
      case 'DEAUTHENTICATE':
        if (fake.stations.delete(mac)) fake.say(`AP-STA-DISCONNECTED ${mac}`);
        return 'OK\n';
      default:
        return 'UNKNOWN COMMAND\n';
    }
  }

  const fake: FakeHostapd = {
    stations: new Map(),
    requests: [],
    silent: false,
    dead: false,
    state: 'ENABLED',
    instead: undefined,
    open(path, onMessage) {
      if (fake.dead) throw new Error(`connect to ${path}: ENOENT`);
      const peer: Peer = { receive: (text) => onMessage(new TextEncoder().encode(text)), monitor: false, open: true };
      peers.push(peer);
      const socket: DatagramSocket = {
        send(octets) {
          const request = new TextDecoder().decode(octets);
          if (fake.dead || !peers.includes(peer)) return false;
          fake.requests.push(request);
          if (!fake.silent) send(peer, fake.instead?.(request) ?? answer(peer, request));
          return true;
        },
        close: () => void (peer.open = false),
      };
      return socket;
    },
    say(event) {
      if (!fake.silent) for (const peer of peers) if (peer.monitor) send(peer, `<3>${event}`);
    },
    deliver() {
      while (wire.length > 0) wire.splice(0, 1)[0]?.();
    },
    dropMonitors: () => peers.forEach((peer) => (peer.monitor = false)),
  };
  Object.defineProperty(fake, 'dead', {
    get: () => peers === GONE,
    set: (dead: boolean) => {
      peers = dead ? GONE : [];
      if (dead) wire = [];
    },
  });
  const GONE: Peer[] = [];
  return fake;
}
