/** Subscribers and what the anchors hold of them. `mn-…` is a pseudonym: only the answer to a reveal has anything else. As JSON: times are Unix milliseconds. */
import type { GatewayId } from '../../../runtime/fleet/topics.ts';

export interface Subscriber {
  /** `mn-…` */
  readonly id: string;
  readonly home?: GatewayId;
  readonly homeName?: string;
  readonly lma: string;
  readonly since: number;
  readonly lastHandover?: number;
  readonly handovers: number;
  readonly state: 'active' | 'released';
  readonly addresses: readonly string[];
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export interface Binding {
  readonly subscriber: string;
  readonly home?: GatewayId;
  readonly lma: string;
  readonly service: string;
  readonly apn?: string;
  readonly state: string;
  readonly addresses: readonly string[];
  readonly careOf: string;
  readonly transport: string;
  readonly lifetime: number;
  readonly since?: number;
}

export interface Revealed {
  readonly nai: string;
  readonly mac?: string;
  /** Of the audit log. */
  readonly audit: number;
}
