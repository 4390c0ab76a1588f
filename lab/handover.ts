/** One handover as it is printed and as it is counted. Pure. */
import type { Millis, UnixMillis } from '../protocol/units.ts';

/** Milliseconds after the new home noticed the phone. */
export interface Stages {
  readonly pbuSent: Millis;
  readonly pbaReceived: Millis;
  /** Both ends send the phone's packets over the new home. */
  readonly switched: Millis;
  /** The first packet from the internet host after that reached the phone; undefined: none within the time that was waited. */
  readonly firstDown?: Millis;
}

export interface Handover {
  readonly wall: UnixMillis;
  readonly phone: number;
  /** 0: the first attachment. */
  readonly from: number;
  readonly to: number;
  readonly stages: Stages;
}

export interface Packets {
  readonly sent: number;
  readonly lost: number;
}

const ms = (value: Millis | undefined) => (value === undefined ? '   - ' : value.toFixed(1).padStart(5));

export function describeHandover(h: Handover): string {
  const { pbuSent, pbaReceived, switched, firstDown } = h.stages;
  const time = new Date(h.wall).toISOString().slice(11, 23);
  const way = h.from === 0 ? `attaches at home${h.to}` : `home${h.from} -> home${h.to}`;
  return `${time}  phone${h.phone}  ${way.padEnd(17)}  associated 0.0  PBU sent ${ms(pbuSent)}  PBA received ${ms(pbaReceived)}  both ends switched ${ms(switched)}  first packet down ${ms(firstDown)} ms`;
}

/** The value below which the fraction `q` of the sorted values lies; undefined for none. */
export function quantile(values: readonly number[], q: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
