/** The guide's gateway without a radio: a trunk with the access VLANs 3074 and 4001, behind it a switch, and a phone in each. */
import { ipBatch, LabError, runInside } from '../../lab/namespaces.ts';
import { PHONE_MAC, shellLab, type ShellLab } from './shellLab.ts';

export const VLANS = [3074, 4001] as const;
export type Vlan = (typeof VLANS)[number];
/** The guide's phone is in the first, another one in the second. */
export const PHONES: Readonly<Record<Vlan, string>> = { 3074: PHONE_MAC, 4001: '00:24:d7:8e:21:b5' };

export interface VlanLab extends ShellLab {
  /** Leases an address in that VLAN and configures it as a DHCP script would. */
  leaseIn(vlan: Vlan): string;
  runIn(vlan: Vlan, ...argv: string[]): string;
}

/** Not every kernel has 802.1Q. What is above a VLAN's device never sees a tag, so a wire for each VLAN stands for it there. */
function hasVlans(namespace: string): boolean {
  try {
    ipBatch(namespace, ['link add link trunk name probe type vlan id 1', 'link del probe']);
    return true;
  } catch (e) {
    if (e instanceof LabError && e.message.includes('Unknown device type')) return false;
    throw e;
  }
}

export async function vlanLab(): Promise<VlanLab> {
  const lab = await shellLab();
  const home = lab.namespace('home');
  const other = `${lab.namespace('phone')}b`;
  const air = `${lab.namespace('phone')}s`;
  const namespaces: Readonly<Record<Vlan, string>> = { 3074: lab.namespace('phone'), 4001: other };

  ipBatch(undefined, [`netns add ${other}`, `netns add ${air}`]);
  ipBatch(home, ['link del br-3074', 'link del br-4001', 'link del port0', `link add eth1 type veth peer name trunk netns ${air}`, 'link set eth1 up']);
  // A switch says nothing of its own; whoever is heard is a station.
  runInside(air, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1']);
  ipBatch(air, ['link set trunk up']);
  const tagged = hasVlans(air);
  for (const vlan of VLANS) {
    const ends = tagged ? [`link add link eth1 name eth1.${vlan} type vlan id ${vlan}`] : [`link add eth1.${vlan} type veth peer name v${vlan} netns ${air}`];
    // As examples/mag-vlans.yaml says it is done by hand.
    ipBatch(home, [...ends, `link add br${vlan} type bridge mcast_snooping 0`, `link set eth1.${vlan} master br${vlan}`, `link set eth1.${vlan} up`]);
    ipBatch(air, [
      ...(tagged ? [`link add link trunk name v${vlan} type vlan id ${vlan}`] : []),
      `link add b${vlan} type bridge`,
      `link add p${vlan} type veth peer name eth0 address ${PHONES[vlan]} netns ${namespaces[vlan]}`,
      ...[`v${vlan}`, `p${vlan}`].flatMap((port) => [`link set ${port} master b${vlan}`, `link set ${port} up`]),
      `link set b${vlan} up`,
    ]);
    ipBatch(namespaces[vlan], ['link set lo up', 'link set eth0 up']);
  }

  const runIn = (vlan: Vlan, ...argv: string[]): string => runInside(namespaces[vlan], argv);
  return {
    ...lab,
    runIn,
    leaseIn(vlan) {
      const said = runIn(vlan, 'sh', '-c', 'udhcpc -f -q -n -i eth0 -s /bin/true -t 10 -T 1 2>&1');
      const address = /lease of (\S+) obtained/.exec(said)?.[1] ?? said;
      ipBatch(namespaces[vlan], [`address replace ${address}/24 dev eth0`, 'route replace default via 192.0.2.254']);
      return address;
    },
    async close() {
      await lab.close();
      ipBatch(undefined, [`netns del ${other}`, `netns del ${air}`]);
    },
  };
}
