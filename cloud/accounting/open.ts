/** Accounting of one lma-service as its configuration has it: store, RADIUS client and files. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { seconds } from '../../protocol/units.ts';
import { now } from '../../runtime/clock.ts';
import type { Counters } from '../../runtime/counters.ts';
import type { Log } from '../../runtime/log.ts';
import { openRadiusClient } from '../../runtime/radius/client.ts';
import { secretOf } from '../../runtime/radius/config.ts';
import type { NasIdentity } from '../../runtime/radius/types.ts';
import { openLevel } from '../store/level.ts';
import { startAccounting, type Accounting } from './accounting.ts';
import type { PortBlockOf } from './addressLog.ts';
import { isAccounting, type AccountingFile } from './config.ts';
import { openLineFiles, type LineFiles } from './lineFiles.ts';
import type { Counted } from './meter.ts';
import { accountingStore } from './store.ts';

export interface OpenOptions {
  readonly service: {
    readonly name: string;
    readonly 'bind-address': readonly string[];
    readonly 'aaa-accounting': boolean;
    readonly 'pgw-service'?: { readonly name: string } | undefined;
    readonly accounting: AccountingFile;
  };
  /** The APNs of the service. */
  readonly apns: readonly { readonly name: string; readonly 'accounting-mode': 'none' | 'radius' }[];
  /** The anchor's; each service has a folder of its own in it. */
  readonly stateDirectory: string;
  readonly paths: Counted;
  readonly counters: Counters;
  readonly blockOf?: PortBlockOf;
  readonly log: Log;
  readonly onError: (error: Error) => void;
}

/** Before the disk is tried again that refused something. */
const PAUSE = 1000;
const MEGABYTE = 1_000_000;

/** By the name of the service, of those that tell anybody. @throws Error in words, and then none is open */
export async function openAccountings(all: readonly OpenOptions[]): Promise<Map<string, Accounting>> {
  const opened = new Map<string, Accounting>();
  try {
    for (const o of all) {
      const accounting = await openAccounting(o);
      if (accounting) opened.set(o.service.name, accounting);
    }
    return opened;
  } catch (e) {
    for (const accounting of opened.values()) {
      accounting.stop({ keepForwarding: true });
      await accounting.close();
    }
    throw e;
  }
}

/** Undefined where nobody is to be told. @throws Error in words when a key cannot be read, or a folder cannot be used */
async function openAccounting(o: OpenOptions): Promise<Accounting | undefined> {
  const { service, counters, onError } = o;
  const { accounting: file, name } = service;
  if (!isAccounting(file)) return undefined;
  const servers = file['radius-servers'].map((s, i) => ({ address: s.address, authPort: s['auth-port'], acctPort: s['acct-port'], secret: secretOf(s, `accounting.radius-servers.${i}`) }));
  const sent = new Set(o.apns.filter((a) => a['accounting-mode'] === 'radius').map((a) => a.name));
  // A name may hold what a file's name may not.
  const own = encodeURIComponent(name);
  const events = file['event-stream'] && openEvents(join(file['event-stream'].folder, own), file['event-stream']['file-size'] * MEGABYTE, file['event-stream'].files);
  const addresses = file['address-log'] && openAddressLog(join(file['address-log'].folder, own), file['address-log'].days);
  const level = await openLevel(join(o.stateDirectory, 'accounting', own), onError);
  const client =
    servers.length > 0 && service['aaa-accounting']
      ? openRadiusClient({ servers, timeout: seconds(file.timeout), retransmit: file.retransmit, deadTime: seconds(file['dead-time']), nas: nasOf(o), onCount: (reason) => counters.add(`RADIUS: ${reason}`), onError })
      : undefined;
  return startAccounting({
    service: name,
    ...(service['pgw-service'] ? { pgw: service['pgw-service'].name } : {}),
    // In the order of the starts, and of no other start.
    run: `${Math.floor(now().wall / 1000).toString(16)}${randomBytes(2).toString('hex')}`,
    interval: file['interim-interval'],
    toRadius: (apn) => (apn === undefined ? sent.size > 0 : sent.has(apn)),
    paths: o.paths,
    store: accountingStore(level),
    ...(client ? { client } : {}),
    ...(events ? { events } : {}),
    ...(addresses ? { addresses } : {}),
    spool: { most: file.spool, retry: seconds(file['retry-interval']) },
    ...(o.blockOf ? { blockOf: o.blockOf } : {}),
    now,
    log: o.log,
    onError,
    pause: () => wait(PAUSE, undefined, { ref: false }),
  });
}

/** `events-<number of its first record>`: a file that is full is followed by the next. */
export const openEvents = (folder: string, octets: number, keep: number): LineFiles =>
  openLineFiles({ folder, prefix: 'events', keep, nameOf: (line, current) => (current && current.octets < octets ? current.name : String(line.seq).padStart(16, '0')) });

/** `addresses-<day>`, in UTC; a clock that was set back begins no older file. */
export const openAddressLog = (folder: string, days: number): LineFiles =>
  openLineFiles({ folder, prefix: 'addresses', keep: days, nameOf: (line, current) => [line.at.slice(0, 10), current?.name ?? ''].toSorted().at(-1) as string });

function nasOf({ service: { name, 'bind-address': bound, accounting } }: OpenOptions): NasIdentity {
  const ipv4 = accounting['nas-ip-address'] ?? bound.find((a) => !a.includes(':'));
  const ipv6 = accounting['nas-ipv6-address'] ?? bound.find((a) => a.includes(':'));
  return { identifier: accounting['nas-identifier'] ?? name, ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}
