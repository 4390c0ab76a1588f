/** Two anchors that share their addresses: both on one segment towards the homes and on one towards the internet, with a Redis between them. */
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { lmaConfig, type Variation } from './configuration.ts';
import { ipBatch, runInside } from './namespaces.ts';
import { roamstead } from './paths.ts';
import type { LabProcess } from './processes.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { INTERNET, TRANSPORT } from './topology.ts';
import type { World } from './world.ts';

export type AnchorNumber = 1 | 2;

export interface Pair {
  readonly redis: RedisServer;
  /** Seconds. */
  readonly lease: number;
  /** What the pair's configuration has besides that of a single anchor. */
  readonly variation: Variation;
  namespace(anchor: AnchorNumber): string;
  socket(anchor: AnchorNumber): string;
  /** Starts the process; it may have to wait for its turn. */
  start(anchor: AnchorNumber): LabProcess;
  /** Cuts the anchor off from homes, store and the other anchor, or joins it again. */
  cut(anchor: AnchorNumber, off: boolean): void;
  /** Cuts it off from the store alone. */
  cutStore(anchor: AnchorNumber, off: boolean): void;
  close(): Promise<void>;
}

const ROUTER = ['net.ipv6.conf.default.accept_dad=0', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'];

/** Of the world that `openWorld` built with one anchor; call it before anything runs there. */
export async function openPair(world: World, lease = 4): Promise<Pair> {
  const { plan, folder } = world;
  const { net, inet, lma } = plan;
  const second = `${plan.options.prefix}lma2`;
  const own = { 1: { transport: ['198.18.250.11/24', '2001:db8:250::11/64'], internet: ['198.51.100.11/24', '2001:db8:251::11/64'] }, 2: { transport: ['198.18.250.12/24', '2001:db8:250::12/64'], internet: ['198.51.100.12/24', '2001:db8:251::12/64'] } };
  const shared = { transport: [`${lma.ipv4}/24`, `${lma.ipv6}/64`], internet: [`${inet.ipv4Router}/24`, `${inet.ipv6Router}/64`] };
  const add = (address: string, device: string): string => `address add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`;

  ipBatch(undefined, [`netns add ${second}`]);
  runInside(second, ['sysctl', '-q', '-w', ...ROUTER]);
  ipBatch(undefined, [`link add lma2 netns ${net} type veth peer name ${TRANSPORT} netns ${second}`, `link add eth2 netns ${inet.namespace} type veth peer name ${INTERNET} netns ${second}`]);
  ipBatch(net, ['link add anchors type bridge mcast_snooping 0', 'address flush dev lma', 'link set lma master anchors', 'link set lma2 master anchors', 'link set lma2 up', ...[`${lma.ipv4Router}/24`, `${lma.ipv6Router}/64`].map((a) => add(a, 'anchors')), 'link set anchors up']);
  ipBatch(inet.namespace, ['link add world type bridge mcast_snooping 0', 'address flush dev eth0', 'link set eth0 master world', 'link set eth2 master world', 'link set eth2 up', ...[`${inet.ipv4}/24`, `${inet.ipv6}/64`].map((a) => add(a, 'world')), 'link set world up', `route replace default via ${inet.ipv4Router}`, `route replace ::/0 via ${inet.ipv6Router}`]);
  ipBatch(lma.namespace, [`address flush dev ${TRANSPORT} scope global`, `address flush dev ${INTERNET} scope global`]);
  for (const anchor of [1, 2] as const) {
    ipBatch(anchor === 1 ? lma.namespace : second, [
      'link set lo up',
      ...own[anchor].transport.map((a) => add(a, TRANSPORT)),
      ...own[anchor].internet.map((a) => add(a, INTERNET)),
      `link set ${TRANSPORT} up`,
      `link set ${INTERNET} up`,
      `route replace default via ${lma.ipv4Router}`,
      `route replace ::/0 via ${lma.ipv6Router}`,
    ]);
  }
  const redis = await startRedis({ folder, listen: { namespace: net, address: lma.ipv4Router } });
  const socket = (anchor: AnchorNumber): string => join(folder, anchor === 1 ? 'lma.sock' : 'lma2.sock');
  const variation = (anchor: AnchorNumber): Variation => ({
    lma: {
      store: { redis: { url: redis.url } },
      standby: { lease, addresses: [...shared.transport.map((address) => ({ address, device: TRANSPORT })), ...shared.internet.map((address) => ({ address, device: INTERNET }))] },
      'control-socket': socket(anchor),
      'state-directory': join(folder, `lma${anchor}-state`),
    },
  });
  const portOf = (anchor: AnchorNumber): string => (anchor === 1 ? 'lma' : 'lma2');

  return {
    redis,
    lease,
    variation: variation(1),
    namespace: (anchor) => (anchor === 1 ? lma.namespace : second),
    socket,
    start(anchor) {
      const name = anchor === 1 ? 'lma' : 'lma2';
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, lmaConfig(folder, plan, variation(anchor)));
      return world.spawn({ name, namespace: anchor === 1 ? lma.namespace : second, argv: [process.execPath, roamstead, 'lma', '--config', file] });
    },
    cut(anchor, off) {
      ipBatch(net, [`link set ${portOf(anchor)} ${off ? 'down' : 'up'}`]);
    },
    cutStore(anchor, off) {
      const namespace = anchor === 1 ? lma.namespace : second;
      if (!off) return void runInside(namespace, ['nft', 'delete', 'table', 'inet', 'nostore']);
      runInside(namespace, ['nft', '-f', '-'], 'table inet nostore {\n chain out {\n type filter hook output priority 0\n tcp dport 6379 drop\n }\n}\n');
    },
    close: () => redis.close(),
  };
}
