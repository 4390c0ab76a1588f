/** What a request says: the caller's attributes and those that every request of this NAS carries. Pure. */
import { formatHex } from '../../protocol/mac.ts';
import { EncodeError } from '../../protocol/codec.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ACCT_STATUS_TYPE, CODE } from '../../protocol/radius/codes.ts';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import { hidePassword, sealAccessRequest, sealAccountingRequest } from './authenticators.ts';
import type { AccountingRecord, AccountingStatus, NasIdentity } from './types.ts';

/** Whatever the caller wants asked or told, before it has an Identifier. */
export type Question =
  | { readonly kind: 'authorize'; readonly attributes: readonly RadiusAttribute[]; readonly password?: string }
  | { readonly kind: 'account'; readonly record: AccountingRecord };

const STATUS: Readonly<Record<AccountingStatus, number>> = {
  start: ACCT_STATUS_TYPE.START,
  interim: ACCT_STATUS_TYPE.INTERIM_UPDATE,
  stop: ACCT_STATUS_TYPE.STOP,
  on: ACCT_STATUS_TYPE.ACCOUNTING_ON,
  off: ACCT_STATUS_TYPE.ACCOUNTING_OFF,
};
const LONGEST_PASSWORD = 128;
const WORD = 0xffff_ffffn;

/** What identifies the NAS, and the time, unless the caller has said it. */
export function standing(nas: NasIdentity, wall: UnixMillis, said: readonly RadiusAttribute[]): RadiusAttribute[] {
  const all: RadiusAttribute[] = [];
  if (nas.identifier !== undefined) all.push({ kind: 'nasIdentifier', value: nas.identifier });
  if (nas.ipv4 !== undefined) all.push({ kind: 'nasIpAddress', value: nas.ipv4 });
  if (nas.ipv6 !== undefined) all.push({ kind: 'nasIpv6Address', value: nas.ipv6 });
  all.push({ kind: 'eventTimestamp', value: Math.floor(wall / 1000) });
  return all.filter((a) => !said.some((s) => s.kind === a.kind));
}

/** The octets of an Access-Request. @throws EncodeError */
export function accessRequest(identifier: number, authenticator: Uint8Array, attributes: readonly RadiusAttribute[], password: string | undefined, secret: string): Uint8Array {
  const hidden = (clear: string): RadiusAttribute => {
    const octets = new TextEncoder().encode(clear);
    if (octets.length > LONGEST_PASSWORD) throw new EncodeError(`a User-Password of ${octets.length} octets; it holds ${LONGEST_PASSWORD}`);
    return { kind: 'userPassword', value: formatHex(hidePassword(octets, authenticator, secret)) };
  };
  return sealAccessRequest({ code: CODE.ACCESS_REQUEST, identifier, authenticator, attributes: password === undefined ? attributes : [...attributes, hidden(password)] }, secret);
}

/** The octets of an Accounting-Request about something that happened `delay` ago (RFC 2866 §5.2). @throws EncodeError */
export function accountingRequest(identifier: number, attributes: readonly RadiusAttribute[], delay: Millis, secret: string): Uint8Array {
  const acctDelayTime: RadiusAttribute = { kind: 'acctDelayTime', value: Math.max(0, Math.floor(delay / 1000)) };
  return sealAccountingRequest({ code: CODE.ACCOUNTING_REQUEST, identifier, attributes: [...attributes, acctDelayTime] }, secret);
}

/** A record as attributes (RFC 2866 §5); counters above 32 bits go on in gigawords (RFC 2869 §5.1). */
export function recordAttributes(record: AccountingRecord): RadiusAttribute[] {
  const { usage, terminateCause } = record;
  return [
    { kind: 'acctStatusType', value: STATUS[record.status] },
    { kind: 'acctSessionId', value: record.sessionId },
    ...record.attributes,
    ...(usage
      ? ([
          { kind: 'acctSessionTime', value: Math.floor(usage.sessionTime) },
          { kind: 'acctInputOctets', value: Number(usage.inputOctets & WORD) },
          { kind: 'acctInputGigawords', value: Number((usage.inputOctets >> 32n) & WORD) },
          { kind: 'acctInputPackets', value: Number(usage.inputPackets & WORD) },
          { kind: 'acctOutputOctets', value: Number(usage.outputOctets & WORD) },
          { kind: 'acctOutputGigawords', value: Number((usage.outputOctets >> 32n) & WORD) },
          { kind: 'acctOutputPackets', value: Number(usage.outputPackets & WORD) },
        ] as const)
      : []),
    ...(terminateCause === undefined ? [] : ([{ kind: 'acctTerminateCause', value: terminateCause }] as const)),
  ];
}
