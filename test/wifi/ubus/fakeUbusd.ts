/** A ubusd with a hostapd behind the client's socket port: BSSs come and go, requests are refused or not answered, notifications lost. */
import { decode, encode } from '../../../protocol/codec.ts';
import { boolean, fields, int32, numberAt, string, textAt, type Table, type Value } from '../../../agent/wifi/ubus/blobmsg.ts';
import { asData, dataOf, message, splitter, type Attributes, type Message, type MessageType } from '../../../agent/wifi/ubus/message.ts';
import type { OpenStream } from '../../../agent/wifi/ubusSocket.ts';

export interface FakeStation {
  authorized: boolean;
  identity?: string;
}

export interface FakeBss {
  readonly stations: Map<string, FakeStation>;
  /** Tells the subscribers; `asks`: and wants their word, as hostapd does where notify_response is set. */
  notify(method: string, mac: string, asks?: boolean): void;
  /** hostapd takes the object away. */
  remove(): void;
}

export interface FakeUbusd {
  readonly open: OpenStream;
  /** Every request, in words: `invoke hostapd.phy0-ap0 get_clients`. */
  readonly requests: string[];
  /** Status codes that answers to a notification carried. */
  readonly answers: (number | undefined)[];
  /** hostapd brings up a BSS, and says so (`quietly`: does not). */
  addBss(name: string, quietly?: boolean): FakeBss;
  /** A notification of the object `hostapd`. */
  news(method: string, name: string): void;
  /** hostapd starts or ends, with all its objects. */
  startHostapd(): void;
  killHostapd(): void;
  /** While set, nobody listens and open connections end. */
  dead: boolean;
  /** hostapd does not answer. */
  silent: boolean;
  /** ubusd does not answer, nor greet. */
  hung: boolean;
  /** Notifications are dropped. */
  lossy: boolean;
  /** Status by request in words, given instead of an answer. */
  readonly refuse: Map<string, number>;
  /** Octets sent as they are. */
  say(octets: Uint8Array): void;
  /** Answer to get_clients, instead of the true one. */
  instead: ((stations: Table) => Table | Uint8Array) | undefined;
  /** Hands over what is on its way, cut into pieces of `piece` octets. */
  deliver(piece?: number): void;
}

interface Peer {
  readonly tell: (octets: Uint8Array) => void;
  readonly fail: (reason: string) => void;
  readonly id: number;
  open: boolean;
}

interface FakeObject {
  readonly id: number;
  readonly subscribers: { readonly peer: Peer; readonly own: number }[];
  readonly bss: FakeBss | undefined;
}

const hexOf = (text: string): string => Buffer.from(text).toString('hex');

function clientOf({ authorized, identity }: FakeStation): Value {
  const attributes: Value[] = identity === undefined ? [] : [{ type: 'table', value: fields({ type: { type: 'int8', value: 1 }, length: { type: 'int8', value: identity.length + 2 }, value_hex: string(hexOf(identity)) }) }];
  return { type: 'table', value: fields({ auth: boolean(true), assoc: boolean(true), authorized: boolean(authorized), aid: int32(1), radius_attrs: { type: 'array', value: attributes } }) };
}

const clientsOf = (stations: ReadonlyMap<string, FakeStation>): Table =>
  fields({ freq: int32(2437), clients: { type: 'table', value: new Map([...stations].map(([mac, s]) => [mac, clientOf(s)])) } });

export function fakeUbusd(): FakeUbusd {
  let peers: Peer[] = [];
  let wire: { readonly peer: Peer; readonly octets: Uint8Array }[] = [];
  let numbers = 1000;
  let dead = false;
  const objects = new Map<string, FakeObject>();
  const listeners: { readonly peer: Peer; readonly own: number }[] = [];

  const put = (peer: Peer, type: MessageType, seq: number, from: number, attributes: Attributes): void =>
    void wire.push({ peer, octets: encode(message, { type, seq, peer: from, attributes }) });
  const tell = (to: readonly { readonly peer: Peer; readonly own: number }[], method: string, data: Table, asks = false): void => {
    if (fake.lossy) return;
    for (const { peer, own } of to) put(peer, 'invoke', 7, 99, { objectId: own, method, ...(asks ? {} : { noReply: 1 }), data: asData(data) });
  };
  const pathOf = (id: number | undefined): string => [...objects].find(([, o]) => o.id === id)?.[0] ?? `object ${id}`;

  function add(path: string, bss: FakeBss | undefined): void {
    objects.set(path, { id: ++numbers, subscribers: [], bss });
    tell(listeners, 'ubus.object.add', fields({ id: int32(numbers), path: string(path) }));
  }
  function take(path: string): void {
    const object = objects.get(path);
    objects.delete(path);
    for (const { peer, own } of object?.subscribers ?? []) put(peer, 'unsubscribe', 1, 0, { objectId: own, target: object?.id ?? 0 });
  }

  function invoked(object: FakeObject, m: Message): { readonly status: number; readonly data?: Uint8Array } | undefined {
    if (fake.silent) return undefined;
    const stations = object.bss?.stations ?? new Map<string, FakeStation>();
    if (m.attributes.method === 'get_clients') {
      const answer = clientsOf(stations);
      const given = fake.instead?.(answer) ?? answer;
      return { status: 0, data: given instanceof Uint8Array ? given : asData(given) };
    }
    const mac = textAt(dataOf(m), 'addr') ?? '';
    if (m.attributes.method !== 'del_client') return { status: 3 };
    if (stations.delete(mac)) object.bss?.notify('local-deauth', mac);
    return { status: 0 };
  }

  function answer(peer: Peer, m: Message): void {
    const { objectPath, objectId, target, method } = m.attributes;
    if (m.type === 'status') return void fake.answers.push(m.attributes.status);
    const words = [m.type, objectPath ?? (m.type === 'invoke' ? `${objectId === 1 ? 'events' : pathOf(objectId)} ${method}` : m.type === 'subscribe' ? pathOf(target) : '')].join(' ').trim();
    fake.requests.push(words);
    if (fake.hung) return undefined;
    const status = (code: number): void => put(peer, 'status', m.seq, m.peer, { status: code });
    const refused = fake.refuse.get(words);
    if (refused !== undefined) return status(refused);
    const object = [...objects.values()].find((o) => o.id === (m.type === 'subscribe' ? target : objectId));
    switch (m.type) {
      case 'addObject':
        put(peer, 'data', m.seq, m.peer, { objectId: ++numbers });
        return status(0);
      case 'lookup': {
        const found = objects.get(objectPath ?? '');
        if (!found) return status(4);
        put(peer, 'data', m.seq, m.peer, { objectPath: objectPath ?? '', objectId: found.id, objectType: 5, signature: new Uint8Array() });
        return status(0);
      }
      case 'subscribe':
        if (!object) return status(4);
        object.subscribers.push({ peer, own: objectId ?? 0 });
        return status(0);
      case 'invoke': {
        if (objectId === 1) {
          listeners.push({ peer, own: numberAt(dataOf(m), 'object') ?? 0 });
          return status(0);
        }
        if (!object) return status(4);
        const done = invoked(object, m);
        if (!done) return undefined;
        if (done.data) put(peer, 'data', m.seq, objectId ?? 0, { objectId: objectId ?? 0, data: done.data });
        return status(done.status);
      }
      default:
        return status(1);
    }
  }

  const fake: FakeUbusd = {
    requests: [],
    answers: [],
    silent: false,
    hung: false,
    lossy: false,
    refuse: new Map(),
    instead: undefined,
    open(onOctets, onFailure) {
      const peer: Peer = { tell: onOctets, fail: onFailure, id: ++numbers, open: true };
      const cut = splitter();
      if (dead) queueMicrotask(() => peer.open && peer.fail('no ubusd listens'));
      else {
        peers.push(peer);
        if (!fake.hung) put(peer, 'hello', 0, peer.id, {});
      }
      return {
        send(octets) {
          if (!dead) for (const one of cut(octets)) answer(peer, decode(message, one));
        },
        close: () => void (peer.open = false),
      };
    },
    addBss(name, quietly = false) {
      const path = `hostapd.${name}`;
      const bss: FakeBss = {
        stations: new Map(),
        notify: (method, mac, asks) => tell(objects.get(path)?.subscribers ?? [], method, fields({ address: string(mac), ifname: string(name) }), asks),
        remove: () => take(path),
      };
      const said = listeners.splice(0, quietly ? Infinity : 0);
      add(path, bss);
      listeners.push(...said);
      if (!quietly) fake.news('bss.add', name);
      return bss;
    },
    news: (method, name) => tell(objects.get('hostapd')?.subscribers ?? [], method, fields({ name: string(name) })),
    startHostapd: () => add('hostapd', undefined),
    killHostapd: () => [...objects.keys()].forEach(take),
    get dead() {
      return dead;
    },
    set dead(is) {
      dead = is;
      const ended = peers;
      peers = [];
      wire = [];
      listeners.length = 0;
      for (const object of objects.values()) object.subscribers.length = 0;
      for (const peer of ended) if (peer.open) peer.fail('ubusd closed the connection');
    },
    say: (octets) => peers.forEach((peer) => wire.push({ peer, octets })),
    deliver(piece = 65_536) {
      while (wire.length > 0) {
        const sent = wire;
        wire = [];
        for (const peer of new Set(sent.map((one) => one.peer))) {
          const octets = Buffer.concat(sent.filter((one) => one.peer === peer).map((one) => one.octets));
          for (let at = 0; at < octets.length && peer.open; at += piece) peer.tell(octets.subarray(at, at + piece));
        }
      }
    },
  };
  return fake;
}
