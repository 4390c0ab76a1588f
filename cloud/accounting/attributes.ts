/** An accounting record as RADIUS has it (RFC 2866, RFC 2869 §5, RFC 3162 §2.3; RFC 6572 §5.1 for those of PMIPv6). Pure. */
import { parsePrefix } from '../../protocol/address.ts';
import { ATT_WLAN } from '../../protocol/mobility/codes.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ACCT_AUTHENTIC, NAS_PORT_TYPE } from '../../protocol/radius/codes.ts';
import { stationIdOf } from '../../protocol/radius/stationId.ts';
import type { AccountingRecord as Sent, AccountingStatus } from '../../runtime/radius/types.ts';
import type { AccountingRecord, RecordEvent, SessionPart } from './record.ts';

const STATUS: Readonly<Record<RecordEvent, AccountingStatus>> = { on: 'on', start: 'start', interim: 'interim', move: 'interim', change: 'interim', stop: 'stop', off: 'off' };

/** Octets that an attribute holds (RFC 2865 §5). */
const LONGEST = 253;

/** @param run of the process, which names what belongs to no session */
export function radiusRecord(r: AccountingRecord, run: string, classOf: (s: SessionPart) => readonly string[] = () => []): Sent {
  const { of } = r;
  if (!of) return { status: STATUS[r.event], sessionId: `${run}-0`, wall: r.at, attributes: [] };
  const { usage } = of;
  return {
    status: STATUS[r.event],
    sessionId: of.session,
    wall: r.at,
    attributes: attributesOf(of, classOf(of)),
    ...(r.event === 'start'
      ? {}
      : { usage: { sessionTime: usage.seconds, inputOctets: BigInt(usage.upOctets), inputPackets: BigInt(usage.upPackets), outputOctets: BigInt(usage.downOctets), outputPackets: BigInt(usage.downPackets) } }),
    ...(of.cause === undefined ? {} : { terminateCause: of.cause }),
  };
}

/** NAS-Identifier stays the anchor's, or a server would take each home's part for another session: Called-Station-Id says which home. */
const attributesOf = (s: SessionPart, classes: readonly string[]): RadiusAttribute[] => [
  ...text('userName', s.subscriber),
  ...(s.mac !== undefined && /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(s.mac) ? [{ kind: 'callingStationId', value: stationIdOf(s.mac) } as const] : []),
  ...text('calledStationId', s.home),
  ...text('nasPortId', s.careOf),
  { kind: 'nasPortType', value: s.technology === ATT_WLAN ? NAS_PORT_TYPE.WIRELESS_802_11 : NAS_PORT_TYPE.VIRTUAL },
  { kind: 'acctAuthentic', value: ACCT_AUTHENTIC.REMOTE },
  ...classes.map((value) => ({ kind: 'class', value }) as const),
  ...s.addresses.map(framed),
  ...text('mobileNodeIdentifier', s.subscriber),
  ...text('serviceSelection', s.apn),
];

function framed(address: string): RadiusAttribute {
  if (!address.includes(':')) return { kind: 'framedIpAddress', value: address };
  const prefix = parsePrefix(address);
  return { kind: 'framedIpv6Prefix', value: { prefixLength: prefix.length, prefix: prefix.address } };
}

/** What does not fit is cut: a record that cannot be sent would never leave the spool. */
function text(kind: 'userName' | 'calledStationId' | 'nasPortId' | 'mobileNodeIdentifier' | 'serviceSelection', value: string): RadiusAttribute[] {
  let cut = value;
  while (new TextEncoder().encode(cut).length > LONGEST) cut = cut.slice(0, -1);
  return cut === '' ? [] : [{ kind, value: cut }];
}
