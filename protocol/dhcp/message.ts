/** A DHCP message: the fixed part of BOOTP, the magic cookie, the options (RFC 2131 §2, RFC 2132 §2). */
import { ANY_IPV4, type Ipv4 } from '../address.ts';
import { formatHex, parseHex, type Mac } from '../mac.ts';
import { DecodeError, EncodeError, Reader, constant, encode, flags, ipv4, octets, struct, u16, u32, u8, type Codec } from '../codec.ts';
import { readArea } from './optionArea.ts';
import { readOptions, writeOptions, type DhcpMessageType, type DhcpOptions } from './options.ts';

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;
export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;
export const HTYPE_ETHERNET = 1;

const MAGIC_COOKIE = 0x63825363;
/** RFC 951 gave a message 300 octets, and relays and clients drop shorter ones. */
const SHORTEST_MESSAGE = 300;

const fixedPart = struct({
  op: u8,
  htype: u8,
  hlen: u8,
  hops: u8,
  xid: u32,
  secs: u16,
  flags: flags(u16, { broadcast: 0x8000 }),
  ciaddr: ipv4,
  yiaddr: ipv4,
  siaddr: ipv4,
  giaddr: ipv4,
  chaddr: octets(16),
  sname: octets(64),
  file: octets(128),
  _cookie: constant(u32, MAGIC_COOKIE),
});

export interface DhcpMessage {
  readonly op: typeof BOOTREQUEST | typeof BOOTREPLY;
  readonly htype: number;
  readonly hops: number;
  readonly xid: number;
  /** Seconds since the client began. */
  readonly secs: number;
  readonly flags: { readonly broadcast: boolean };
  readonly ciaddr: Ipv4;
  readonly yiaddr: Ipv4;
  readonly siaddr: Ipv4;
  readonly giaddr: Ipv4;
  /** Hex pairs joined by colons, as many as `hlen` says: a MAC for Ethernet. */
  readonly chaddr: string;
  /** Server host name, up to its first null, each octet one character; absent if empty or holding options. */
  readonly sname?: string;
  /** Boot file name, likewise. */
  readonly file?: string;
  /** `messageType` is always there: a BOOTP request without it is refused. */
  readonly options: DhcpOptions & { readonly messageType: DhcpMessageType };
}

/** Reads to the end of what it is given: surplus octets after the end option are padding. */
export const dhcpMessage: Codec<DhcpMessage> = {
  read: (r) => {
    const { op, hlen, chaddr, sname, file, ...f } = fixedPart.read(r);
    if (op !== BOOTREQUEST && op !== BOOTREPLY) throw new DecodeError('value', `BOOTP op ${op}`);
    if (hlen > chaddr.length || (f.htype === HTYPE_ETHERNET && hlen !== 6)) throw new DecodeError('length', `hardware address of ${hlen} octets`);
    const { area, overload } = readArea({ options: r.take(r.remaining), file, sname });
    const { messageType, ...options } = readOptions(area);
    if (!messageType) throw new DecodeError('value', 'no DHCP message type option: plain BOOTP');
    return {
      op,
      ...f,
      chaddr: formatHex(chaddr.subarray(0, hlen)),
      ...(overload.sname ? {} : named('sname', sname)),
      ...(overload.file ? {} : named('file', file)),
      options: { messageType, ...options },
    };
  },
  write: (w, m) => {
    const start = w.length;
    const address = parseHex(m.chaddr);
    fixedPart.write(w, { ...m, hlen: address.length, chaddr: padded(address, 16), sname: nameOctets(m.sname, 64), file: nameOctets(m.file, 128) });
    writeOptions(w, m.options);
    w.zeros(Math.max(0, SHORTEST_MESSAGE - (w.length - start)));
  },
};

/** The fixed part of a message on Ethernet with nothing filled in but who it is about. */
export const bootpOf = (op: DhcpMessage['op'], xid: number, chaddr: Mac): Omit<DhcpMessage, 'options'> => ({
  op,
  htype: HTYPE_ETHERNET,
  hops: 0,
  xid,
  secs: 0,
  flags: { broadcast: false },
  ciaddr: ANY_IPV4,
  yiaddr: ANY_IPV4,
  siaddr: ANY_IPV4,
  giaddr: ANY_IPV4,
  chaddr,
});

export const encodeDhcp = (message: DhcpMessage): Uint8Array => encode(dhcpMessage, message);
/** @throws DecodeError */
export const decodeDhcp = (input: Uint8Array): DhcpMessage => dhcpMessage.read(new Reader(input));

function named<K extends 'sname' | 'file'>(key: K, field: Uint8Array): { [P in K]?: string } {
  const end = field.indexOf(0);
  const name = String.fromCharCode(...field.subarray(0, end < 0 ? field.length : end));
  return (name === '' ? {} : { [key]: name }) as { [P in K]?: string };
}

function nameOctets(name: string | undefined, size: number): Uint8Array {
  const codes = Array.from(name ?? '', (c) => c.charCodeAt(0));
  if (codes.some((code) => code < 1 || code > 255)) throw new EncodeError('a BOOTP name is made of octets other than zero');
  return padded(Uint8Array.from(codes), size);
}

function padded(value: Uint8Array, size: number): Uint8Array {
  if (value.length > size) throw new EncodeError(`${value.length} octets in a field of ${size}`);
  const out = new Uint8Array(size);
  out.set(value);
  return out;
}
