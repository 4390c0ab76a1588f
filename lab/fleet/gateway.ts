/** A gateway of the simulated fleet: the agent's own parts, with a radio that is made up and nothing on the disk. */
import { join } from 'node:path';
import { agentSchema } from '../../agent/config.ts';
import { openFleet, type Disk } from '../../agent/fleet/fleet.ts';
import type { Claimed } from '../../agent/fleet/ports.ts';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import type { Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { Millis } from '../../protocol/units.ts';
import { now } from '../../runtime/clock.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { ACCESS, openHome, type Home } from '../simulated/home.ts';
import { DOMAIN, type Member } from './founding.ts';
import { quietPaths, type QuietPaths } from './quietPaths.ts';

export interface GatewayOptions {
  readonly member: Member;
  readonly address: Ipv4;
  readonly signallingPort: number;
  /** `mqtts://host:port` */
  readonly broker: string;
  /** Nothing is written there. */
  readonly folder: string;
  readonly version: string;
  /** Which phones its radio hears. */
  readonly here: (mac: Mac) => boolean;
  readonly onTransition: (t: Transition) => void;
  readonly onError: (error: Error) => void;
}

export interface SimulatedGateway {
  readonly member: Member;
  /** Undefined while it is off. */
  readonly home: Home | undefined;
  readonly paths: QuietPaths | undefined;
  readonly status: () => AgentStatus | undefined;
  /** Seconds: a timer that its fleet can change. */
  readonly lifetime: () => number | undefined;
  /** Milliseconds that the LMA's answers take to come, from now on. */
  lateness: Millis;
  on(): Promise<void>;
  off(): Promise<void>;
}

export function simulatedGateway({ member, address, signallingPort, broker, folder, version, here, onTransition, onError }: GatewayOptions): SimulatedGateway {
  const config = parseConfig(
    member.mag,
    JSON.stringify({
      domain: DOMAIN,
      mag: member.mag,
      fleet: { broker, authority: join(folder, 'authority.pem'), 'state-directory': join(folder, member.mag) },
      interfaces: [{ name: ACCESS, 'first-packet': true, 'default-profile': 'guests' }],
      clock: 'assume-synchronised',
      datapath: 'none',
      'signalling-port': signallingPort,
      'state-directory': join(folder, member.mag),
    }),
    agentSchema,
  );
  const disk = memoryDisk(member);
  let running: { readonly home: Home; readonly paths: QuietPaths; readonly status: () => AgentStatus; readonly lifetime: () => number } | undefined;
  const gateway: SimulatedGateway = {
    member,
    get home() {
      return running?.home;
    },
    get paths() {
      return running?.paths;
    },
    status: () => running?.status(),
    lifetime: () => running?.lifetime(),
    lateness: 0,
    async on() {
      const fleet = await openFleet({ config, version, now, log: () => undefined, onCount: () => undefined, onError, disk });
      const paths = quietPaths(here, () => now().at);
      const home = await openHome({ config, address, openPaths: () => paths, fleet, onTransition, lateness: () => gateway.lateness, onError });
      running = { home, paths, lifetime: () => fleet.config.timers['binding-lifetime'], status: () => fleet.handlers['agent status']?.({ command: 'agent status' }) as AgentStatus };
    },
    async off() {
      const { home } = running ?? {};
      running = undefined;
      await home?.close();
    },
  };
  return gateway;
}

/** As the gateway's claim left it. */
function memoryDisk({ key, claimed }: Member): Disk {
  let kept: Claimed | undefined = claimed;
  return {
    key,
    credentials: { load: () => kept, save: async (next) => void (kept = next), forget: () => void (kept = undefined) },
    store: { state: { session: 0, code: '', good: {}, reported: {}, tried: {}, commands: [] }, changed: () => undefined, flush: () => Promise.resolve() },
  };
}
