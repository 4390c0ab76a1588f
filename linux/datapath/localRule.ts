/** The mark of a data path of the kernel's own tunnels (kernelRouting.ts): the rule for the machine's own addresses is asked later than usual. */
import { listRules } from '../netlink/rule.ts';
import { netlink, type Netlink } from '../netlink/socket.ts';

/** Its priority there. */
export const LOCAL = 4;
export const LOCAL_TABLE = 255;

/** @throws NativeError */
export const askedLocalLater = (nl: Netlink): boolean => listRules(nl).some((r) => r.priority === LOCAL && r.table === LOCAL_TABLE && r.iif === undefined);

/** Did a run with the kernel's own tunnels leave its forwarding? Only then is there something for `removeKernelPaths`. @throws NativeError */
export function kernelPathsLeft(): boolean {
  const nl = netlink();
  try {
    return askedLocalLater(nl);
  } finally {
    nl.close();
  }
}
