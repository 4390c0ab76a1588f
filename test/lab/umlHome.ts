/**
 * A home whose gateway is a virtual machine with a kernel of its own. The home's namespace becomes two wires: its WAN and its radio
 * end at interfaces of the machine, which has the gateway's addresses and runs the real agent.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAG_LINK_LOCAL } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { agentConfig } from '../../lab/configuration.ts';
import { ipBatch } from '../../lab/namespaces.ts';
import { roamstead } from '../../lab/paths.ts';
import { until } from '../../lab/processes.ts';
import { ACCESS, RADIO, WAN } from '../../lab/topology.ts';
import type { World } from '../../lab/world.ts';
import { startGuest } from '../datapath/uml.ts';
import type { Guest } from '../datapath/uml.ts';

export interface UmlHome {
  readonly guest: Guest;
  /** Starts the agent and resolves with what it has logged when it is ready. */
  startAgent(more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Ends the agent with this signal. */
  endAgent(signal: 'KILL' | 'INT'): Promise<void>;
  /** The radio says that the phone is here. */
  announce(mac: Mac): Promise<void>;
  /** What the agent answers at its control socket. */
  ask(command: string): Promise<unknown>;
  log(): Promise<string>;
}

const LOG = '/run/agent.log';
const CONTROL = '/run/agent.sock';
const STATIONS = '/run/stations.sock';
/** Seconds for which an agent that starts anew waits for the radio to name the phones that are still there. */
const PATIENCE = 20;
/** Of the kernel's parts that a router without cls_bpf has. */
const MODULES = ['ipv6', 'bridge', 'veth', 'ip_gre', 'ip6_gre', 'nf_tables'];

export async function openUmlHome(world: World, number: number): Promise<UmlHome> {
  const home = world.home(number);
  const taps = ['tap-wan', 'tap-radio'];
  ipBatch(home.namespace, [
    `address flush dev ${WAN}`,
    `link del ${ACCESS}`,
    ...taps.map((tap) => `tuntap add ${tap} mode tap`),
    ...[[WAN, 'tap-wan'], [RADIO, 'tap-radio']].flatMap(([device, tap]) => [
      `link add br-${device} type bridge mcast_snooping 0`,
      ...[device, tap].map((port) => `link set ${port} master br-${device} up`),
      `link set br-${device} up`,
    ]),
  ]);
  const guest = await startGuest({ namespace: home.namespace, taps, modules: MODULES });
  const commands = [
    'for f in all default; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad',
    `ip link set eth0 name ${WAN} up`,
    `ip address add ${home.ipv4}/24 dev ${WAN}`,
    `ip address add ${home.ipv6}/64 dev ${WAN} nodad`,
    `ip route add default via ${home.ipv4Router}`,
    `ip -6 route add default via ${home.ipv6Router}`,
    `ip link add ${ACCESS} type bridge mcast_snooping 0`,
    `ip link set eth1 master ${ACCESS} up`,
    `ip link set ${ACCESS} up`,
    `ip address add ${MAG_LINK_LOCAL}/64 dev ${ACCESS} nodad`,
  ];
  await guest.run(commands.join(' && '));

  const log = () => guest.run(`cat ${LOG}`);
  return {
    guest,
    log,
    async startAgent(more = {}) {
      const file = join(world.folder, `agent${number}.yaml`);
      const interfaces = [{ name: 'hotspot', device: ACCESS, 'scripted-stations': STATIONS }];
      writeFileSync(file, agentConfig(world.folder, world.plan, home, { agent: () => ({ interfaces, 'control-socket': CONTROL, 'state-directory': '/run/agent', scheduling: 'normal', 'discover-mn-detach': { interval: 1, timeout: 0.5, retries: 3, delay: PATIENCE }, ...more }) }));
      await guest.run(`${process.execPath} ${roamstead} agent --config ${file} > ${LOG} 2>&1 & echo $! > /run/agent.pid`);
      await until(`the agent of home ${number}`, 30_000, async () => {
        if (!(await guest.run('kill -0 $(cat /run/agent.pid) 2>/dev/null && echo yes; true')).includes('yes')) throw new Error(`the agent ended: ${await log()}`);
        return (await log()).includes(' is ready');
      });
      return log();
    },
    async endAgent(signal) {
      await guest.run(`kill -${signal} $(cat /run/agent.pid); while kill -0 $(cat /run/agent.pid) 2>/dev/null; do sleep 0.05; done`);
    },
    async announce(mac) {
      const said = await guest.run(`echo '${JSON.stringify({ do: 'attach', interface: ACCESS, mac })}' | socat -t 5 - UNIX-CONNECT:${STATIONS}`);
      if (!said.includes('"ok":true')) throw new Error(`the agent of home ${number} did not take ${mac}: ${said}`);
    },
    ask: async (command) => (JSON.parse(await guest.run(`echo '${JSON.stringify({ command })}' | socat -t 5 - UNIX-CONNECT:${CONTROL}`)) as { result?: unknown }).result,
  };
}
