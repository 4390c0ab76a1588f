/** What the anchor's schema cannot say: names that must exist, networks that must not overlap, keys that must be there. */
import { inPrefix, ipv4ToNumber, isIpv4, isIpv6, parsePrefix, sameSubnet } from '../protocol/address.ts';
import type { Problem } from '../runtime/config.ts';
import type { LmaFile } from './config.ts';

type Path = Problem['path'];
const problem = (path: Path, message: string): Problem => ({ path, message });
const unless = (holds: boolean, path: Path, message: string): Problem[] => (holds ? [] : [problem(path, message)]);

export function problemsOf(f: LmaFile): Problem[] {
  return [
    ...f['ip-pools'].flatMap((_, i) => ipPool(f, i)),
    ...f['ipv6-pools'].flatMap((_, i) => ipv6Pool(f, i)),
    ...f.apns.flatMap((_, i) => apn(f, i)),
    ...f['mobile-access-gateways'].flatMap((_, i) => gateway(f, i)),
    ...duplicates(f, 'ip-pools', (p) => p.name),
    ...duplicates(f, 'ipv6-pools', (p) => p.name),
    ...duplicates(f, 'apns', (a) => a.name.toLowerCase()),
    ...duplicates(f, 'mobile-access-gateways', (m) => m.id),
    ...unless(f.datapath !== 'bpf' || f.transport.length > 0, ['datapath'], 'bpf needs transport: [DEVICE, ...], the devices on which tunnels arrive'),
  ];
}

function ipPool(f: LmaFile, i: number): Problem[] {
  const { network, 'subscriber-gw-address': router } = f['ip-pools'][i] as LmaFile['ip-pools'][number];
  const [address, length] = network4(network);
  const path = ['ip-pools', i, 'network'];
  if (!isIpv4(address) || length < 8 || length > 30) return [problem(path, `expected an IPv4 network of /8 to /30, found ${network}`)];
  const size = 2 ** (32 - length);
  const host = ipv4ToNumber(router) % size;
  const overlaps = f['ip-pools'].slice(0, i).find((p) => overlap4(p.network, network) && spacesOf(f, 'ip-pool', p.name).some((s) => spacesOf(f, 'ip-pool', f['ip-pools'][i]?.name).includes(s)));
  return [
    ...unless(sameSubnet(address, router, length) && host !== 0 && host !== size - 1, ['ip-pools', i, 'subscriber-gw-address'], `expected an address of a host in ${network}, found ${router}`),
    ...unless(!overlaps, path, `${network} overlaps the pool ${overlaps?.name} of the same address space`),
  ];
}

function ipv6Pool(f: LmaFile, i: number): Problem[] {
  const prefix = parsePrefix((f['ipv6-pools'][i] as LmaFile['ipv6-pools'][number]).prefix);
  const path = ['ipv6-pools', i, 'prefix'];
  const overlaps = f['ipv6-pools'].slice(0, i).find((p) => {
    const other = parsePrefix(p.prefix);
    return inPrefix(prefix.address, other) || inPrefix(other.address, prefix);
  });
  return [...unless(prefix.length >= 8 && prefix.length <= 62, path, `expected a prefix of /8 to /62, of which each session gets a /64, found /${prefix.length}`), ...unless(!overlaps, path, `overlaps the pool ${overlaps?.name}`)];
}

function apn(f: LmaFile, i: number): Problem[] {
  const a = f.apns[i] as LmaFile['apns'][number];
  const pool = (kind: 'ip-pool' | 'ipv6-pool', known: readonly string[]) => {
    const name = a[kind];
    if (name === undefined) return [];
    const shared = spacesOf(f, kind, name).length > 1;
    return [
      ...unless(known.includes(name), ['apns', i, kind], `expected one of the ${kind}s (${known.join(', ') || 'none is defined'}), found ${name}`),
      ...unless(!shared, ['apns', i, kind], `${name} serves APNs of two address spaces: give each space a pool of its own`),
    ];
  };
  return [
    ...pool('ip-pool', f['ip-pools'].map((p) => p.name)),
    ...pool('ipv6-pool', f['ipv6-pools'].map((p) => p.name)),
    ...unless(a['ip-pool'] !== undefined || a['ipv6-pool'] !== undefined, ['apns', i], `${a.name} has neither ip-pool nor ipv6-pool, so it can give nobody an address`),
  ];
}

function gateway(f: LmaFile, i: number): Problem[] {
  const m = f['mobile-access-gateways'][i] as LmaFile['mobile-access-gateways'][number];
  const path = ['mobile-access-gateways', i];
  const keyed = m.key !== undefined || m['key-file'] !== undefined;
  return [
    ...unless(m.key === undefined || m['key-file'] === undefined, path, `${m.id} has both key and key-file`),
    ...unless(keyed || f.authentication === 'optional', path, `${m.id} has no key: give it one (openssl rand -hex 20), or set authentication: optional and list its addresses`),
    ...unless(keyed || f.authentication === 'required' || m.addresses !== undefined, path, `${m.id} has neither key nor addresses, so nothing would tell it from a stranger`),
    ...(m.addresses ?? []).flatMap((a, n) => unless(isAddressOrPrefix(a), [...path, 'addresses', n], `expected an address or a prefix, found ${a}`)),
  ];
}

function duplicates<K extends 'ip-pools' | 'ipv6-pools' | 'apns' | 'mobile-access-gateways'>(f: LmaFile, key: K, nameOf: (item: LmaFile[K][number]) => string): Problem[] {
  const seen = new Set<string>();
  return f[key].flatMap((item, i) => {
    const name = nameOf(item);
    const again = seen.has(name);
    seen.add(name);
    return unless(!again, [key, i], `${name} is defined twice`);
  });
}

const spacesOf = (f: LmaFile, kind: 'ip-pool' | 'ipv6-pool', name: string | undefined): number[] => [...new Set(f.apns.filter((a) => a[kind] === name).map((a) => a['address-space']))];

const network4 = (text: string): [address: string, length: number] => [text.split('/')[0] as string, Number(text.split('/')[1])];

function overlap4(a: string, b: string): boolean {
  const [first, firstLength] = network4(a);
  const [second, secondLength] = network4(b);
  return isIpv4(first) && isIpv4(second) && sameSubnet(first, second, Math.min(firstLength, secondLength));
}

function isAddressOrPrefix(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const longest = isIpv4(address) ? 32 : isIpv6(address) ? 128 : -1;
  return longest > 0 && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest));
}
