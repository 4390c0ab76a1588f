/**
 * Accounting from the gateway (RFC 2866, attributes of RFC 6572 §5.1): a session begins when a binding becomes active and ends when it
 * is no more, with the counters of the data path. Nothing waits for it, and nothing fails with it.
 */
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { PathCounters, Paths } from '../../protocol/paths.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ACCT_AUTHENTIC, NAS_PORT_TYPE, TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import { stationIdOf } from '../../protocol/radius/stationId.ts';
import { seconds, type Millis, type Now, type Seconds } from '../../protocol/units.ts';
import type { AccountingRecord, RadiusClient } from '../../runtime/radius/types.ts';
import type { Entry } from '../mag/binding.ts';
import type { BindingUpdateList } from '../mag/bindingUpdateList.ts';
import { userNameOf } from './accessRequest.ts';
import type { Grant } from './grant.ts';
import { createTimers } from './timers.ts';

export interface AccountingOptions {
  readonly client: Pick<RadiusClient, 'account'>;
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly paths: Pick<Paths, 'counters'>;
  readonly grantOf: (mac: Mac) => Grant | undefined;
  readonly interfaceName: (device: string) => string;
  /** Between interim records, unless the server says otherwise; 0 = none. */
  readonly interval: Seconds;
  /** Tells this run of the agent from every other. */
  readonly run: string;
  readonly now: () => Now;
}

export interface Accounting {
  onTransition(t: Transition): void;
  /** Why the session is about to end: a number of TERMINATE_CAUSE. */
  ending(mac: Mac, cause: number): void;
  /** Sessions of bindings that the last agent left go on under new names. */
  takeUp(): void;
  /** Acct-Session-Id */
  sessionOf(mac: Mac): string | undefined;
  close(): void;
}

interface Session {
  readonly id: string;
  readonly startedAt: Millis;
  readonly index: number;
  /** What the counters said when it began, and what they said last. */
  readonly base: PathCounters;
  last: PathCounters;
  attributes: readonly RadiusAttribute[];
  cause?: number;
}

const NONE: PathCounters = { upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n };
/** What a binding becomes when its session is over. */
const OVER: ReadonlySet<string> = new Set(['deregistering', 'denied', 'gone']);
/** RFC 2869 §2.1: no more often than once a minute. */
const SHORTEST: Seconds = 60;

export function createAccounting(o: AccountingOptions): Accounting {
  const { list, paths, now } = o;
  const sessions = new Map<Mac, Session>();
  const timers = createTimers(now);
  let begun = 0;

  function send(status: AccountingRecord['status'], session: Session, terminateCause?: number): void {
    const { at, wall } = now();
    const { base, last } = session;
    const usage = {
      sessionTime: Math.floor((at - session.startedAt) / 1000),
      inputOctets: last.upOctets - base.upOctets,
      inputPackets: last.upPackets - base.upPackets,
      outputOctets: last.downOctets - base.downOctets,
      outputPackets: last.downPackets - base.downPackets,
    };
    void o.client.account({ status, sessionId: session.id, wall, attributes: session.attributes, ...(status === 'start' ? {} : { usage }), ...(terminateCause === undefined ? {} : { terminateCause }) });
  }

  function begin(entry: Entry): void {
    const base = paths.counters(entry.index) ?? NONE;
    const session: Session = { id: `${o.run}-${++begun}`, startedAt: now().at, index: entry.index, base, last: base, attributes: attributesOf(entry) };
    sessions.set(entry.mac, session);
    send('start', session);
    interimLater(entry.mac, session);
  }

  function interimLater(mac: Mac, session: Session): void {
    const wanted = o.grantOf(mac)?.interimInterval ?? o.interval;
    if (wanted === 0) return;
    timers.set(mac, now().at + seconds(Math.max(SHORTEST, wanted)), () => {
      look(mac, session);
      send('interim', session);
      interimLater(mac, session);
    });
  }

  function look(mac: Mac, session: Session): void {
    session.last = paths.counters(session.index) ?? session.last;
    const entry = list.byMac.get(mac);
    if (entry?.state.name === 'active') session.attributes = attributesOf(entry);
  }

  function end(mac: Mac, session: Session, cause: number): void {
    look(mac, session);
    sessions.delete(mac);
    timers.set(mac, undefined, () => undefined);
    send('stop', session, session.cause ?? cause);
  }

  function attributesOf(entry: Entry): RadiusAttribute[] {
    const grant = o.grantOf(entry.mac);
    const { profile, assigned, lma } = entry;
    const byRadius = profile?.source === 'radius';
    return [
      { kind: 'userName', value: grant?.userName ?? (byRadius ? userNameOf(entry) : (profile?.nai ?? userNameOf(entry))) },
      { kind: 'callingStationId', value: stationIdOf(entry.mac) },
      { kind: 'nasPortType', value: NAS_PORT_TYPE.WIRELESS_802_11 },
      { kind: 'nasPortId', value: o.interfaceName(entry.interface) },
      { kind: 'acctAuthentic', value: byRadius ? ACCT_AUTHENTIC.RADIUS : ACCT_AUTHENTIC.LOCAL },
      ...(grant?.class ?? []).map((value) => ({ kind: 'class', value }) as const),
      ...(grant?.cui === undefined ? [] : [{ kind: 'chargeableUserIdentity', value: grant.cui } as const]),
      ...(assigned.ipv4 ? [{ kind: 'framedIpAddress', value: assigned.ipv4.address } as const] : []),
      ...assigned.prefixes.map((p) => ({ kind: 'framedIpv6Prefix', value: { prefixLength: p.length, prefix: p.address } }) as const),
      ...(profile ? [{ kind: 'mobileNodeIdentifier', value: profile.nai } as const] : []),
      ...(profile?.apn === undefined ? [] : [{ kind: 'serviceSelection', value: profile.apn } as const]),
      ...(lma?.ipv6 === undefined ? [] : [{ kind: 'pmip6HomeLmaIpv6Address', value: lma.ipv6 } as const]),
      ...(lma?.ipv4 === undefined ? [] : [{ kind: 'pmip6HomeLmaIpv4Address', value: lma.ipv4 } as const]),
    ];
  }

  return {
    onTransition({ linkLayerId: mac, to }) {
      if (mac === undefined) return;
      const session = sessions.get(mac);
      const entry = list.byMac.get(mac);
      if (session && OVER.has(to)) end(mac, session, to === 'denied' ? TERMINATE_CAUSE.NAS_REQUEST : TERMINATE_CAUSE.LOST_CARRIER);
      else if (!session && to === 'active' && entry) begin(entry);
    },
    ending(mac, cause) {
      const session = sessions.get(mac);
      if (session) session.cause = cause;
    },
    takeUp() {
      for (const entry of list.byMac.values()) if (entry.state.name === 'active') begin(entry);
    },
    sessionOf: (mac) => sessions.get(mac)?.id,
    close: () => timers.close(),
  };
}
