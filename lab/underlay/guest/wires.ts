/** The commands of examples/underlay, run as an operator would run them: at every home, and at the anchor once for each. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ipv4, Ipv6 } from '../../../protocol/address.ts';
import type { Variation } from '../../configuration.ts';
import { runInside } from '../../namespaces.ts';
import { repository } from '../../paths.ts';
import { WAN, TRANSPORT } from '../../topology.ts';
import type { HomePlan } from '../../topology.ts';
import type { World } from '../../world.ts';
import type { Underlay } from '../results.ts';

const ANCHOR: { readonly ipv4: Ipv4; readonly ipv6: Ipv6 } = { ipv4: '10.213.0.1', ipv6: 'fd00:5213::1' };
const innerOf = ({ number }: HomePlan) => ({ ipv4: `10.213.1.${number}`, ipv6: `fd00:5213::1:${number}` });
const WIREGUARD_PORT = 51820;

type Environment = Readonly<Record<string, string>>;

/** @returns how agents and LMA are to be configured for it */
export function wire(world: World, underlay: Underlay): Variation {
  for (const home of world.plan.homes) {
    const { atHome, atAnchor } = ends(world, underlay, home);
    script(home.namespace, underlay, atHome);
    script(world.plan.lma.namespace, underlay, atAnchor);
  }
  switch (underlay) {
    case 'esp-signalling':
      return {};
    case 'esp-tunnel':
      return { underlay: { device: 'ipsec0', lma: { ipv6: ANCHOR.ipv6 } } };
    case 'wireguard':
      return { underlay: { device: 'wg0', lma: ANCHOR } };
  }
}

/** The home alone does its part once more, after it lost it. */
export const wireHome = (world: World, underlay: Underlay, home: HomePlan): void => script(home.namespace, underlay, ends(world, underlay, home).atHome);

function script(namespace: string, underlay: Underlay, environment: Environment): void {
  runInside(namespace, ['env', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`), 'sh', join(repository, 'examples', 'underlay', `${underlay}.sh`)]);
}

function ends(world: World, underlay: Underlay, home: HomePlan): { readonly atHome: Environment; readonly atAnchor: Environment } {
  return underlay === 'wireguard' ? wireguardEnds(world, home) : espEnds(world, home);
}

function espEnds({ folder, plan }: World, home: HomePlan): { readonly atHome: Environment; readonly atAnchor: Environment } {
  const KEYS = once(join(folder, `esp-home${home.number}`), () => Array.from({ length: 4 }, () => `0x${randomBytes(32).toString('hex')}\n`).join(''));
  const [up, down] = [`0x100${home.number}`, `0x200${home.number}`];
  const [local, remote] = [home.ipv6 ?? '', plan.lma.ipv6];
  const inner = innerOf(home).ipv6;
  return {
    atHome: { ROLE: 'home', LOCAL: local, REMOTE: remote, DEVICE: WAN, INNER_LOCAL: inner, INNER_REMOTE: ANCHOR.ipv6, SPI_OUT: up, SPI_IN: down, KEYS },
    atAnchor: { ROLE: 'lma', LOCAL: remote, REMOTE: local, DEVICE: TRANSPORT, INNER_LOCAL: ANCHOR.ipv6, INNER_REMOTE: inner, SPI_OUT: down, SPI_IN: up, KEYS },
  };
}

function wireguardEnds({ folder, plan }: World, home: HomePlan): { readonly atHome: Environment; readonly atAnchor: Environment } {
  const { lma } = plan;
  const key = (name: string) => once(join(folder, `wg-${name}`), () => runInside(lma.namespace, ['wg', 'genkey']));
  const publicKey = (file: string) => runInside(lma.namespace, ['sh', '-c', `wg pubkey < ${file}`]).trim();
  const [anchorKey, homeKey] = [key('anchor'), key(`home${home.number}`)];
  const [anchor, inner] = [`${ANCHOR.ipv6} ${ANCHOR.ipv4}`, Object.values(innerOf(home)).join(' ')];
  return {
    atHome: { PRIVATE: homeKey, INNER: inner, PEER: publicKey(anchorKey), PEER_INNER: anchor, ENDPOINT: `${lma.ipv4}:${WIREGUARD_PORT}` },
    atAnchor: { PRIVATE: anchorKey, PORT: String(WIREGUARD_PORT), INNER: anchor, PEER: publicKey(homeKey), PEER_INNER: inner },
  };
}

const made = new Set<string>();
function once(file: string, make: () => string): string {
  if (!made.has(file)) writeFileSync(file, make(), { mode: 0o600 });
  made.add(file);
  return file;
}
