/** LMA-Controlled MAG Parameters (RFC 8127 §5.1): how a gateway re-registers and beats, as configured here for it. */
import type { MobilityOption, OptionNamed } from '../../protocol/mobility/options.ts';
import type { Seconds } from '../../protocol/units.ts';

/** None of it is zero, but the delay between two heartbeats may be (§5.2); the configuration is checked for that. */
export interface MagTimers {
  readonly reregistration?: {
    /** LCMPReregistrationStartTime: so long before the binding expires; counted in units of 4 s */
    readonly start: Seconds;
    /** LCMPInitialRetransmissionTime, LCMPMaximumRetransmissionTime */
    readonly initialRetransmission: Seconds;
    readonly maximumRetransmission: Seconds;
  };
  readonly heartbeat?: {
    /** LCMPHeartbeatInterval, LCMPHeartbeatRetransmissionDelay */
    readonly interval: Seconds;
    readonly retransmissionDelay: Seconds;
    /** LCMPHeartbeatMaxRetransmissions */
    readonly maxRetransmissions: number;
  };
}

const START_UNIT: Seconds = 4;

/** At most one option; none where nothing is configured. */
export function timersOption(timers: MagTimers | undefined): MobilityOption[] {
  if (!timers?.reregistration && !timers?.heartbeat) return [];
  const { reregistration: r, heartbeat } = timers;
  const parameters: OptionNamed<'lmaControlledMagParameters'>['parameters'] = [
    ...(r ? [{ kind: 'bindingReregistration', start: Math.ceil(r.start / START_UNIT), initialRetransmission: r.initialRetransmission, maximumRetransmission: r.maximumRetransmission } as const] : []),
    ...(heartbeat ? [{ kind: 'heartbeat', ...heartbeat } as const] : []),
  ];
  return [{ kind: 'lmaControlledMagParameters', parameters }];
}
