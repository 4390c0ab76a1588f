/** The agent's `debug`: the seed's topics, and what feeds each. Made before anything runs; costs nothing until somebody listens. */
import { createDebug, type DebugServer } from '../runtime/debug.ts';
import { PACKETS, packetTrace, type PacketTrace } from '../runtime/debugPackets.ts';
import type { Shown } from '../runtime/identities.ts';
import { accessInterfaces, type AgentConfig } from './config.ts';
import type { AccessTrace } from './conversations.ts';
import { accessDebug, ARP, DHCP_EVENTS, DHCP_PACKETS, NEIGHBOURS } from './debug/access.ts';
import { DOT1X, MAG_EVENT, MAG_INFO, magDebug, TUNNEL } from './debug/mag.ts';
import { RADIUS, radiusDebug } from './debug/radius.ts';
import { TAP, tapWatch } from './debug/tap.ts';
import { openTap } from './debug/tapSocket.ts';
import type { OnPacket } from '../runtime/radius/types.ts';
import type { MagEffect, MagEvent } from './mag/events.ts';

const TOPICS = [MAG_INFO, MAG_EVENT, PACKETS, DHCP_EVENTS, DHCP_PACKETS, ARP, NEIGHBOURS, RADIUS, TUNNEL, DOT1X] as const;

export interface AgentDebug {
  readonly server: DebugServer;
  /** Each event of the MAG's loop with its effects. */
  readonly step: (event: MagEvent, effects: readonly MagEffect[]) => void;
  /** What passes on an access interface. */
  readonly access: (device: string, trace: AccessTrace) => void;
  /** Mobility messages as they pass. */
  readonly packets: PacketTrace;
  /** RADIUS packets, of the client and of dynamic authorization. */
  readonly radius: OnPacket;
}

/** The pseudo-device of the gateway's tunnels (linux/datapath). */
const PSEUDO_DEVICE = 'pmip0';

export function agentDebug(config: AgentConfig, shown: Shown, onError: (error: Error) => void): AgentDebug {
  const devices = (): ReadonlyMap<string, string> =>
    new Map([
      ...accessInterfaces(config).flatMap((i) => [[i.name, i.device] as const, [i.device, i.device] as const]),
      ...[config.uplink, PSEUDO_DEVICE].flatMap((name) => (name === undefined ? [] : [[name, name] as const])),
    ]);
  const watches = { [TAP]: tapWatch({ devices, open: (tap) => openTap(tap, onError), veil: shown }) };
  const server = createDebug({ topics: TOPICS, watches, onError });
  return { server, step: magDebug(server, shown), access: accessDebug(server, shown), packets: packetTrace(server, shown), radius: radiusDebug(server, shown) };
}
