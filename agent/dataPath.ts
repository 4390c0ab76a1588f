/** Which data path the configuration names. */
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import type { Paths } from '../protocol/paths.ts';
import { accessInterfaces, type AgentConfig } from './config.ts';

export interface AgentPaths extends Paths {
  /** The interface was made anew. @throws PathError, NativeError */
  attachWan(name: string): void;
  attachAccess(access: { readonly interface: string }): void;
  stop(how: { readonly keepForwarding: boolean }): void;
}

/** Of the pseudo-device; a path's own MTU is enforced besides. */
const LARGEST_TUNNEL_MTU = 1472;

export function openDataPath(config: AgentConfig): AgentPaths {
  if (config.datapath === 'none') return { ...nonePaths(), attachWan: () => undefined, attachAccess: () => undefined, stop: () => undefined };
  return startBpfPaths({
    role: 'mag',
    wan: config.uplink === undefined ? [] : [config.uplink],
    access: accessInterfaces(config).map((i) => ({ interface: i.device })),
    mtu: LARGEST_TUNNEL_MTU,
    maxPaths: config['max-bindings'],
  });
}
