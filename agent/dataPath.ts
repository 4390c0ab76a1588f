/** Which data path the configuration names. */
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import type { Paths } from '../protocol/paths.ts';
import { accessInterfaces, type AgentConfig } from './config.ts';

export type StoppablePaths = Paths & { stop(how: { readonly keepForwarding: boolean }): void };

/** Of the pseudo-device; a path's own MTU is enforced besides. */
const LARGEST_TUNNEL_MTU = 1472;

export function openDataPath(config: AgentConfig): StoppablePaths {
  if (config.datapath === 'none') return { ...nonePaths(), stop: () => undefined };
  return startBpfPaths({
    role: 'mag',
    wan: config.uplink === undefined ? [] : [config.uplink],
    access: accessInterfaces(config).map((i) => ({ interface: i.device })),
    mtu: LARGEST_TUNNEL_MTU,
    maxPaths: config['max-bindings'],
  });
}
