/** Mobility messages for people: one line with what matters, and every option by its row of the table. */
import { formatHex } from '../mac.ts';
import { fieldsInWords, spaced, type Spelling, type Veil } from '../print.ts';
import { timestampToWall, type Timestamp } from '../units.ts';
import { ENTERPRISE, findVendor, VENDOR } from '../vendor.ts';
import { describeStatus, HANDOFF, IPV4_STATUS, NOTIFICATION_REASON, NOTIFICATION_STATUS, REVOCATION_STATUS, TRIGGER } from './codes.ts';
import type { MobilityMessage } from './messages.ts';
import { find, findAll, mobilityOptions, otherOptionNames, type MobilityOption } from './options.ts';
import { NAI } from './suboptions.ts';

/** `PBA #7 0 ACCEPTED lifetime 3600 2001:db8:f00d:1::/64 192.0.2.1/24 key 0x0b000007` */
export function summaryOf(message: MobilityMessage): string {
  switch (message.kind) {
    case 'bindingUpdate': {
      const flags = [message.flags.forceUdp && 'F', message.flags.tlv && 'T'].filter(Boolean).join('');
      const handoff = find(message.options, 'handoffIndicator');
      return words('PBU', `#${message.sequence}`, handoff && `HI ${handoff.indicator}`, `lifetime ${message.lifetime}`, flags, ...wishes(message), findVendor(message.options, VENDOR.ADDRESS_CONFLICT) && 'address conflict');
    }
    case 'bindingAcknowledgement':
      return words('PBA', `#${message.sequence}`, describeStatus(message.status), `lifetime ${message.lifetime}`, ...wishes(message));
    case 'bindingRevocationIndication':
      return words('BRI', `#${message.sequence}`, `trigger ${message.trigger}`);
    case 'bindingRevocationAcknowledgement':
      return words('BRA', `#${message.sequence}`, `status ${message.status}`);
    case 'heartbeat':
      return words('heartbeat', `#${message.sequence}`, message.flags.response && 'response');
    case 'bindingError':
      return words('BE', `status ${message.status}`);
    case 'updateNotification':
      return words('UPN', `#${message.sequence}`, `reason ${message.reason}`, message.flags.acknowledge && 'A', message.flags.retransmission && 'D', ...wishes(message));
    case 'updateNotificationAcknowledgement':
      return words('UPA', `#${message.sequence}`, `status ${message.status}`);
  }
}

/** The fixed part, then each option on a line of its own: `  home network prefix (22): prefix length 64, prefix 2001:db8::`. */
export function messageLines(message: MobilityMessage, veil: Veil): string[] {
  const { options, ...fixed } = message;
  return [`  ${spaced(message.kind)}: ${fieldsInWords(fixed, fixedSpelling(message))}`, ...options.map((o) => `  ${optionLine(o, veil)}`)];
}

function optionLine(o: MobilityOption, veil: Veil): string {
  // What nobody here can read may hold anything.
  if (o.kind === 'unknown') return `${otherOptionNames[o.type]?.toLowerCase() ?? 'unknown option'} (${o.type}): ${veiledOctets(o.data, veil)}`;
  return `${spaced(o.kind)} (${mobilityOptions[o.kind].type}): ${fieldsInWords(o, optionSpelling(o, veil)) || 'present'}`;
}

const nameIn = (table: Readonly<Record<string, number>>, value: unknown): string | undefined => {
  const name = Object.entries(table).find(([, code]) => code === value)?.[0];
  return name && `${String(value)} ${name}`;
};

const fixedSpelling =
  ({ kind }: MobilityMessage): Spelling =>
  (name, value) => {
    if (name === 'status' && kind === 'bindingAcknowledgement') return describeStatus(value as number);
    if (name === 'status' && kind === 'bindingRevocationAcknowledgement') return nameIn(REVOCATION_STATUS, value);
    if (name === 'trigger') return nameIn(TRIGGER, value);
    if (name === 'reason') return nameIn(NOTIFICATION_REASON, value);
    if (name === 'status' && kind === 'updateNotificationAcknowledgement') return nameIn(NOTIFICATION_STATUS, value);
    return undefined;
  };

const optionSpelling =
  (o: MobilityOption, veil: Veil): Spelling =>
  (name, value) => {
    if ((o.kind === 'mnIdentifier' || o.kind === 'mnLinkLayerIdentifier') && name === 'identifier') return veil(String(value));
    if (name === 'subtype' && (o.kind === 'mnIdentifier' || o.kind === 'magIdentifier') && value === NAI) return `${NAI} NAI`;
    if (o.kind === 'vendorSpecific' && o.vendor !== ENTERPRISE && name === 'data') return veiledOctets(o.data, veil);
    if (name === 'indicator') return nameIn(HANDOFF, value);
    if (o.kind === 'ipv4HomeAddressReply' && name === 'status') return nameIn(IPV4_STATUS, value);
    if (o.kind === 'greKey' && name === 'key') return hexKey(value as number);
    if (name === 'timestamp') return instant(value as Timestamp);
    return undefined;
  };

const veiledOctets = (octets: Uint8Array, veil: Veil): string => (octets.length === 0 ? 'empty' : veil(formatHex(octets)));

/** A peer may send any year. */
function instant(t: Timestamp): string {
  const date = new Date(timestampToWall(t));
  return Number.isNaN(date.getTime()) ? String(t) : date.toISOString();
}

/** `0x0b000007`, as captures show GRE keys. */
export const hexKey = (key: number): string => `0x${key.toString(16).padStart(8, '0')}`;

function wishes({ options }: MobilityMessage): (string | undefined)[] {
  const asked = find(options, 'ipv4HomeAddressRequest');
  const given = find(options, 'ipv4HomeAddressReply');
  const key = find(options, 'greKey');
  const group = find(options, 'mobileNodeGroupIdentifier');
  const redirect = find(options, 'redirect');
  return [
    ...findAll(options, 'homeNetworkPrefix').map((o) => `${o.prefix}/${o.prefixLength}`),
    asked && `${asked.address}/${asked.prefixLength}`,
    given && (given.status < 128 ? `${given.address}/${given.prefixLength}` : `IPv4 status ${given.status}`),
    key?.key === undefined ? undefined : `key ${hexKey(key.key)}`,
    group && `group ${group.group}`,
    redirect && `redirect ${redirect.address}`,
  ];
}

const words = (...parts: readonly unknown[]): string => parts.filter((p) => typeof p === 'string' && p !== '').join(' ');
