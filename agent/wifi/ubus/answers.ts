/** What ubusd says: greetings, answers, notifications, and that an object is gone. */
import { DecodeError, encode } from '../../../protocol/codec.ts';
import { fields, int32, string, textAt } from './blobmsg.ts';
import { ask, down, isOfInterest, onClients, onNoClients, onNotification } from './bss.ts';
import { dataOf, message, NOT_FOUND, OK, statusText, type Message } from './message.ts';
import { bssContext, count, invoke, lookUp, send, type Context, type Pending, type Watch } from './requests.ts';

/** ubusd's own object for events (ubusmsg.h), and the event of a new object. */
const EVENTS = 1;
const OBJECT_ADDED = 'ubus.object.add';

/** Returns why the connection is of no use, if it is not. @throws DecodeError */
export function onMessage(c: Context, m: Message): string | undefined {
  const { s } = c;
  switch (m.type) {
    case 'hello':
      if (s.link === 'greeted') return undefined;
      Object.assign(s, { link: 'greeted', linkAt: Infinity });
      for (const watch of s.watches) send(c, { kind: 'subscriber', watch }, 'addObject', 0, {});
      return undefined;
    case 'data': {
      const pending = s.pending.get(m.seq);
      if (pending) pending.data ??= m;
      else count(c, 'ubus: answer to nothing');
      return undefined;
    }
    case 'status': {
      const pending = s.pending.get(m.seq);
      s.pending.delete(m.seq);
      if (pending) return onAnswer(c, pending, m.attributes.status ?? OK);
      count(c, 'ubus: answer to nothing');
      return undefined;
    }
    case 'invoke':
      return onInvoke(c, m);
    case 'unsubscribe': {
      const watch = s.watches.find((w) => w.subscriber === m.attributes.objectId && w.object === m.attributes.target);
      if (watch?.object !== undefined) absent(c, watch, `hostapd took ${watch.path} away`);
      return undefined;
    }
    default:
      return undefined;
  }
}

function onAnswer(c: Context, { request, data }: Pending, status: number): string | undefined {
  const { s } = c;
  const object = data?.attributes.objectId;
  switch (request.kind) {
    case 'subscriber':
      if (status !== OK || object === undefined) return `ubusd lets nobody subscribe: ${statusText(status)}`;
      request.watch.subscriber = object;
      s.linkPause = s.timing.retry;
      if (!request.watch.bss) invoke(c, { kind: 'listen' }, EVENTS, 'register', fields({ object: int32(object), pattern: string(OBJECT_ADDED) }));
      lookUp(c, request.watch);
      return undefined;
    case 'listen':
      if (status !== OK) count(c, `ubus: no events of new objects: ${statusText(status)}`);
      return undefined;
    case 'lookUp':
      if (status !== OK || object === undefined) absent(c, request.watch, whyAbsent(request.watch, status));
      else send(c, { kind: 'subscribe', watch: request.watch, object }, 'subscribe', 0, { objectId: request.watch.subscriber ?? 0, target: object });
      return undefined;
    case 'subscribe':
      if (status !== OK) absent(c, request.watch, whyAbsent(request.watch, status));
      else found(c, request.watch, request.object);
      return undefined;
    case 'clients':
      onClientsAnswer(c, request.watch, data, status);
      return undefined;
    case 'remove':
      if (status !== OK) count(c, `ubus: del_client refused: ${statusText(status)}`);
      if (request.watch.bss && request.watch.object !== undefined) ask(bssContext(c, request.watch), request.watch.bss);
      return undefined;
  }
}

const whyAbsent = ({ path }: Watch, status: number): string =>
  status === NOT_FOUND || status === OK ? `ubus has no ${path}: hostapd does not run, or its interface is called otherwise (ubus list 'hostapd.*' shows them)` : `ubus does not give ${path}: ${statusText(status)}`;

function found(c: Context, watch: Watch, object: number): void {
  Object.assign(watch, { object, pause: c.s.timing.retry });
  if (watch.bss) ask(bssContext(c, watch), watch.bss);
  // hostapd is there: perhaps its BSSs are, too.
  else for (const other of c.s.watches) lookUp(c, other);
}

/** It is looked for again after a pause, each longer than the one before. */
function absent(c: Context, watch: Watch, reason: string): void {
  for (const [seq, { request: r }] of c.s.pending) if (r.kind !== 'listen' && r.kind !== 'subscriber' && r.watch === watch) c.s.pending.delete(seq);
  Object.assign(watch, { object: undefined, lookUpAt: c.at + watch.pause, pause: Math.min(2 * watch.pause, c.s.timing.longestRetry) });
  if (watch.bss) down(bssContext(c, watch), watch.bss, reason);
}

function onClientsAnswer(c: Context, watch: Watch, data: Message | undefined, status: number): void {
  if (!watch.bss) return;
  const context = bssContext(c, watch);
  if (status !== OK || !data) return onNoClients(context, watch.bss, `hostapd answers get_clients on ${watch.path} with: ${statusText(status)}`);
  try {
    onClients(context, watch.bss, dataOf(data));
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    count(c, `ubus: ${e.reason}`);
    onNoClients(context, watch.bss, `the stations of ${watch.path} cannot be read: ${e.message}`);
  }
}

function onInvoke(c: Context, m: Message): undefined {
  const { objectId, method = '', noReply } = m.attributes;
  const watch = c.s.watches.find((w) => w.subscriber !== undefined && w.subscriber === objectId);
  // Where another program has set notify_response, hostapd waits for every subscriber.
  if (!noReply) c.effects.push({ kind: 'send', octets: encode(message, { type: 'status', seq: m.seq, peer: m.peer, attributes: { status: OK, objectId: objectId ?? 0 } }) });
  if (!watch) {
    count(c, 'ubus: notification for nobody');
    return undefined;
  }
  if (!watch.bss) return onNews(c, method, m);
  if (isOfInterest(method) && watch.object !== undefined) onNotification(bssContext(c, watch), watch.bss, method, dataOf(m));
  return undefined;
}

/** Of BSSs that come, change and go. */
function onNews(c: Context, method: string, m: Message): undefined {
  const data = dataOf(m);
  const path = method === OBJECT_ADDED ? textAt(data, 'path') : `hostapd.${textAt(data, 'name')}`;
  const watch = c.s.watches.find((w) => w.path === path);
  if (!watch) return undefined;
  if (method === OBJECT_ADDED || method === 'bss.add') lookUp(c, watch);
  if (watch.bss && watch.object !== undefined) {
    if (method === 'bss.reload') ask(bssContext(c, watch), watch.bss);
    if (method === 'bss.remove') absent(c, watch, `hostapd took ${watch.path} away`);
  }
  return undefined;
}
