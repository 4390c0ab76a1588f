/** What forwards the subscribers' packets: the BPF programs for all services of the process, and behind them how packets leave. */
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import type { Paths } from '../protocol/paths.ts';
import type { Log } from '../runtime/log.ts';
import { poolsOf, variablesOf, type LmaFile } from './config.ts';
import { openEgress, type Egress } from './egress/egress.ts';
import { egressPlan } from './egress/plan.ts';
import { holdRoom } from './holdConfig.ts';
import { pathLimit } from './lma/numbers.ts';

export interface StoppablePaths extends Paths {
  /** One of `watchedDevices` was made anew. Absent where there are none. @throws PathError, NativeError */
  attachWan?(name: string): void;
  stop(how: { readonly keepForwarding: boolean }): void;
}

/** Of the pseudo-device; a path's own MTU is enforced besides. */
const LARGEST_TUNNEL_MTU = 1472;

const upstreams = (file: LmaFile): string[] => file['lma-services'].flatMap((s) => s.upstream?.device ?? []);

/** Those whose coming and going matters. */
export const watchedDevices = (file: LmaFile): string[] => (file.datapath === 'bpf' ? [...new Set([...file.transport, ...upstreams(file)])] : []);

/** @throws Error in words when the kernel refuses what is configured */
export function openDataPath(file: LmaFile, log: Log): StoppablePaths {
  if (file.datapath === 'none') return { ...nonePaths(), stop: () => undefined };
  const pools = poolsOf(file).map(({ prefix, space }) => ({ prefix, space }));
  const room = holdRoom(file);
  const paths = startBpfPaths({ role: 'lma', ...(room ? { hold: { ...room, onError: (e: Error) => log('error', e.message) } } : {}), wan: file.transport, pools, mtu: LARGEST_TUNNEL_MTU, maxPaths: pathLimit(file['lma-services'].map(variablesOf)) });
  if (paths.lost !== undefined) log('warn', 'what the last anchor forwarded stands still until its sessions are taken up, and is counted from zero', { why: paths.lost });
  let egress: Egress;
  try {
    egress = openEgress({ ...egressPlan(file), onRestored: () => log('warn', 'somebody removed the filter of subscribers (nft flush ruleset?); it is there again'), onError: (e) => log('error', e.message) });
  } catch (e) {
    paths.stop({ keepForwarding: true });
    throw e;
  }
  if (egress.missing !== undefined) log('error', 'what subscribers send and get is not filtered: the kernel has no nftables', { why: egress.missing });
  return {
    ...paths,
    attachWan(name) {
      if (file.transport.includes(name)) paths.attachWan(name);
      if (upstreams(file).includes(name)) egress.refresh();
    },
    stop(how) {
      egress.stop(how);
      paths.stop(how);
    },
  };
}
