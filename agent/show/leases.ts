/** The DHCP leases that this gateway has acknowledged, as `show ip dhcp binding` lists them. The addresses are the LMA's; the phone's part is the time. */
import { readAccessFrame } from '../debug/frames.ts';
import type { Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { seconds, type Millis, type Seconds } from '../../protocol/units.ts';
import type { AccessTrace } from '../conversations.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import { shownMac } from './binding.ts';
import { interfaceName, type ShowOptions } from './options.ts';

export interface Leases {
  /** Observes what passes on the access interfaces. */
  observe(trace: AccessTrace, at: Millis): void;
  /** Until when a phone may use the address without asking again; undefined: this agent has acknowledged nothing yet. */
  until(mac: Mac, address: Ipv4): Millis | undefined;
}

export function createLeases(): Leases {
  const acknowledged = new Map<Mac, { readonly address: Ipv4; readonly until: Millis }>();
  return {
    observe(trace, at) {
      if (trace.kind === 'session' && !trace.session.ipv4) acknowledged.delete(trace.mac);
      if (trace.kind !== 'frame' || trace.name !== 'dhcp-ack') return;
      const read = readAccessFrame(trace.frame);
      const granted = read?.kind === 'dhcp' ? read.message.options.leaseTime : undefined;
      if (read?.kind === 'dhcp' && granted !== undefined) acknowledged.set(trace.mac, { address: read.message.yiaddr, until: at + seconds(granted) });
    },
    until(mac, address) {
      const lease = acknowledged.get(mac);
      return lease?.address === address ? lease.until : undefined;
    },
  };
}

export interface ShownLease {
  readonly 'ip-address': Ipv4;
  readonly 'hardware-address': string;
  /** Until the lease ends; absent: the phone has not asked since the agent began. */
  readonly 'lease-remaining'?: Seconds;
  /** Milliseconds since 1970, likewise. */
  readonly expiration?: number;
  readonly interface: string;
}

export const shownLeases = (o: ShowOptions): ShownLease[] => {
  const { at, wall } = o.now();
  return entriesOf(o.mag.list).flatMap((e) => {
    const address = e.assigned.ipv4?.address;
    if (address === undefined || !e.dhcpServer || e.ipv4Released) return [];
    const until = o.leases.until(e.mac, address);
    if (until !== undefined && until <= at) return [];
    const time = until === undefined ? {} : { 'lease-remaining': Math.floor((until - at) / 1000), expiration: Math.round(wall + until - at) };
    return [{ 'ip-address': address, 'hardware-address': shownMac(o, e.mac), ...time, interface: interfaceName(o.config, e.interface) }];
  });
};
