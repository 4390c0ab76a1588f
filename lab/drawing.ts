/** The lab as a picture, with this lab's own numbers. Pure. */
import type { HomePlan, Plan } from './topology.ts';

function home(h: HomePlan): string {
  const addresses = [h.ipv6, h.ipv4].filter(Boolean).join(' ');
  const wan = [h.wanMtu === 1500 ? '' : `WAN ${h.wanMtu} octets`, h.nat ? `behind a NAT as ${h.nat.outside}` : ''].filter(Boolean).join(', ');
  return `  ${`home${h.number}`.padEnd(8)} ${addresses}${wan ? `  (${wan})` : ''}`;
}

export function drawing(plan: Plan): string {
  const { phones, homes, lma, inet, options } = plan;
  const wire = options.delayMs > 0 ? `=[${options.delayMs} ms each way]=` : '=';
  return [
    '',
    `  phone${phones.length > 1 ? `1..${phones.length}` : '1'} ~~Wi-Fi~~ [home1 | home2${homes.length > 2 ? ` | ..${homes.length}` : ''}] == transport =${wire} LMA == internet host`,
    '   moves; runs      agent (MAG), hostapd        GRE tunnel with a key      anchors    TCP and UDP',
    '   nothing of ours                              per subscriber             addresses  with the phones',
    '',
    ...homes.map(home),
    `  ${'LMA'.padEnd(8)} ${lma.ipv6} ${lma.ipv4}`,
    `  ${'internet'.padEnd(8)} ${inet.ipv6} ${inet.ipv4}`,
    '',
  ].join('\n');
}
