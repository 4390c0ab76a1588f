/** Who has which key and address, and what a path must be like: the same for the real adapter and the fake. */
import { PathError, TUNNEL_OVERHEAD } from '../../protocol/paths.ts';
import type { Path } from '../../protocol/paths.ts';
import { MINIMUM_MTU } from './layout.ts';
import { LEAST_RATE } from './rates.ts';

export interface Limits {
  readonly role: 'mag' | 'lma';
  readonly maxPaths: number;
  /** Address spaces: 0 to this less one. */
  readonly spaces: number;
}

export interface Registry {
  /** @throws PathError in words, when the path is not to be set */
  check(path: Path): void;
  /** Indexes of other paths that have what this one wants. */
  rivals(path: Path): number[];
  hold(path: Path): void;
  release(path: Path): void;
  /** Index of the path with this receive key. */
  ofKey(key: number): number | undefined;
  /** Index of the path with this IPv4 address or /64. */
  ofAddress(space: number, address: string): number | undefined;
}

const LARGEST_PACKET = 65_535;

export function registry({ role, maxPaths, spaces }: Limits): Registry {
  const byKey = new Map<number, number>();
  const byAddress = new Map<number, Map<string, number>>();

  const addressesOf = (space: number): Map<string, number> => {
    const found = byAddress.get(space) ?? new Map<string, number>();
    byAddress.set(space, found);
    return found;
  };

  function* faults({ index, space, ipv4, prefixes, tunnel, access, rates }: Path): Generator<string> {
    if (!Number.isInteger(index) || index < 0 || index >= maxPaths) yield `its index is not below ${maxPaths}: configure room for more paths`;
    if (!ipv4 && prefixes.length === 0) yield 'it has no address';
    for (const p of prefixes) if (p.length !== 64) yield `its prefix ${p.address}/${p.length} is no /64`;
    if (!Number.isInteger(space) || space < 0 || space >= spaces) yield `address space ${space} was not configured`;
    const largest = LARGEST_PACKET - TUNNEL_OVERHEAD[tunnel.transport];
    if (tunnel.mtu < MINIMUM_MTU || tunnel.mtu > largest) yield `a tunnel MTU of ${tunnel.mtu} is outside ${MINIMUM_MTU} to ${largest}`;
    if (role === 'mag' && !access) yield 'a MAG has to know the access interface and the MAC of the phone';
    for (const end of [tunnel.local, tunnel.remote]) if (end.includes(':') !== (tunnel.transport === 'gre6')) yield `the tunnel end ${end} does not fit ${tunnel.transport}`;
    for (const { rate, burst } of [rates?.up, rates?.down].filter((r) => r !== undefined)) if (!(rate >= LEAST_RATE) || !(burst > 0)) yield `a rate of ${rate} bit/s with bursts of ${burst} octets is none: at least ${LEAST_RATE} bit/s and one octet`;
  }

  /** Key and addresses, each with who has it. */
  function* claims({ tunnel, space, ipv4, prefixes }: Path): Generator<readonly [what: string, owner: number | undefined]> {
    yield [`key 0x${tunnel.receiveKey.toString(16)}`, byKey.get(tunnel.receiveKey)];
    const addresses = addressesOf(space);
    if (ipv4) yield [`address ${ipv4} of space ${space}`, addresses.get(ipv4)];
    for (const { address } of prefixes) yield [`address ${address} of space ${space}`, addresses.get(address)];
  }

  function isFree({ tunnel, space, ipv4, prefixes }: Path): boolean {
    const addresses = addressesOf(space);
    return !byKey.has(tunnel.receiveKey) && !(ipv4 && addresses.has(ipv4)) && !prefixes.some((p) => addresses.has(p.address));
  }

  return {
    rivals: (path) => (isFree(path) ? [] : [...new Set(Array.from(claims(path)).flatMap(([, owner]) => (owner === undefined || owner === path.index ? [] : [owner])))]),
    check(path) {
      const refuse = (why: string): never => {
        throw new PathError(`Path ${path.index} (${path.ipv4 ?? path.prefixes[0]?.address ?? 'no address'}) is refused: ${why}`);
      };
      for (const fault of faults(path)) refuse(fault);
      if (isFree(path)) return;
      for (const [what, owner] of claims(path)) if (owner !== undefined && owner !== path.index) refuse(`${what} belongs to path ${owner}; remove that first`);
    },
    hold({ index, tunnel, space, ipv4, prefixes }) {
      const addresses = addressesOf(space);
      byKey.set(tunnel.receiveKey, index);
      if (ipv4) addresses.set(ipv4, index);
      for (const { address } of prefixes) addresses.set(address, index);
    },
    release({ index, tunnel, space, ipv4, prefixes }) {
      const addresses = addressesOf(space);
      if (byKey.get(tunnel.receiveKey) === index) byKey.delete(tunnel.receiveKey);
      for (const address of [...(ipv4 ? [ipv4] : []), ...prefixes.map((p) => p.address)]) if (addresses.get(address) === index) addresses.delete(address);
    },
    ofKey: (key) => byKey.get(key),
    ofAddress: (space, address) => byAddress.get(space)?.get(address),
  };
}
