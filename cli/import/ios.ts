/** The commands of an IOS MAG, as the guide and the IP Mobility configuration guide have them. */
import { attention, ignored, type Dialect, type Line, type Row } from './parser.ts';

export interface Nai {
  readonly nai: string;
  readonly line: Line;
  apn?: string;
  lma?: string;
  service?: string;
  mac?: string;
}

export interface RadiusServer {
  readonly address: string;
  readonly authPort: number;
  readonly acctPort: number;
  key?: string;
}

export interface AccessInterface {
  readonly name: string;
  defaultProfile?: string;
}

export interface MagDraft {
  domain?: string;
  mag?: { readonly name: string; readonly line: Line };
  address: { ipv4?: string; ipv6?: string };
  sequence: boolean;
  loadAaa?: Line;
  lmas: { readonly id: string; ipv6?: string; ipv4?: string }[];
  nais: Nai[];
  access: AccessInterface[];
  /** By name: what the rest of the file says of an interface. */
  interfaces: Map<string, { vlan?: string; readonly addresses: string[] }>;
  timers: Record<string, number>;
  discover?: Record<string, number>;
  maxBindings?: number;
  /** Of the group that profiles come from, and of all. */
  groups: Map<string, RadiusServer[]>;
  group?: string;
  servers: RadiusServer[];
  radius: Record<string, number>;
  key?: string;
}

export const newMag = (): MagDraft => ({ address: {}, sequence: false, lmas: [], nais: [], access: [], interfaces: new Map(), timers: {}, groups: new Map(), servers: [], radius: {} });

type R = Row<MagDraft>;
const last = <T>(all: readonly T[]): T | undefined => all.at(-1);
const whole = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
/** `GigabitEthernet 0/1/0.3074` and `GigabitEthernet0/1/0.3074` are one. */
const interfaceName = (text: string): string => text.replaceAll(' ', '');

/** A number goes where it belongs; anything else is somebody's to look at. */
const number =
  (name: string, put: (d: MagDraft, n: number) => void): NonNullable<R['take']> =>
  (d, w) => {
    const n = whole(w[name] ?? '');
    if (n === undefined) return attention(`expected a number, found ${w[name]}`);
    put(d, n);
    return undefined;
  };

const interfaceOf = (d: MagDraft, name: string) => {
  const found = d.interfaces.get(name);
  if (found) return found;
  const made: { vlan?: string; readonly addresses: string[] } = { addresses: [] };
  d.interfaces.set(name, made);
  return made;
};
const current = (d: MagDraft) => [...d.interfaces.values()].at(-1);
const put = (d: MagDraft, address: string): undefined => void current(d)?.addresses.push(address);
function vlan(d: MagDraft, id: string): undefined {
  const i = current(d);
  if (i) i.vlan = id;
}

const ATTRIBUTES = 'the agent has its own set of attributes, among them NAS-Identifier and the MAC as Calling-Station-Id: there is nothing to choose';
const ACCESS_LOGIN = 'the operating system says who may log in to the gateway';

const rows: readonly R[] = [
  { mode: 'global', words: 'ipv6 unicast-routing', ignored: 'the kernel forwards: sysctl net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1' },
  { mode: 'global', words: 'hostname <name>', ignored: 'the operating system has the name' },
  { mode: 'global', words: 'ip dhcp pool <name>', enter: 'dhcp-pool', ignored: 'the agent answers DHCP itself with what the LMA assigned: no pool is needed' },
  ...['network <rest...>', 'default-router <rest...>', 'dns-server <rest...>', 'domain-name <rest...>', 'lease <rest...>'].map((words): R => ({ mode: 'dhcp-pool', words, ignored: 'of a DHCP pool that is not needed: the LMA assigns' })),
  { mode: 'global', words: 'ipv6 mobile pmipv6-domain <domain>', enter: 'domain', take: (d, w) => void (d.domain = w['domain'] as string) },
  {
    mode: 'global',
    words: 'ipv6 mobile pmipv6-mag <mag> domain <domain>',
    enter: 'mag',
    take: (d, w, line) => {
      const before = d.mag;
      d.mag ??= { name: w['mag'] as string, line };
      d.domain ??= w['domain'] as string;
      return before ? attention(`a second MAG in one file: only ${before.name} is imported`) : d.domain === w['domain'] ? undefined : attention(`its domain is ${w['domain']}, but ${d.domain} is the one defined`);
    },
  },

  { mode: 'domain', words: 'replay-protection timestamp', take: (d) => void (d.sequence = false) },
  {
    mode: 'domain',
    words: 'replay-protection timestamp window <window>',
    take: (d, w) => {
      d.sequence = false;
      return ignored(`the window (${w['window']}) is checked by the LMA: timestamp-replay-protection-tolerance there`);
    },
  },
  { mode: 'domain', words: 'replay-protection sequence-number', take: (d) => void (d.sequence = true) },
  { mode: 'domain', words: 'mn-profile-load-aaa', take: (d, _, line) => void (d.loadAaa = line) },
  { mode: 'domain', words: 'lma <id>', enter: 'lma', take: (d, w) => void (d.lmas.some((l) => l.id === w['id']) || d.lmas.push({ id: w['id'] as string })) },
  { mode: 'lma', words: 'ipv6-address <address>', take: (d, w) => address(d, 'ipv6', w['address'] as string) },
  { mode: 'lma', words: 'ipv4-address <address>', take: (d, w) => address(d, 'ipv4', w['address'] as string) },
  { mode: 'domain', words: 'nai <nai>', enter: 'nai', take: (d, w, line) => void d.nais.push({ nai: w['nai'] as string, line }) },
  { mode: 'nai', words: 'apn <apn>', take: (d, w) => set(d, 'apn', w['apn']) },
  { mode: 'nai', words: 'lma <id>', take: (d, w) => set(d, 'lma', w['id']) },
  { mode: 'nai', words: 'service <service>', take: (d, w) => (['ipv4', 'ipv6', 'dual'].includes(w['service'] ?? '') ? set(d, 'service', w['service']) : attention('expected ipv4, ipv6 or dual')) },
  { mode: 'nai', words: 'int att <att> l2-addr <mac>', take: (d, w) => (set(d, 'mac', w['mac']), /^wlan$/i.test(w['att'] ?? '') ? undefined : attention(`the access technology is always WLAN here, not ${w['att']}`)) },
  { mode: 'nai', words: 'customer <rest...>', ignored: 'customers share no addresses here: an lma-service with an address-space of its own separates them' },

  { mode: 'mag', words: 'role <role>', ignored: 'the PBU is the same for every role' },
  { mode: 'mag', words: 'address ipv6 <address>', take: (d, w) => void (d.address.ipv6 = w['address'] as string) },
  { mode: 'mag', words: 'address ipv4 <address>', take: (d, w) => void (d.address.ipv4 = w['address'] as string) },
  { mode: 'mag', words: 'interface <name...>', enter: 'mag-interface', take: (d, w) => void d.access.push({ name: interfaceName(w['name'] as string) }) },
  { mode: 'mag-interface', words: 'enable pmipv6 default <profile>', take: (d, w) => void ((last(d.access) as AccessInterface).defaultProfile = w['profile'] as string) },
  {
    mode: 'mag',
    words: 'discover-mn-detach poll interval <interval> timeout <timeout> retries <retries>',
    take: (d, w) => discover(d, { interval: w['interval'], timeout: w['timeout'], retries: w['retries'] }),
  },
  { mode: 'mag', words: 'discover-mn-detach <interval> <timeout>', take: (d, w) => discover(d, { interval: w['interval'], timeout: w['timeout'] }) },
  { mode: 'mag', words: 'binding lifetime <n>', take: number('n', (d, n) => void (d.timers['binding-lifetime'] = n)) },
  { mode: 'mag', words: 'binding refresh-time <n>', take: number('n', (d, n) => void (d.timers['binding-refresh-time'] = n)) },
  { mode: 'mag', words: 'binding max retx-time <n>', take: number('n', (d, n) => void (d.timers['initial-retransmit-time'] = n)) },
  { mode: 'mag', words: 'binding init-retx-time <n>', take: number('n', (d, n) => void (d.timers['initial-retransmit-time'] = n / 1000)) },
  { mode: 'mag', words: 'binding max-retx-time <n>', take: number('n', (d, n) => void (d.timers['max-retransmit-time'] = n > 600 ? n / 1000 : n)) },
  { mode: 'mag', words: 'binding maximum <n>', take: number('n', (d, n) => void (d.maxBindings = n)) },
  { mode: 'mag', words: 'bri delay min <n>', take: number('n', (d, n) => void (d.timers['bri-delay-min'] = n)) },
  { mode: 'mag', words: 'bri delay max <n>', take: number('n', (d, n) => void (d.timers['bri-delay-max'] = n)) },
  { mode: 'mag', words: 'bri retries <n>', take: number('n', (d, n) => void (d.timers['bri-retries'] = n)) },
  { mode: 'mag', words: 'encap <rest...>', ignored: 'tunnels are GRE with a key per subscriber, over the transport that LMA and gateway share' },
  { mode: 'mag', words: 'generate grekey', ignored: 'each subscriber has a GRE key each way, always' },

  { mode: 'global', words: 'interface <name...>', enter: 'interface', take: (d, w) => void interfaceOf(d, interfaceName(w['name'] as string)) },
  { mode: 'interface', words: 'description <text...>', ignored: 'kept as this comment: devices have no description' },
  { mode: 'interface', words: 'encapsulation dot1Q <vlan>', take: (d, w) => vlan(d, w['vlan'] as string) },
  { mode: 'interface', words: 'ip address <address> <mask>', take: (d, w) => put(d, w['address'] as string) ?? ignored('towards each phone the gateway has the address that the LMA tells: the access interface needs none') },
  { mode: 'interface', words: 'ipv6 address <address>', take: (d, w) => put(d, (w['address'] as string).split('/')[0] as string) ?? ignored('addresses of the machine are given by the operating system') },
  { mode: 'interface', words: 'no shutdown', ignored: 'the operating system brings interfaces up' },
  { mode: 'interface', words: 'shutdown', take: () => attention('the interface is down in IOS: leave it out, or keep its device down') },

  { mode: 'global', words: 'aaa new-model', ignored: 'RADIUS is in use where mn-profile-load-aaa says so' },
  { mode: 'global', words: 'aaa session-id common', ignored: 'a session has one Acct-Session-Id, always' },
  { mode: 'global', words: 'aaa authentication login <rest...>', ignored: ACCESS_LOGIN },
  { mode: 'global', words: 'aaa group server radius <name>', enter: 'radius-group', take: (d, w) => void d.groups.set(w['name'] as string, []) },
  { mode: 'radius-group', words: 'server <address> auth-port <auth> acct-port <acct>', take: (d, w) => grouped(d, w) },
  { mode: 'radius-group', words: 'server <address>', take: (d, w) => grouped(d, w) },
  { mode: 'global', words: 'aaa authorization ipmobile default group <name>', take: (d, w) => void (d.group = w['name'] as string) },
  { mode: 'global', words: 'radius-server attribute <rest...>', ignored: ATTRIBUTES },
  { mode: 'global', words: 'radius-server vsa send <what>', ignored: 'Cisco-AVPair is always understood' },
  { mode: 'global', words: 'radius-server retransmit <n>', take: number('n', (d, n) => void (d.radius['retransmit'] = n)) },
  { mode: 'global', words: 'radius-server timeout <n>', take: number('n', (d, n) => void (d.radius['timeout'] = n)) },
  { mode: 'global', words: 'radius-server deadtime <n>', take: number('n', (d, n) => void (d.radius['dead-time'] = n * 60)) },
  { mode: 'global', words: 'radius-server key <key>', take: (d, w) => void (d.key = w['key'] as string) },
  { mode: 'global', words: 'radius-server host <address> auth-port <auth> acct-port <acct> key <key>', take: (d, w) => void d.servers.push({ ...server(w), key: w['key'] as string }) },
  { mode: 'global', words: 'radius-server host <address> key <key>', take: (d, w) => void d.servers.push({ ...server(w), key: w['key'] as string }) },
  { mode: 'global', words: 'radius-server host <address> auth-port <auth> acct-port <acct>', take: (d, w) => void d.servers.push(server(w)) },
];

/** Behind `lma` it is that LMA's; the guide also has it behind a profile, whose LMA it then is. */
function address(d: MagDraft, family: 'ipv4' | 'ipv6', value: string): undefined {
  const lma = last(d.lmas);
  if (lma) lma[family] = value;
}

function set(d: MagDraft, name: 'apn' | 'lma' | 'service' | 'mac', value: string | undefined): undefined {
  const nai = last(d.nais);
  if (nai && value !== undefined) nai[name] = value;
}

function discover(d: MagDraft, said: Readonly<Record<string, string | undefined>>): ReturnType<typeof attention> | undefined {
  const all = Object.entries(said).map(([name, text]) => [name, whole(text ?? '')] as const);
  if (all.some(([, n]) => n === undefined)) return attention('expected numbers of seconds');
  d.discover = Object.fromEntries(all) as Record<string, number>;
  return undefined;
}

const server = (w: Readonly<Record<string, string>>): RadiusServer => ({ address: w['address'] as string, authPort: whole(w['auth'] ?? '') ?? 1812, acctPort: whole(w['acct'] ?? '') ?? 1813 });
const grouped = (d: MagDraft, w: Readonly<Record<string, string>>): undefined => void [...d.groups.values()].at(-1)?.push(server(w));

export const ios: Dialect<MagDraft> = {
  rows,
  parents: { 'dhcp-pool': 'global', domain: 'global', lma: 'domain', nai: 'domain', mag: 'global', 'mag-interface': 'mag', interface: 'global', 'radius-group': 'global' },
  outdented: new Set(['mag-interface']),
  separator: true,
};
