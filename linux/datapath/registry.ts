/** Who has which key and address, and what a path must be like: the same for the real adapter and the fake. */
import { PathError, TUNNEL_OVERHEAD } from '../../protocol/paths.ts';
import type { Path } from '../../protocol/paths.ts';
import { MINIMUM_MTU } from './layout.ts';

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

const keyMark = (key: number) => `key 0x${key.toString(16)}`;
const addressMark = (space: number, address: string) => `address ${address} of space ${space}`;
const marks = ({ tunnel, space, ipv4, prefixes }: Path): string[] =>
  [keyMark(tunnel.receiveKey), ...[...(ipv4 ? [ipv4] : []), ...prefixes.map((p) => p.address)].map((a) => addressMark(space, a))];

export function registry({ role, maxPaths, spaces }: Limits): Registry {
  const owner = new Map<string, number>();

  function* faults({ index, space, ipv4, prefixes, tunnel, access }: Path): Generator<string> {
    if (!Number.isInteger(index) || index < 0 || index >= maxPaths) yield `its index is not below ${maxPaths}: configure room for more paths`;
    if (!ipv4 && prefixes.length === 0) yield 'it has no address';
    for (const p of prefixes) if (p.length !== 64) yield `its prefix ${p.address}/${p.length} is no /64`;
    if (!Number.isInteger(space) || space < 0 || space >= spaces) yield `address space ${space} was not configured`;
    const largest = LARGEST_PACKET - TUNNEL_OVERHEAD[tunnel.transport];
    if (tunnel.mtu < MINIMUM_MTU || tunnel.mtu > largest) yield `a tunnel MTU of ${tunnel.mtu} is outside ${MINIMUM_MTU} to ${largest}`;
    if (role === 'mag' && !access) yield 'a MAG has to know the access interface and the MAC of the phone';
    for (const end of [tunnel.local, tunnel.remote]) if (end.includes(':') !== (tunnel.transport === 'gre6')) yield `the tunnel end ${end} does not fit ${tunnel.transport}`;
  }

  const rivals = (path: Path) => [...new Set(marks(path).flatMap((mark) => owner.get(mark) ?? []))].filter((index) => index !== path.index);

  return {
    rivals,
    check(path) {
      const refuse = (why: string): never => {
        throw new PathError(`Path ${path.index} (${path.ipv4 ?? path.prefixes[0]?.address ?? 'no address'}) is refused: ${why}`);
      };
      for (const fault of faults(path)) refuse(fault);
      for (const mark of marks(path)) {
        const other = owner.get(mark);
        if (other !== undefined && other !== path.index) refuse(`${mark} belongs to path ${other}; remove that first`);
      }
    },
    hold(path) {
      for (const mark of marks(path)) owner.set(mark, path.index);
    },
    release(path) {
      for (const mark of marks(path)) if (owner.get(mark) === path.index) owner.delete(mark);
    },
    ofKey: (key) => owner.get(keyMark(key)),
    ofAddress: (space, address) => owner.get(addressMark(space, address)),
  };
}
