/**
 * The phones' DHCP clients: busybox udhcpc and ISC dhclient, each with a script of ours. The distribution's own scripts would
 * rewrite the machine's /etc/resolv.conf; ours touch the namespace's interface only and keep a record of what was granted.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ipv4 } from '../protocol/address.ts';
import { start } from './processes.ts';
import type { LabProcess } from './processes.ts';
import { RADIO } from './topology.ts';
import type { PhonePlan } from './topology.ts';

export type DhcpClient = 'udhcpc' | 'dhclient';

export interface Lease {
  /** The client's own word: bound, renew (udhcpc); BOUND, RENEW, REBIND, REBOOT (dhclient). */
  readonly reason: string;
  readonly address: Ipv4;
  readonly maskBits: number;
  readonly router: Ipv4;
  readonly dns: readonly Ipv4[];
  readonly mtu: number;
  readonly server: Ipv4;
  readonly leaseSeconds: number;
}

/** Both scripts end here: variables in, interface set, one line appended. The default route is on-link, whatever the mask. */
const apply = (record: string) => `apply() {
  [ -n "$mtu" ] && ip link set dev ${RADIO} mtu "$mtu"
  ip -4 address replace "$ip/$bits" dev ${RADIO}
  [ -n "$router" ] && ip -4 route replace default via "$router" dev ${RADIO} onlink
  echo "$reason $ip $bits \${router:-0.0.0.0} \${dns:--} \${mtu:-0} \${server:-0.0.0.0} \${lease:-0}" >> ${record}
}
`;

const udhcpcScript = (record: string) => `#!/bin/sh
${apply(record)}
case "$1" in
  deconfig) ip -4 address flush dev ${RADIO} ;;
  bound|renew) reason=$1; bits=$mask; server=$serverid; set -- $router; router=$1; dns=$(echo $dns | tr ' ' ','); apply ;;
esac
`;

const dhclientScript = (record: string) => `#!/bin/bash
${apply(record)}
case "$reason" in
  BOUND|RENEW|REBIND|REBOOT)
    ip=$new_ip_address; mtu=$new_interface_mtu; server=$new_dhcp_server_identifier; lease=$new_dhcp_lease_time
    set -- $new_routers; router=$1
    dns=$(echo $new_domain_name_servers | tr ' ' ',')
    bits=0; IFS=.; for octet in $new_subnet_mask; do while [ $octet -gt 0 ]; do bits=$((bits + octet % 2)); octet=$((octet / 2)); done; done; unset IFS
    apply ;;
  EXPIRE|FAIL|RELEASE|STOP) ip -4 address flush dev ${RADIO} ;;
esac
exit 0
`;

const DHCLIENT_CONFIG = `request subnet-mask, routers, domain-name-servers, interface-mtu;
timeout 20;
retry 2;
reboot 10;
select-timeout 0;
initial-interval 1;
`;

const recordFile = (folder: string, phone: PhonePlan) => join(folder, `leases${phone.number}`);

/** Starts the client in the foreground. dhclient finds the lease file of an earlier run and then begins with INIT-REBOOT. */
export function startDhcpClient(folder: string, phone: PhonePlan, client: DhcpClient): LabProcess {
  const n = phone.number;
  const script = join(folder, `${client}${n}.sh`);
  writeFileSync(script, (client === 'udhcpc' ? udhcpcScript : dhclientScript)(recordFile(folder, phone)), { mode: 0o755 });
  if (client === 'udhcpc') {
    const argv = ['udhcpc', '-f', '-i', RADIO, '-t', '20', '-T', '1', '-A', '1', '-O', 'mtu', '-s', script];
    return start({ name: `udhcpc${n}`, namespace: phone.namespace, argv, folder });
  }
  const config = join(folder, 'dhclient.conf');
  writeFileSync(config, DHCLIENT_CONFIG);
  const leases = join(folder, `dhclient${n}.leases`);
  if (!existsSync(leases)) writeFileSync(leases, '');
  const argv = ['dhclient', '-4', '-d', '-v', '-cf', config, '-lf', leases, '-pf', join(folder, `dhclient${n}.pid`), '-sf', script, RADIO];
  return start({ name: `dhclient${n}`, namespace: phone.namespace, argv, folder });
}

/** What the phone's client was granted so far, oldest first. */
export function leases(folder: string, phone: PhonePlan): Lease[] {
  const file = recordFile(folder, phone);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => {
    const [reason = '', address = '', bits, router = '', dns = '-', mtu, server = '', lease] = line.split(' ');
    return { reason, address, maskBits: Number(bits), router, dns: dns === '-' ? [] : dns.split(','), mtu: Number(mtu), server, leaseSeconds: Number(lease) };
  });
}
