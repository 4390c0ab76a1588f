/**
 * One hostapd object (`hostapd.phy0-ap0`): its notifications and its station list in, attachments and departures out.
 *
 * A notification is a reason to ask (`get_clients`), the list is what holds. What one object says comes in the order it was
 * said in, so a list covers every notification before it: one question is under way at a time, however many events come.
 * ubusd drops what a slow client has no room for and tells nobody, so the list is read now and then without a reason, too.
 */
import type { Mac } from '../../../protocol/mac.ts';
import type { Millis } from '../../../protocol/units.ts';
import { numberAt, tableAt, tablesAt, textAt, type Table } from './blobmsg.ts';

export interface BssTiming {
  /** How often the station list is read without a reason. */
  readonly audit: Millis;
  /** Pause before hostapd is asked once more after it did not answer, or answered no. */
  readonly retry: Millis;
  /** First pause between two looks at a station that is on its way through authentication; each further one is twice as long. */
  readonly poll: Millis;
  /** Such a station is given up. */
  readonly patience: Millis;
  /** Two signs of one attachment. */
  readonly debounce: Millis;
}

type Evidence = 'authorized' | 'associated' | 'list';

export type BssReport =
  | { readonly kind: 'up' }
  /** Comes again when a station comes back without having left. */
  | { readonly kind: 'attached'; readonly mac: Mac; readonly identity?: string; readonly at: Millis }
  | { readonly kind: 'detached'; readonly mac: Mac; readonly reason: string }
  /** All authorized stations: at the beginning and after every gap. */
  | { readonly kind: 'list'; readonly stations: readonly { readonly mac: Mac; readonly identity?: string }[] }
  | { readonly kind: 'down'; readonly reason: string };

export interface BssContext {
  readonly at: Millis;
  readonly timing: BssTiming;
  /** Invokes get_clients; the answer comes to `onClients`, or `onNoClients`. */
  readonly ask: () => void;
  /** Another BSS is about to have it. */
  readonly comesElsewhere: (mac: Mac) => boolean;
  readonly tell: (report: BssReport) => void;
  readonly count: (reason: string) => void;
}

export interface Bss {
  /** Undefined: nothing is known yet. */
  up: boolean | undefined;
  /** get_clients is under way. */
  asking: boolean;
  askAt: Millis;
  pollPause: Millis;
  /** Does this hostapd tell sta-authorized? Trees before 2020 do not. Undefined: not seen yet. */
  tellsAuthorized: boolean | undefined;
  readonly stations: Map<Mac, { readonly at: Millis; readonly by: Evidence }>;
  /** Heard of, and to be looked up in the next list. */
  readonly waiting: Map<Mac, { readonly at: Millis; readonly by: Evidence }>;
}

export const createBss = (): Bss => ({ up: undefined, asking: false, askAt: Infinity, pollPause: 0, tellsAuthorized: undefined, stations: new Map(), waiting: new Map() });

/** Beyond this many at once the list alone tells who came. */
const MOST_WAITING = 4096;
/** A station may associate a moment before it is on the list. */
const UNLISTED: Millis = 1000;
const LONGEST_POLL: Millis = 2000;

const MEANING: Readonly<Record<string, 'authorized' | 'associated' | 'gone'>> = {
  'sta-authorized': 'authorized',
  assoc: 'associated',
  disassoc: 'gone',
  deauth: 'gone',
  'local-deauth': 'gone',
  'inactive-deauth': 'gone',
};

/** Every other notification (`probe`, by the thousand) costs no more than this. */
export const isOfInterest = (method: string): boolean => Object.hasOwn(MEANING, method);

const isMac = (text: string | undefined): text is Mac => text !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text);

export function onNotification(c: BssContext, bss: Bss, method: string, data: Table): void {
  const mac = textAt(data, 'address');
  if (!isMac(mac)) return c.count(`ubus: ${method} without a station`);
  switch (MEANING[method]) {
    case 'authorized':
      bss.tellsAuthorized = true;
      return wait(c, bss, mac, 'authorized');
    case 'associated':
      return bss.tellsAuthorized ? undefined : wait(c, bss, mac, 'associated');
    case 'gone':
      // A phone that changes the band is not to be told as gone before it is told as come: this list is answered after that one.
      if (c.comesElsewhere(mac)) return wait(c, bss, mac, 'list');
      bss.waiting.delete(mac);
      return remove(c, bss, mac, `hostapd: ${method}`);
    case undefined:
      return undefined;
  }
}

function wait(c: BssContext, bss: Bss, mac: Mac, by: Evidence): void {
  if (bss.waiting.size >= MOST_WAITING) c.count('ubus: more stations at once than are kept in mind');
  else bss.waiting.set(mac, { at: c.at, by });
  bss.pollPause = c.timing.poll;
  ask(c, bss);
}

/** Reads the list, unless that is under way. */
export function ask(c: BssContext, bss: Bss): void {
  if (bss.asking) return;
  bss.asking = true;
  bss.askAt = Infinity;
  c.ask();
}

/** hostapd did not answer, or answered no: its stations are nobody's word until it does. */
export function onNoClients(c: BssContext, bss: Bss, reason: string): void {
  down(c, bss, reason);
  bss.askAt = c.at + c.timing.retry;
}

export function down(c: BssContext, bss: Bss, reason: string): void {
  bss.stations.clear();
  bss.waiting.clear();
  Object.assign(bss, { asking: false, askAt: Infinity });
  if (bss.up !== false) c.tell({ kind: 'down', reason });
  bss.up = false;
}

export function onClients(c: BssContext, bss: Bss, answer: Table): void {
  const { at, timing } = c;
  const listed = new Map<Mac, Table>();
  for (const [mac, { type, value }] of tableAt(answer, 'clients') ?? []) if (type === 'table' && isMac(mac)) listed.set(mac, value);
  const authorized = new Map([...listed].filter(([, client]) => numberAt(client, 'authorized') === 1));
  bss.asking = false;
  if (bss.up) compare(c, bss, authorized);
  else begin(c, bss, authorized);
  for (const [mac, { at: since, by }] of bss.waiting) {
    const client = authorized.get(mac);
    const onItsWay = by === 'associated' && at - since < timing.patience && (listed.has(mac) || at - since < UNLISTED);
    if (!client && onItsWay) continue;
    bss.waiting.delete(mac);
    if (client) attach(c, bss, mac, client, by, by === 'authorized' ? since : at);
    else remove(c, bss, mac, 'hostapd: no longer authorized');
  }
  for (const [mac, client] of authorized) if (!bss.stations.has(mac)) attach(c, bss, mac, client, 'list', at);
  const poll = bss.waiting.size > 0;
  bss.askAt = at + (poll ? bss.pollPause : timing.audit);
  if (poll) bss.pollPause = Math.min(2 * bss.pollPause, LONGEST_POLL);
}

function begin(c: BssContext, bss: Bss, authorized: ReadonlyMap<Mac, Table>): void {
  for (const mac of authorized.keys()) bss.stations.set(mac, { at: c.at, by: 'list' });
  bss.up = true;
  c.tell({ kind: 'up' });
  c.tell({ kind: 'list', stations: [...authorized].map(([mac, client]) => ({ mac, ...identityOf(client) })) });
}

function compare(c: BssContext, bss: Bss, authorized: ReadonlyMap<Mac, Table>): void {
  const gone = [...bss.stations.keys()].filter((mac) => !authorized.has(mac) && !bss.waiting.has(mac));
  for (const mac of gone) remove(c, bss, mac, 'hostapd: no longer authorized');
}

function attach(c: BssContext, bss: Bss, mac: Mac, client: Table, by: Evidence, at: Millis): void {
  const known = bss.stations.get(mac);
  const sameAttachment = known && known.by !== by && known.by !== 'list' && at - known.at < c.timing.debounce;
  if (sameAttachment) return;
  if (!known && by === 'associated' && bss.tellsAuthorized === undefined) {
    bss.tellsAuthorized = false;
    c.count('ubus: hostapd does not tell sta-authorized, so stations are asked for after assoc');
  }
  bss.stations.set(mac, { at, by });
  c.tell({ kind: 'attached', mac, at, ...identityOf(client) });
}

function remove(c: BssContext, bss: Bss, mac: Mac, reason: string): void {
  if (bss.stations.delete(mac)) c.tell({ kind: 'detached', mac, reason });
}

/** RFC 2865 §5.1 */
const USER_NAME = 1;

/** The name that the RADIUS server accepted, if hostapd asked one; recent trees list its attributes. */
function identityOf(client: Table): { readonly identity?: string } {
  const value = tablesAt(client, 'radius_attrs').find((a) => numberAt(a, 'type') === USER_NAME);
  const hex = value && textAt(value, 'value_hex');
  if (hex === undefined || !/^([0-9a-f]{2})+$/.test(hex)) return {};
  return { identity: new TextDecoder().decode(Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))) };
}
