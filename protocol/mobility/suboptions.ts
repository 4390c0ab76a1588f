/** The options that hold options: Access Network Identifier, Quality of Service, LMA-controlled MAG parameters. */
import { bits, Reader, encode, flags, hex, mapped, octets, reserved, sized, struct, text, u16, u24, u32, u8, DecodeError, EncodeError, type Codec } from '../codec.ts';

/** A list of {type, length, data} by a table of rows; types without a row are kept. */
function tlvs<const T extends Readonly<Record<string, readonly [type: number, body: Codec<any>]>>>(rows: T): Codec<Tlv<T>[]> {
  const byType = new Map(Object.entries(rows).map(([kind, [type, body]]) => [type, { kind, body: body as Codec<unknown> }]));
  return {
    read: (r) => {
      const all: unknown[] = [];
      while (r.remaining > 0) {
        const type = r.uint(1);
        const inner = r.window(r.uint(1));
        const row = byType.get(type);
        if (row) {
          all.push({ kind: row.kind, ...(row.body.read(inner) as object) });
          inner.finish();
        } else all.push({ kind: 'unknown', type, data: inner.take(inner.remaining).slice() });
      }
      return all as Tlv<T>[];
    },
    write: (w, all) => {
      for (const item of all as readonly { kind: string; type?: number; data?: Uint8Array }[]) {
        const row = rows[item.kind];
        const body = row ? encode(row[1], item) : (item.data ?? new Uint8Array(0));
        w.uint(row ? row[0] : (item.type ?? -1), 1);
        w.uint(body.length, 1);
        w.bytes(body);
      }
    },
  };
}
type Tlv<T extends Readonly<Record<string, readonly [number, Codec<any>]>>> =
  | { [K in keyof T & string]: { readonly kind: K } & (T[K][1] extends Codec<infer V> ? V : never) }[keyof T & string]
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array };

/** Degrees in 24 bits of two's complement, 9 of them before the point (RFC 6757 §3.1.2). */
const degrees: Codec<number> = mapped(
  u24,
  (raw) => (raw >= 0x80_0000 ? raw - 0x100_0000 : raw) / 0x8000,
  (value) => {
    const raw = Math.round(value * 0x8000);
    if (raw < -0x80_0000 || raw > 0x7f_ffff) throw new EncodeError(`${value} degrees do not fit`);
    return raw < 0 ? raw + 0x100_0000 : raw;
  },
);

/** RFC 6757 §3.1 */
export const accessNetworkIdentifiers = tlvs({
  networkIdentifier: [1, struct({ flags: flags(u8, { utf8: 0x80 }), networkName: sized(u8, hex()), accessPointName: sized(u8, hex()) })],
  geoLocation: [2, struct({ latitude: degrees, longitude: degrees })],
  operatorIdentifier: [3, struct({ idType: u8, identifier: hex() })],
  updateTimer: [6, struct({ seconds: u16 })],
});

const rate = struct({ _: reserved(2), bitsPerSecond: u32 });
const sessionRate = struct({ flags: flags(u16, { service: 0x8000, exclude: 0x4000 }), bitsPerSecond: u32 });

/** RFC 7222 §4.2 */
export const qosAttributes = tlvs({
  perMnMaxDownlink: [1, rate],
  perMnMaxUplink: [2, rate],
  perSessionMaxDownlink: [3, sessionRate],
  perSessionMaxUplink: [4, sessionRate],
  allocationRetentionPriority: [5, struct({ _: reserved(1), priority: packed([['level', 4], ['preemptionCapability', 2], ['preemptionVulnerability', 2]]) })],
  maxDownlink: [6, rate],
  maxUplink: [7, rate],
  guaranteedDownlink: [8, rate],
  guaranteedUplink: [9, rate],
  trafficSelector: [10, struct({ _: reserved(1), format: u8, selector: octets() })],
  vendorAttribute: [11, struct({ _: reserved(2), vendor: u32, subtype: u8, data: octets() })],
});

/** The DSCP stands in the top six bits of the traffic class octet (RFC 7222 §4.1). */
export const dscp = bits(u8, 2, 6);

/** Neighbouring bit fields of one octet, highest first. */
function packed<const F extends readonly (readonly [name: string, width: number])[]>(fields: F): Codec<{ [K in F[number][0]]: number }> {
  return {
    size: 1,
    read: (r) => {
      let left = r.uint(1);
      const value: Record<string, number> = {};
      for (const [name, width] of fields.toReversed()) {
        value[name] = left % 2 ** width;
        left = Math.floor(left / 2 ** width);
      }
      return value as { [K in F[number][0]]: number };
    },
    write: (w, value) => {
      let octet = 0;
      for (const [name, width] of fields) {
        const v = (value as Record<string, number>)[name] ?? -1;
        if (v < 0 || v >= 2 ** width) throw new EncodeError(`${name} does not fit ${width} bits`);
        octet = octet * 2 ** width + v;
      }
      w.uint(octet, 1);
    },
  };
}

/** RFC 8127 §4. A zero where it means nothing makes the whole PBA ignored; that rule is the MAG's. */
export const magParameters = tlvs({
  /** `start` in units of 4 s before expiry, the others in seconds (§4.1) */
  bindingReregistration: [1, struct({ start: u16, initialRetransmission: u16, maximumRetransmission: u16 })],
  /** seconds, seconds, count (§4.2) */
  heartbeat: [2, struct({ interval: u16, retransmissionDelay: u16, maxRetransmissions: u16 })],
});

/** Identifier octets under a subtype: text for a NAI (subtype 1), hex pairs for everything binary (RFC 8371 §3). */
export const typedIdentifier = (skip: number): Codec<{ subtype: number; identifier: string }> => ({
  read: (r: Reader) => {
    const subtype = r.uint(1);
    r.advance(skip);
    return { subtype, identifier: (subtype === NAI ? text : hex()).read(r) };
  },
  write: (w, v) => {
    w.uint(v.subtype, 1);
    w.zeros(skip);
    (v.subtype === NAI ? text : hex()).write(w, v.identifier);
  },
});

/** Mobile Node Group Identifier subtype, and the group of all sessions between one MAG and one LMA (RFC 6602 §4.3). */
export const BULK_GROUP = 1;
export const ALL_SESSIONS = 1;

/** Mobile Node Identifier subtype: Network Access Identifier (RFC 4283 §3.2). */
export const NAI = 1;

/** Nothing inside, or one IP address of either family, told apart by what is left of the window. */
export const ipOrNothing = (v4: Codec<string>, v6: Codec<string>): Codec<string | undefined> => ({
  read: (r) => {
    if (r.remaining === 0) return undefined;
    if (r.remaining === 4) return v4.read(r);
    if (r.remaining === 16) return v6.read(r);
    throw new DecodeError('length', `${r.remaining} octets are no IP address`);
  },
  write: (w, v) => {
    if (v !== undefined) (v.includes(':') ? v6 : v4).write(w, v);
  },
});
