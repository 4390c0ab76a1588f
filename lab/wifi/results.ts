/** What happens in the Wi-Fi lab, as its virtual machine tells it. */
import type { Ipv4, Ipv6 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Outcome } from '../machine/results.ts';
import type { TcpReport } from '../traffic/tcp.ts';

export interface Addresses {
  readonly ipv4: readonly Ipv4[];
  readonly ipv6: readonly Ipv6[];
}

/** A line of hostapd about a phone, such as `AP-STA-CONNECTED`; `at` counts from the trigger. */
export interface HomeEvent {
  readonly home: number;
  readonly event: string;
  readonly at: Millis;
}

/** `command`: the phone was told to. `vanishing`: its home went out of reach, another came within. `fading`: its home became weak. */
export type RoamCause = 'command' | 'vanishing' | 'fading';

export interface Roamed {
  readonly kind: 'roamed';
  readonly cause: RoamCause;
  readonly from: number;
  readonly to: number;
  /** From the trigger until the agent of the new home heard of the phone. */
  readonly associatedMs: Millis;
  /** From then until both ends had switched. */
  readonly switchedMs: Millis;
  /** The longest time without a packet down, of each family's stream of one per 20 ms. */
  readonly gapMs: { readonly ipv4: Millis; readonly ipv6: Millis };
  readonly addresses: Addresses;
  /** The home that holds the session according to the LMA; 0: none. */
  readonly servedBy: number;
  /** The homes whose agent still holds the phone, some seconds later. */
  readonly heldBy: readonly number[];
  readonly events: readonly HomeEvent[];
}

export interface Left {
  readonly kind: 'left';
  /** `disconnect`: it said goodbye. `silence`: its radio went off. */
  readonly how: 'disconnect' | 'silence';
  readonly home: number;
  /** Until its home began to de-register it. */
  readonly afterMs: Millis;
  /** Why, as the agent says it. */
  readonly reason: string;
  readonly events: readonly HomeEvent[];
  /** That the LMA holds afterwards. */
  readonly sessions: number;
}

/** Homes that a gateway heard, by its own survey. */
export interface Neighbours {
  readonly kind: 'neighbours';
  readonly home: number;
  readonly heard: readonly { readonly bssid: Mac; readonly ssid: string; readonly channel: number; readonly signal: number }[];
}

export type Result =
  | Outcome
  | {
      readonly kind: 'attached';
      readonly home: number;
      readonly mac: Mac;
      readonly associatedMs: Millis;
      readonly switchedMs: Millis;
      readonly addresses: Addresses;
      /** What EAP proved, as hostapd has it. */
      readonly identity: string;
      /** MN-ID of the session at the LMA. */
      readonly nai: string;
      readonly events: readonly HomeEvent[];
    }
  | Roamed
  | { readonly kind: 'traffic'; readonly tcp: readonly TcpReport[]; readonly packets: { readonly sent: number; readonly lost: number } }
  /** Counters of the eBPF data path at the homes and at the anchor: it carried what the phone sent. */
  | { readonly kind: 'forwarded'; readonly datapath: readonly string[]; readonly upPackets: number; readonly downPackets: number }
  | Left
  | Neighbours;
