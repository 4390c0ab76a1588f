/** What stands between phones and homes, as a lab's world uses it. */
import type { LabProcess } from './processes.ts';
import type { Air, HomePlan, PhonePlan, Plan } from './topology.ts';

/** `eap`: the home begins the authentication, as after a real association. `supplicant`: the phone does, which costs 2 to 3 s. */
export type RoamMode = 'eap' | 'supplicant';

export interface AccessLink {
  readonly air: Air;
  /** Brings devices into the namespaces that the construction does not make; called before any address is set. */
  wire(): Promise<void>;
  /** Before the first hostapd or supplicant. */
  prepare(): Promise<void>;
  startHostapd(home: HomePlan): Promise<LabProcess>;
  startSupplicant(phone: PhonePlan): Promise<LabProcess>;
  roam(phone: PhonePlan, home: HomePlan, mode: RoamMode): Promise<void>;
  /** Out of reach of every home. No home is told. */
  leave(phone: PhonePlan): Promise<void>;
  /** The phone says goodbye to its home. */
  detach(phone: PhonePlan): void;
}

export interface AccessOptions {
  readonly folder: string;
  readonly plan: Plan;
  /** A process that ends with the lab. */
  readonly adopt: (p: LabProcess) => LabProcess;
}

export type OpenAccessLink = (options: AccessOptions) => AccessLink;
