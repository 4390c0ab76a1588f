/** `debug ip dhcp server events`, `debug ip dhcp server packet detail`, `debug arp` and `debug ipv6 nd`: the conversations with the phones. */
import { discardReasons } from 'dhcp-server';
import { dhcpLines, summaryOfDhcp } from '../../protocol/dhcp/print.ts';
import type { Veil } from '../../protocol/print.ts';
import type { Debug } from '../../runtime/debug.ts';
import type { AccessTrace } from '../conversations.ts';
import { arpLine, neighbourLine, readAccessFrame, type AccessFrame } from './frames.ts';

export const DHCP_EVENTS = 'ip dhcp server events';
export const DHCP_PACKETS = 'ip dhcp server packet detail';
export const ARP = 'arp';
export const NEIGHBOURS = 'ipv6 nd';
const TOPICS = [DHCP_EVENTS, DHCP_PACKETS, ARP, NEIGHBOURS] as const;
type Topic = (typeof TOPICS)[number];

const MARK = { in: '<-', out: '->' } as const;

/** What each access interface's conversations tell (agent/conversations.ts). */
export function accessDebug(debug: Debug<Topic>, veil: Veil): (device: string, trace: AccessTrace) => void {
  return (device, trace) => {
    if (!TOPICS.some((t) => debug.on(t))) return;
    if (trace.kind !== 'frame') return debug.say(DHCP_EVENTS, () => eventLines(device, trace, veil));
    const { direction, frame } = trace;
    const read = readAccessFrame(frame);
    switch (read?.kind) {
      case undefined:
        return;
      case 'arp':
        return debug.say(ARP, () => arpLine(direction, device, read.packet, veil));
      case 'neighbour':
        return debug.say(NEIGHBOURS, () => neighbourLine(direction, device, read.packet, read.message, veil));
      case 'malformed':
        for (const topic of TOPICS) debug.say(topic, `${MARK[direction]} malformed on ${device}: ${read.reason}`);
        return;
      case 'dhcp':
        debug.say(DHCP_EVENTS, () => dhcpEvent(direction, device, read, veil));
        return debug.say(DHCP_PACKETS, () => [`${MARK[direction]} ${summaryOfDhcp(read.message, veil)} on ${device}`, ...dhcpLines(read.message, veil)]);
    }
  };
}

/** As IOS prints it: `DHCPD: DHCPDISCOVER received from client 0024.d78e.21a4 on interface GigabitEthernet0/1.` */
function dhcpEvent(direction: 'in' | 'out', device: string, { message }: Extract<AccessFrame, { kind: 'dhcp' }>, veil: Veil): string {
  const type = `DHCP${message.options.messageType}`;
  const client = veil(message.chaddr);
  return direction === 'in' ? `DHCPD: ${type} received from client ${client} on interface ${device}.` : `DHCPD: Sending ${type} to client ${client} (${message.yiaddr}) on interface ${device}.`;
}

const REASONS: Readonly<Record<string, string>> = discardReasons;

function eventLines(device: string, trace: Exclude<AccessTrace, { kind: 'frame' }>, veil: Veil): string[] {
  const phone = veil(trace.mac);
  switch (trace.kind) {
    case 'session': {
      const { state, ipv4 } = trace.session;
      return [`DHCPD: client ${phone} on interface ${device}: ${ipv4 ? `${ipv4.address}/${ipv4.prefixLength} for ${ipv4.leaseSeconds} s, router ${ipv4.router}` : 'no address'}, session ${state}.`];
    }
    case 'discard':
      return [`DHCPD: not answered to ${phone} on interface ${device}: ${REASONS[trace.reason] ?? trace.reason}.`];
    case 'wantBinding':
      return [`DHCPD: client ${phone} on interface ${device} wants ${trace.wantedAddress ?? 'an address'} and is held until its registration ends.`];
    case 'releaseIpv4':
      return [`DHCPD: client ${phone} on interface ${device} released its address.`];
    case 'declineIpv4':
      return [`DHCPD: client ${phone} on interface ${device} declined ${trace.address}, which somebody else uses.`];
  }
}
