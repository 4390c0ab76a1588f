/** Which data path forwards: the one that the configuration names, or the first that this kernel can do. */
import { join } from 'node:path';
import type { AccessInterface, AttachedPaths } from '../linux/datapath/attachedPaths.ts';
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { pinFolder } from '../linux/datapath/earlier.ts';
import type { KernelPaths } from '../linux/datapath/kernelPaths.ts';
import { kernelPathsLeft } from '../linux/datapath/localRule.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import type { Log } from '../runtime/log.ts';
import { accessInterfaces, type AgentConfig } from './config.ts';
import { guestRates } from './hostFirst.ts';
import { part } from './part.ts';

export type Backend = 'bpf' | 'kernel' | 'none';

export interface AgentPaths extends AttachedPaths {
  /** The one that forwards. */
  readonly backend: Backend;
}

/** What starts each of them; a test has its own. */
export interface Backends {
  readonly bpf: (config: AgentConfig) => AttachedPaths | Promise<AttachedPaths>;
  readonly kernel: (config: AgentConfig) => KernelPaths | Promise<KernelPaths>;
}

/** Of the pseudo-device; a path's own MTU is enforced besides. */
const LARGEST_TUNNEL_MTU = 1472;

const wanOf = (config: AgentConfig): string[] => (config.uplink === undefined ? [] : [config.uplink]);
export const accessOf = (config: AgentConfig): AccessInterface[] => accessInterfaces(config).map((i) => ({ interface: i.device, space: i['address-space'], dns: i['gateway-dns'] }));

/** Most gateways never need them. */
const kernelTunnels = () => part("the kernel's own tunnels", () => import('../linux/datapath/kernelPaths.ts'));

const backends: Backends = {
  async bpf(config) {
    const left = kernelPathsLeft() ? await kernelTunnels() : undefined;
    const guests = guestRates(config['host-first']);
    const pins = pinFolder(join(config['state-directory'], 'bpf'));
    const paths = startBpfPaths({ role: 'mag', wan: wanOf(config), access: accessOf(config), ...(guests ? { guests } : {}), ...(pins === undefined ? {} : { pins }), mtu: LARGEST_TUNNEL_MTU, maxPaths: config['max-bindings'] });
    left?.removeKernelPaths();
    return paths;
  },
  kernel: async (config) => (await kernelTunnels()).startKernelPaths({ wan: wanOf(config), access: accessOf(config), maxPaths: config['max-bindings'] }),
};

/** @throws Error when the one that is named, or every one, is refused by the kernel; the message has the reasons */
export async function openDataPath(config: AgentConfig, log: Log, { bpf, kernel }: Backends = backends): Promise<AgentPaths> {
  const opened = (backend: Backend, paths: AttachedPaths, why: string, more: Readonly<Record<string, string>> = {}): AgentPaths => {
    log('info', `data path: ${backend}`, { why, ...more });
    if (paths.lost !== undefined) log('warn', 'what the last agent forwarded stands still until its phones are taken up, and is counted from zero', { why: paths.lost });
    return { ...paths, backend };
  };
  const openedKernel = async (why: string): Promise<AgentPaths> => {
    const paths = await kernel(config);
    const all = opened('kernel', paths, why, { rates: 'not enforced at this gateway: the kernel\'s own tunnels do not police. Its LMA does; of host-first the number of guests counts' });
    if (paths.unguarded !== undefined) log('warn', 'no wall around guests: they reach what listens on the gateway\'s own addresses, and can send in the name of their neighbours. Install nftables', { why: paths.unguarded });
    return all;
  };
  switch (config.datapath) {
    case 'none':
      return opened('none', { ...nonePaths(), attachWan: () => undefined, attachAccess: () => undefined, stop: () => undefined }, 'configured: no packet passes');
    case 'bpf':
      return opened('bpf', await bpf(config), 'configured');
    case 'kernel':
      return await openedKernel('configured');
    case 'auto':
      return await choose();
  }

  async function choose(): Promise<AgentPaths> {
    let refusal: string;
    try {
      return opened('bpf', await bpf(config), 'the kernel takes the BPF programs');
    } catch (e) {
      refusal = (e as Error).message;
    }
    try {
      return await openedKernel(`no BPF: ${refusal}`);
    } catch (e) {
      throw new Error(`no data path: neither BPF (${refusal}) nor the kernel's own tunnels (${(e as Error).message}); with "datapath: none" the gateway signals and forwards nothing`, { cause: e });
    }
  }
}
