/** The port `Paths` on a machine's interfaces, whichever way its packets are forwarded. */
import type { Paths, Rates } from '../../protocol/paths.ts';

export interface AccessInterface {
  readonly interface: string;
  readonly space?: number;
  /**
   * The gateway's addresses for guests, such as their default router, besides those that the interface has when it is attached. DHCP
   * and neighbour discovery are all that is offered there. What is for any other address of this machine goes into the tunnel.
   */
  readonly gateways?: readonly string[];
  /** DNS is offered at those addresses as well. */
  readonly dns?: boolean;
}

export interface AttachedPaths extends Paths {
  /** Tunnel packets are taken from this device from now on. @throws PathError, NativeError */
  attachWan(name: string): void;
  /** Guests are taken from this interface from now on; also when it was made anew, or its gateways changed. @throws PathError, NativeError */
  attachAccess(access: AccessInterface): void;
  /** MAG: what one port of an access bridge sends to another is counted from now on, or no more. Absent where nothing can count it. */
  readonly countPort?: (index: number, counted: boolean) => void;
  /** MAG: what is left to all guests together from now on; undefined = what there is. Absent where nothing is policed. */
  readonly limitGuests?: (rates: Rates | undefined) => void;
  /** Why forwarding begins with nothing though a run before left some; undefined: it was taken up, or there was none. */
  readonly lost?: string;
  /** Closes everything; forwarding goes on, or all that the start and the paths made in the kernel is removed. */
  stop(how: { readonly keepForwarding: boolean }): void;
}
