/** What the anchor's schema cannot say: names that must exist, networks that must not overlap, keys that must be there. */
import { inPrefix, ipv4ToNumber, isIpv4, isIpv6, parsePrefix, sameSubnet } from '../protocol/address.ts';
import { MAX_SPACES } from '../linux/datapath/layout.ts';
import type { Problem } from '../runtime/config.ts';
import { heartbeatProblems } from '../runtime/heartbeatConfig.ts';
import { accountingProblems } from './accounting/config.ts';
import { apnsOf, poolsOf, type LmaFile, type ServiceFile } from './config.ts';
import { planOf } from './egress/config.ts';
import { storeProblems } from './store/config.ts';
import { redirectProblems } from './updatesConfig.ts';

type Path = Problem['path'];
const problem = (path: Path, message: string): Problem => ({ path, message });
const unless = (holds: boolean, path: Path, message: string): Problem[] => (holds ? [] : [problem(path, message)]);

export function problemsOf(f: LmaFile): Problem[] {
  return [
    ...f['lma-services'].flatMap((_, i) => service(f, i)),
    ...f['ip-pools'].flatMap((_, i) => ipPool(f, i)),
    ...f['ipv6-pools'].flatMap((_, i) => ipv6Pool(f, i)),
    ...overlaps(f),
    ...(['bogons', 'management'] as const).flatMap((key) => f.egress[key].flatMap((n, i) => unless(isAddressOrPrefix(n), ['egress', key, i], `expected an address or a prefix, found ${n}`))),
    ...f.apns.flatMap((_, i) => apn(f, i)),
    ...f['mobile-access-gateways'].flatMap((_, i) => gateway(f, i)),
    ...duplicates(f, 'ip-pools', (p) => p.name),
    ...duplicates(f, 'ipv6-pools', (p) => p.name),
    ...duplicates(f, 'apns', (a) => `${a.name.toLowerCase()}${f['lma-services'].length > 1 ? ` of ${serviceOf(f, a)}` : ''}`),
    ...duplicates(f, 'lma-services', (s) => s.name),
    ...duplicates(f, 'mobile-access-gateways', (m) => m.id),
    ...duplicates(f, 'mag-timers', (t) => t.name),
    ...(['apns', 'mobile-access-gateways', 'nodes'] as const).flatMap((key) => f[key].flatMap((row, i) => known(f, row['lma-service'], [key, i, 'lma-service']))),
    ...f.nodes.flatMap((n, i) => unless(n['access-proof'] !== 'required' || f.aaa !== undefined, ['nodes', i, 'access-proof'], 'nothing can be proved without the section aaa, through which the homes’ RADIUS comes')),
    ...f.apns.flatMap((a, i) => unless(!a.hold || f.datapath === 'bpf', ['apns', i, 'hold'], 'packets are held by the data path: it needs datapath: bpf')),
    ...storeProblems(f),
    ...unless(f.datapath !== 'bpf' || f.transport.length > 0, ['datapath'], 'bpf needs transport: [DEVICE, ...], the devices on which tunnels arrive'),
  ];
}

const namesOf = (f: LmaFile): string[] => f['lma-services'].map((s) => s.name);

/** With a single service it need not be said. */
const serviceOf = (f: LmaFile, { 'lma-service': name }: LmaFile['apns'][number]): string => name ?? (f['lma-services'][0] as ServiceFile).name;

const known = (f: LmaFile, name: string | undefined, path: Path): Problem[] => unless(name === undefined || namesOf(f).includes(name), path, `expected one of the lma-services (${namesOf(f).join(', ')}), found ${name}`);

function service(f: LmaFile, i: number): Problem[] {
  const s = f['lma-services'][i] as ServiceFile;
  const path = ['lma-services', i];
  const space = s['address-space'];
  const others = f['lma-services'].slice(0, i);
  return [
    ...accountingProblems(s.accounting, [...path, 'accounting']),
    ...redirectProblems(s, f.authentication === 'required', path),
    ...heartbeatProblems(s.heartbeat, [...path, 'heartbeat']),
    ...unless(apnsOf(f, s).length > 0, path, `${s.name} has no APN: give one  lma-service: ${s.name}`),
    ...unless(space < MAX_SPACES, [...path, 'address-space'], `expected a number below ${MAX_SPACES}, found ${space}`),
    ...unless(!s.upstream || space > 0, [...path, 'upstream'], 'address space 0 goes the way of the machine itself: give the service another address-space'),
    ...unless(!s.upstream || !others.some((o) => o['address-space'] === space && o.upstream), [...path, 'upstream'], `another service of address space ${space} has an upstream already`),
    ...s['bind-address'].flatMap((address, n) => {
      const other = others.find((o) => o['bind-address'].includes(address));
      return unless(!other, [...path, 'bind-address', n], `${address} is bound by ${other?.name}: each service has addresses of its own`);
    }),
  ];
}

function ipPool(f: LmaFile, i: number): Problem[] {
  const { network, 'subscriber-gw-address': router } = f['ip-pools'][i] as LmaFile['ip-pools'][number];
  const [address, length] = network4(network);
  const path = ['ip-pools', i, 'network'];
  if (!isIpv4(address) || length < 8 || length > 30) return [problem(path, `expected an IPv4 network of /8 to /30, found ${network}`)];
  const size = 2 ** (32 - length);
  const host = ipv4ToNumber(router) % size;
  return [
    ...unless(sameSubnet(address, router, length) && host !== 0 && host !== size - 1, ['ip-pools', i, 'subscriber-gw-address'], `expected an address of a host in ${network}, found ${router}`),
    ...translation(f, i),
  ];
}

function translation(f: LmaFile, i: number): Problem[] {
  const pool = f['ip-pools'][i] as LmaFile['ip-pools'][number];
  if (!pool.nat44) return [];
  const path = ['ip-pools', i, 'nat44'];
  const [address, length] = network4(pool.nat44.outside);
  if (!isIpv4(address) || length < 8 || length > 32) return [problem(path, `expected an IPv4 network of /8 to /32, found ${pool.nat44.outside}`)];
  const plan = planOf(pool.network, pool.nat44);
  const other = f['ip-pools'].slice(0, i).find((p) => p.nat44 && overlap(p.nat44.outside, pool.nat44?.outside ?? ''));
  return [...(typeof plan === 'string' ? [problem(path, plan)] : []), ...unless(!other, path, `${pool.nat44.outside} overlaps the outside addresses of ${other?.name}`)];
}

function ipv6Pool(f: LmaFile, i: number): Problem[] {
  const prefix = parsePrefix((f['ipv6-pools'][i] as LmaFile['ipv6-pools'][number]).prefix);
  return unless(prefix.length >= 8 && prefix.length <= 62, ['ipv6-pools', i, 'prefix'], `expected a prefix of /8 to /62, of which each session gets a /64, found /${prefix.length}`);
}

/** Pools of one address space have no address in common; those of two may. */
function overlaps(f: LmaFile): Problem[] {
  const pools = poolsOf(f);
  return pools.flatMap((pool, i) => {
    const other = pools.slice(0, i).find((o) => o.name !== pool.name && o.space === pool.space && overlap(o.prefix, pool.prefix));
    const key = pool.prefix.includes(':') ? 'ipv6-pools' : 'ip-pools';
    const path = [key, f[key].findIndex((p) => p.name === pool.name), key === 'ip-pools' ? 'network' : 'prefix'];
    return unless(!other, path, `${pool.prefix} overlaps the pool ${other?.name} of the same address space`);
  });
}

function apn(f: LmaFile, i: number): Problem[] {
  const a = f.apns[i] as LmaFile['apns'][number];
  const pool = (kind: 'ip-pool' | 'ipv6-pool', known: readonly string[]) => {
    const name = a[kind];
    if (name === undefined) return [];
    const users = new Set(f.apns.filter((other) => other[kind] === name).map((other) => serviceOf(f, other)));
    return [
      ...unless(known.includes(name), ['apns', i, kind], `expected one of the ${kind}s (${known.join(', ') || 'none is defined'}), found ${name}`),
      ...unless(users.size < 2, ['apns', i, kind], `${name} serves APNs of two lma-services: give each service a pool of its own`),
    ];
  };
  return [
    ...unless(a['lma-service'] !== undefined || f['lma-services'].length === 1, ['apns', i], `say which lma-service ${a.name} is of (${namesOf(f).join(', ')})`),
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
    ...unless(m.timers === undefined || f['mag-timers'].some((t) => t.name === m.timers), [...path, 'timers'], `expected one of the mag-timers (${f['mag-timers'].map((t) => t.name).join(', ') || 'none is defined'}), found ${m.timers}`),
    ...(m.addresses ?? []).flatMap((a, n) => unless(isAddressOrPrefix(a), [...path, 'addresses', n], `expected an address or a prefix, found ${a}`)),
  ];
}

function duplicates<K extends 'lma-services' | 'ip-pools' | 'ipv6-pools' | 'apns' | 'mobile-access-gateways' | 'mag-timers'>(f: LmaFile, key: K, nameOf: (item: LmaFile[K][number]) => string): Problem[] {
  const seen = new Set<string>();
  return f[key].flatMap((item, i) => {
    const name = nameOf(item);
    const again = seen.has(name);
    seen.add(name);
    return unless(!again, [key, i], `${name} is defined twice`);
  });
}


const network4 = (text: string): [address: string, length: number] => [text.split('/')[0] as string, Number(text.split('/')[1])];

function overlap(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false;
  if (a.includes(':')) return inPrefix(parsePrefix(a).address, parsePrefix(b)) || inPrefix(parsePrefix(b).address, parsePrefix(a));
  const [first, firstLength] = network4(a);
  const [second, secondLength] = network4(b);
  return isIpv4(first) && isIpv4(second) && sameSubnet(first, second, Math.min(firstLength, secondLength));
}

function isAddressOrPrefix(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const longest = isIpv4(address) ? 32 : isIpv6(address) ? 128 : -1;
  return longest > 0 && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest));
}
