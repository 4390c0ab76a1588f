/** What one client may cost. */
import type { Pace } from './frames.ts';

export interface BrokerLimits {
  readonly gateway: Pace;
  readonly claim: Pace;
  /** Open at once: of a gateway, whose old one may be half dead; of a claim credential, per address. */
  readonly connectionsOfGateway: number;
  readonly claimConnections: number;
  /** Requests, per address. */
  readonly claimsPerMinute: number;
  /** Of an address, that have not shown who they are yet: at most ten seconds each. */
  readonly handshakes: number;
  /** Of all together. */
  readonly connections: number;
}

export const LIMITS: BrokerLimits = {
  // A batch of events or the answer to `show` is some tens of kilobytes; after hours alone a gateway has much to tell at once.
  gateway: { longest: 262_144, packetsPerSecond: 50, burst: 500 },
  claim: { longest: 8192, packetsPerSecond: 5, burst: 20 },
  connectionsOfGateway: 3,
  // A new gateway asks twice a minute, and a workshop sets up a row of them behind one address.
  claimConnections: 30,
  claimsPerMinute: 60,
  handshakes: 500,
  connections: 20_000,
};
