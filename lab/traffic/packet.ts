/** The lab's own UDP probe packet: 32 octets, then filling up to the wanted size. */

export const MAGIC = 0x72735431;

/** What a packet says. `up`/`down`: one of a stream. `stop` asks for `total`. `echo` comes back as it went. */
export type ProbeKind = 'up' | 'down' | 'stop' | 'total' | 'echo';

const KINDS: readonly ProbeKind[] = ['up', 'down', 'stop', 'total', 'echo'];

export interface Probe {
  readonly kind: ProbeKind;
  readonly session: number;
  /** From 1. In `total`: downlink packets sent. */
  readonly seq: number;
  /** Sender's CLOCK_MONOTONIC in ms; one clock for all namespaces of a machine. */
  readonly sentAt: number;
  /** `up`: the interval in ms at which the host shall send down. `total`: uplink packets received. */
  readonly number: number;
}

export const PROBE_SIZE = 32;

export function encodeProbe(p: Probe, size = PROBE_SIZE): Buffer {
  const b = Buffer.alloc(Math.max(size, PROBE_SIZE));
  b.writeUInt32BE(MAGIC, 0);
  b.writeUInt8(KINDS.indexOf(p.kind), 4);
  b.writeUInt32BE(p.session, 8);
  b.writeUInt32BE(p.seq, 12);
  b.writeDoubleBE(p.sentAt, 16);
  b.writeUInt32BE(p.number, 24);
  return b;
}

/** Undefined: not one of ours. */
export function decodeProbe(b: Buffer): Probe | undefined {
  if (b.length < PROBE_SIZE || b.readUInt32BE(0) !== MAGIC) return undefined;
  const kind = KINDS[b.readUInt8(4)];
  if (!kind) return undefined;
  return { kind, session: b.readUInt32BE(8), seq: b.readUInt32BE(12), sentAt: b.readDoubleBE(16), number: b.readUInt32BE(24) };
}

/** CLOCK_MONOTONIC in milliseconds. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;
