/** What the brokers offer to the fleet's other parts, and whom they know. */
import type { Duplex } from 'node:stream';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Admission, Bus } from '../fleet/ports.ts';

/** A client that has shown a certificate of the fleet's authority; its name is the certificate's CN. */
export interface Peer {
  readonly role: 'gateway' | 'claim' | 'cloud';
  readonly name: string;
  /** Of its certificate, in hex; '' for the cloud's own client inside the process. */
  readonly serial: string;
  readonly address: string;
}

/** What was tried and did not happen: for the audit log. The same of one client is told once a minute at most. */
export interface Refusal {
  readonly at: number;
  /** CN of the certificate, or '' where none was accepted. */
  readonly who: string;
  readonly address: string;
  readonly action: 'connect' | 'publish' | 'subscribe' | 'overrun';
  /** The topic, the filter or the client id that was asked for. */
  readonly target: string;
  readonly reason: string;
  /** How often, since it was told last. */
  readonly times: number;
}

/** Who is there, as the broker itself sees it: the registry goes by birth, will and heartbeat, which another broker gives too. */
export interface Presence {
  readonly onConnected?: (peer: Peer) => void;
  readonly onDisconnected?: (peer: Peer) => void;
}

export interface EmbeddedBroker {
  readonly admission: BrokerAdmission;
  /** Where it listens. */
  readonly port: number;
  readonly sessions: number;
  /** Refused by reason, since the start: for the metrics. */
  readonly refused: ReadonlyMap<string, number>;
  /** A way in for the cloud's own client: `createBus({ connect })`. */
  connect(): Duplex;
  /** Certificates that are due, and sessions whose are over. Call it about once an hour. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** The broker as the cloud's client sees it (`cloud/fleet/ports.ts`), with what its owner needs. */
export interface FleetBus extends Bus {
  readonly connected: boolean;
  /** Messages that were no JSON, or too many. */
  readonly dropped: number;
  /** After each connection and loss of it. */
  onChange(call: (connected: boolean) => void): void;
  close(): Promise<void>;
}


/** The broker's part in who may connect. */
export interface BrokerAdmission extends Admission {
  /** A gateway whose certificates were revoked has a new one. */
  readmit(gateway: GatewayId): Promise<void>;
}
