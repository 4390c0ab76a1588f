/** What netifd says on ubus: devices of networks and interfaces of access points. Two calls on a connection of their own. */
import { decode, encode } from '../../protocol/codec.ts';
import { tableAt, tablesAt, textAt, type Table } from '../wifi/ubus/blobmsg.ts';
import { asData, dataOf, message, OK, splitter, statusText, type Attributes, type Message, type MessageType } from '../wifi/ubus/message.ts';
import { ubusSocket, type OpenStream, type StreamSocket } from '../wifi/ubusSocket.ts';
import type { Live, LiveBss } from './resolve.ts';

/** ubusd and netifd answer at once; a netifd that is busy with its radios may take this long. Milliseconds. */
const PATIENCE = 5000;

/** Rejects in words when there is no ubusd or no netifd, or when they do not answer. */
export async function askNetifd(open: OpenStream = ubusSocket(), patience: number = PATIENCE): Promise<Live> {
  const bus = connect(open, patience);
  try {
    const interfaces = await bus.call('network.interface', 'dump');
    const wireless = await bus.call('network.wireless', 'status');
    return { devices: devicesIn(interfaces), bsses: bssesIn(wireless) };
  } finally {
    bus.close();
  }
}

const devicesIn = (dump: Table): ReadonlyMap<string, string> =>
  new Map(
    tablesAt(dump, 'interface').flatMap((i): [string, string][] => {
      const [name, device] = [textAt(i, 'interface'), textAt(i, 'l3_device')];
      return name === undefined || device === undefined ? [] : [[name, device]];
    }),
  );

const bssesIn = (status: Table): readonly LiveBss[] =>
  [...status.keys()].flatMap((radio) =>
    tablesAt(tableAt(status, radio) ?? new Map(), 'interfaces').flatMap((i) => {
      const ifname = textAt(i, 'ifname');
      const networks = tableAt(i, 'config')?.get('network');
      return ifname === undefined ? [] : [{ section: textAt(i, 'section') ?? '', ifname, networks: networks?.type === 'array' ? networks.value.flatMap((n) => (n.type === 'string' ? n.value : [])) : [] }];
    }),
  );

interface Waiting {
  readonly resolve: (answers: readonly Message[]) => void;
  readonly reject: (error: Error) => void;
  readonly data: Message[];
}

interface Bus {
  call(path: string, method: string): Promise<Table>;
  close(): void;
}

/** One question at a time. */
function connect(open: OpenStream, patience: number): Bus {
  const split = splitter();
  let waiting: Waiting | undefined;
  let seq = 0;
  const fail = (why: string): void => waiting?.reject(new Error(`netifd cannot be asked: ${why}`));
  let greet: () => void = () => undefined;
  const greeted = new Promise<void>((resolve) => (greet = resolve));
  const timer = setTimeout(() => fail(`no answer within ${patience / 1000} s`), patience);
  const socket: StreamSocket = open((octets) => {
    try {
      for (const whole of split(octets)) take(decode(message, whole));
    } catch (e) {
      fail((e as Error).message);
    }
  }, fail);

  function take(m: Message): void {
    if (m.type === 'hello') return greet();
    if (m.seq !== seq || !waiting) return;
    if (m.type === 'data') waiting.data.push(m);
    if (m.type !== 'status') return;
    const status = m.attributes.status ?? OK;
    if (status === OK) waiting.resolve(waiting.data);
    else fail(statusText(status));
  }

  function ask(type: MessageType, peer: number, attributes: Attributes): Promise<readonly Message[]> {
    return new Promise((resolve, reject) => {
      waiting = { resolve, reject, data: [] };
      seq += 1;
      const octets = encode(message, { type, seq, peer, attributes });
      void greeted.then(() => socket.send(octets));
    });
  }

  return {
    async call(path, method) {
      const [found] = await ask('lookup', 0, { objectPath: path });
      const object = found?.attributes.objectId;
      if (object === undefined) throw new Error(`netifd cannot be asked: there is no ${path}`);
      const [answer] = await ask('invoke', object, { objectId: object, method, data: asData(new Map()) });
      return answer ? dataOf(answer) : new Map();
    },
    close() {
      clearTimeout(timer);
      socket.close();
    },
  };
}
