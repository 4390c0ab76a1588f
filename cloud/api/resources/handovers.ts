/** Handovers: how many, how fast, and one in all its stages. As JSON: times are Unix milliseconds. */

export interface HandoverFigures {
  readonly perMinute: number;
  /** 0 to 1, of the last five minutes; 1 when there was none. */
  readonly success: number;
  /** Milliseconds from associated to paths switched. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface HandoverSummary {
  /** The trace: the same at both ends. */
  readonly id: string;
  readonly at: number;
  readonly subscriber: string;
  readonly kind: 'attach' | 'handover' | 'move';
  /** `home` is a gateway's id, or what the LMA calls one that the fleet does not know. */
  readonly from?: { readonly home: string; readonly name: string };
  readonly to: { readonly home: string; readonly name: string };
  readonly success: boolean;
  readonly reason: string;
  /** Milliseconds from associated to paths switched, as far as both ends told. */
  readonly duration?: number;
}

export interface HandoverStage {
  readonly name: 'associated' | 'profile' | 'pbuSent' | 'pbuReceived' | 'lmaPathsSwitched' | 'pbaSent' | 'pbaReceived' | 'pathsSwitched' | 'firstPacket';
  readonly end: 'home' | 'lma';
  /** Milliseconds after the first stage. */
  readonly at: number;
}

export interface DecodedMessage {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  /** One line a field, nested by indentation. */
  readonly fields: readonly string[];
}

export interface Handover extends HandoverSummary {
  /** Its name, if it told its part. */
  readonly lma?: string;
  readonly stages: readonly HandoverStage[];
  readonly packetsLost?: number;
  readonly packetsHeld?: number;
  readonly messages: readonly DecodedMessage[];
  /** Whether `…/pcap` has anything. */
  readonly capture: boolean;
  /** What is not known and why, in words. */
  readonly missing: readonly string[];
}
