/**
 * The DHCP options that the product reads or writes, one row each: code, layout, RFC. Types, encoder, decoder and fuzz
 * target follow from the table; every other option is kept as `unknown`.
 *
 * The RFCs give lengths and do not say what a receiver does with another one. Here an option of a wrong length is as if it
 * were unknown (kept, skipped), because a client's odd host name is no reason to deny it an address; only where skipping
 * would turn the message into another one (`essential`: without its server identifier a SELECTING request reads as
 * INIT-REBOOT, RFC 2131 §4.3.2) the whole message is refused.
 */
import { formatHex, parseHex } from '../mac.ts';
import { DecodeError, EncodeError, decode, encode, hex, ipv4, list, mapped, octets, text, u16, u32, u8, type Codec, type ValueOf, type Writer } from '../codec.ts';
import { isOptionCode, writeEnd, writeInstances, type OptionArea } from './optionArea.ts';

/** RFC 2132 §9.6, by number less one. */
export const dhcpMessageTypes = ['DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'] as const;
export type DhcpMessageType = (typeof dhcpMessageTypes)[number];

const messageType: Codec<DhcpMessageType> = mapped(
  u8,
  (n) => {
    const name = dhcpMessageTypes[n - 1];
    if (!name) throw new DecodeError('unknown-type', `DHCP message type ${n}`);
    return name;
  },
  (name) => dhcpMessageTypes.indexOf(name) + 1,
);

/** A type octet and an identifier, so two octets at least (RFC 2132 §9.14). */
const clientIdentifier: Codec<string> = mapped(
  octets(),
  (id) => {
    if (id.length < 2) throw new DecodeError('length', 'a client identifier has at least 2 octets');
    return formatHex(id);
  },
  (id) => encode(hex(), id),
);

/** NVT ASCII; a receiver deletes trailing nulls (RFC 2132 §2). */
const nvt: Codec<string> = mapped(
  text,
  (value) => {
    const trimmed = value.replace(/\0+$/, '');
    if (trimmed === '') throw new DecodeError('value', 'an empty text option');
    return trimmed;
  },
  (value) => value,
);

interface Row<T> {
  readonly code: number;
  readonly body: Codec<T>;
  readonly source: string;
  /** Malformed, it refuses the message. */
  readonly essential: boolean;
}

const row = <T>(code: number, body: Codec<T>, source: string): Row<T> => ({ code, body, source, essential: false });
const essential = <T>(code: number, body: Codec<T>, source: string): Row<T> => ({ code, body, source, essential: true });

/** In the order of sending: the mask stands before the router (RFC 2132 §3.3). */
export const dhcpOptions = {
  messageType: essential(53, messageType, 'RFC 2132 §9.6'),
  clientIdentifier: essential(61, clientIdentifier, 'RFC 2132 §9.14'),
  serverIdentifier: essential(54, ipv4, 'RFC 2132 §9.7'),
  leaseTime: row(51, u32, 'RFC 2132 §9.2'),
  renewalTime: row(58, u32, 'RFC 2132 §9.11'),
  rebindingTime: row(59, u32, 'RFC 2132 §9.12'),
  requestedAddress: essential(50, ipv4, 'RFC 2132 §9.1'),
  subnetMask: row(1, ipv4, 'RFC 2132 §3.3'),
  routers: row(3, list(ipv4), 'RFC 2132 §3.5'),
  domainNameServers: row(6, list(ipv4), 'RFC 2132 §3.8'),
  interfaceMtu: row(26, u16, 'RFC 2132 §5.1'),
  parameterRequestList: row(55, list(u8), 'RFC 2132 §9.8'),
  maximumMessageSize: row(57, u16, 'RFC 2132 §9.10'),
  vendorClass: row(60, hex(), 'RFC 2132 §9.13'),
  hostName: row(12, nvt, 'RFC 2132 §3.14'),
  message: row(56, nvt, 'RFC 2132 §9.9'),
} as const;

type Rows = typeof dhcpOptions;
export type DhcpOptionName = keyof Rows;

export interface UnknownDhcpOption {
  readonly code: number;
  /** Hex pairs joined by colons; all instances of the code joined. */
  readonly data: string;
}

/** One value per option, lists for those that hold several. */
export type DhcpOptions = { readonly [N in DhcpOptionName]?: ValueOf<Rows[N]['body']> | undefined } & { readonly unknown?: readonly UnknownDhcpOption[] };

const rows = Object.entries(dhcpOptions) as [DhcpOptionName, Row<unknown>][];
const nameOf = new Map(rows.map(([name, { code }]) => [code, name]));

/** Meaning from octets. @throws DecodeError if an essential option is malformed */
export function readOptions(area: OptionArea): DhcpOptions {
  const known: Record<string, unknown> = {};
  const unknown: UnknownDhcpOption[] = [];
  for (const [code, value] of area) {
    const name = nameOf.get(code);
    const read = name && tryRead(dhcpOptions[name], value);
    if (name && read) known[name] = read.value;
    else unknown.push({ code, data: formatHex(value) });
  }
  return unknown.length > 0 ? { ...known, unknown } : known;
}

/** undefined = skipped. No option of the table may be empty. */
function tryRead(rowOf: Row<unknown>, value: Uint8Array): { value: unknown } | undefined {
  try {
    if (value.length === 0) throw new DecodeError('length', `option ${rowOf.code} is empty`);
    return { value: decode(rowOf.body, value) };
  } catch (e) {
    if (rowOf.essential || !(e instanceof DecodeError)) throw e;
    return undefined;
  }
}

/** Every option that has a value, in the table's order, the unknown ones last, then the end option. */
export function writeOptions(w: Writer, options: DhcpOptions): void {
  for (const [name, { code, body }] of rows) {
    const value = options[name];
    if (value !== undefined) writeInstances(w, code, encode(body, value));
  }
  for (const { code, data } of options.unknown ?? []) {
    const name = nameOf.get(code);
    if (!isOptionCode(code) || (name && options[name] !== undefined)) throw new EncodeError(`option ${code} cannot be sent as unknown`);
    writeInstances(w, code, parseHex(data));
  }
  writeEnd(w);
}
