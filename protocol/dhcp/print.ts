/** DHCP messages for people: one line with what matters, and every option by its row of the table. */
import { ANY_IPV4 } from '../address.ts';
import { spaced, type Veil } from '../print.ts';
import type { DhcpMessage } from './message.ts';
import { dhcpOptions, type DhcpOptionName, type DhcpOptions } from './options.ts';

/** `DHCPREQUEST xid 0x3903f326 chaddr 00:24:d7:8e:21:a4 requested 192.0.2.1` */
export function summaryOfDhcp(m: DhcpMessage, veil: Veil): string {
  const { requestedAddress, serverIdentifier } = m.options;
  return [
    `DHCP${m.options.messageType}`,
    `xid 0x${m.xid.toString(16).padStart(8, '0')}`,
    `chaddr ${veil(m.chaddr)}`,
    ...(['ciaddr', 'yiaddr', 'giaddr'] as const).flatMap((name) => (m[name] === ANY_IPV4 ? [] : [`${name} ${m[name]}`])),
    ...(requestedAddress === undefined ? [] : [`requested ${requestedAddress}`]),
    ...(serverIdentifier === undefined ? [] : [`server ${serverIdentifier}`]),
  ].join(' ');
}

/** A line for each option: `  lease time (51): 3600`. */
export function dhcpLines(m: DhcpMessage, veil: Veil): string[] {
  const { unknown = [], ...known } = m.options;
  return [
    `  secs ${m.secs}, hops ${m.hops}${m.flags.broadcast ? ', broadcast' : ''}${m.sname === undefined ? '' : `, sname ${m.sname}`}${m.file === undefined ? '' : `, file ${m.file}`}`,
    ...(Object.entries(known) as [DhcpOptionName, DhcpOptions[DhcpOptionName]][]).flatMap(([name, value]) => (value === undefined ? [] : [`  ${spaced(name)} (${dhcpOptions[name].code}): ${valueOf(name, value, m, veil)}`])),
    // Among them what names its owner, such as the client's domain name (81).
    ...unknown.map(({ code, data }) => `  option ${code}: ${data === '' ? 'empty' : veil(data)}`),
  ];
}

const ETHERNET_TYPE = '01:';

function valueOf(name: DhcpOptionName, value: unknown, m: DhcpMessage, veil: Veil): string {
  if (Array.isArray(value)) return value.join(' ');
  // People know a phone by these as well as by its MAC.
  if (name === 'clientIdentifier') return value === `${ETHERNET_TYPE}${m.chaddr}` ? `${ETHERNET_TYPE}${veil(m.chaddr)}` : veil(String(value));
  if (name === 'hostName' || name === 'vendorClass') return veil(String(value));
  return String(value);
}
