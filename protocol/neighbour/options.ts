/**
 * Neighbour discovery options, one row each (RFC 4861 §4.6, RFC 8106 §5.1). Every other option, and one of these with
 * another length than its own, is kept as `unknown` and skipped, as RFC 4861 §6.1.1 and RFC 8106 §5.3.1 want it; only a
 * length of zero refuses the message.
 */
import { formatPrefix, maskIpv6, type Prefix } from '../address.ts';
import { parseHex } from '../mac.ts';
import { DecodeError, EncodeError, Reader, encode, flags, hex, ipv6, list, mac, mapped, reserved, struct, u32, u8, type Codec, type ValueOf, type Writer } from '../codec.ts';

interface Row<T> {
  readonly type: number;
  readonly body: Codec<T>;
  readonly source: string;
}

const row = <T>(type: number, body: Codec<T>, source: string): Row<T> => ({ type, body, source });

export interface PrefixInformation {
  readonly flags: { readonly onLink: boolean; readonly autonomous: boolean };
  /** Seconds; 0xffffffff = for ever. */
  readonly validLifetime: number;
  readonly preferredLifetime: number;
  readonly prefix: Prefix;
}

const prefixInformation: Codec<PrefixInformation> = mapped(
  struct({
    length: u8,
    flags: flags(u8, { onLink: 0x80, autonomous: 0x40 }),
    validLifetime: u32,
    preferredLifetime: u32,
    _: reserved(4),
    address: ipv6,
  }),
  ({ length, address, ...rest }) => {
    if (length > 128) throw new DecodeError('value', `prefix length ${length}`);
    // Bits past the length are reserved and ignored.
    return { ...rest, prefix: { address: maskIpv6(address, length), length } };
  },
  ({ prefix, ...rest }) => {
    if (prefix.length > 128) throw new EncodeError(`prefix ${formatPrefix(prefix)}`);
    return { ...rest, length: prefix.length, address: prefix.address };
  },
);

const recursiveDnsServer = mapped(
  struct({ _: reserved(2), lifetime: u32, addresses: list(ipv6) }),
  (value) => {
    if (value.addresses.length === 0) throw new DecodeError('length', 'an RDNSS option names at least one server');
    return value;
  },
  (value) => value,
);

export const neighbourOptions = {
  sourceLinkLayerAddress: row(1, struct({ address: mac }), 'RFC 4861 §4.6.1'),
  targetLinkLayerAddress: row(2, struct({ address: mac }), 'RFC 4861 §4.6.1'),
  prefixInformation: row(3, prefixInformation, 'RFC 4861 §4.6.2'),
  mtu: row(5, struct({ _: reserved(2), mtu: u32 }), 'RFC 4861 §4.6.4'),
  recursiveDnsServer: row(25, recursiveDnsServer, 'RFC 8106 §5.1'),
} as const;

type Rows = typeof neighbourOptions;
type NeighbourOptionKind = keyof Rows;
export type NeighbourOption =
  | { [K in NeighbourOptionKind]: { readonly kind: K } & ValueOf<Rows[K]['body']> }[NeighbourOptionKind]
  /** `data` in hex, behind type and length: 8 n - 2 octets. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: string };

const byType = new Map((Object.entries(neighbourOptions) as [NeighbourOptionKind, Row<unknown>][]).map(([kind, r]) => [r.type, { kind, body: r.body }]));

const UNIT = 8;

/** To the end of the window. @throws DecodeError */
export function readOptions(r: Reader): NeighbourOption[] {
  const all: NeighbourOption[] = [];
  while (r.remaining > 0) {
    const type = r.uint(1);
    const units = r.uint(1);
    if (units === 0) throw new DecodeError('length', `option ${type} of length zero`);
    all.push(readOption(type, r.take(units * UNIT - 2)));
  }
  return all;
}

function readOption(type: number, body: Uint8Array): NeighbourOption {
  const known = byType.get(type);
  const r = new Reader(body);
  if (known) {
    try {
      const value = known.body.read(r) as object;
      r.finish();
      return { kind: known.kind, ...value } as NeighbourOption;
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
    }
  }
  return { kind: 'unknown', type, data: hex().read(new Reader(body)) };
}

export function writeOptions(w: Writer, options: readonly NeighbourOption[]): void {
  for (const option of options) {
    const { type, body } = option.kind === 'unknown' ? { type: option.type, body: parseHex(option.data) } : octetsOf(option.kind, option);
    if ((body.length + 2) % UNIT !== 0) throw new EncodeError(`option ${type} of ${body.length + 2} octets is no multiple of ${UNIT}`);
    w.uint(type, 1);
    w.uint((body.length + 2) / UNIT, 1);
    w.bytes(body);
  }
}

function octetsOf(kind: NeighbourOptionKind, option: NeighbourOption): { type: number; body: Uint8Array } {
  const known: Row<unknown> = neighbourOptions[kind];
  return { type: known.type, body: encode(known.body, option) };
}
