/** The commands of a StarOS LMA, as the guide has them. */
import { attention, ignored, type Dialect, type Line, type Row, type Words } from './parser.ts';

export interface Apn {
  readonly name: string;
  selectionMode?: string;
  accountingMode?: string;
  ipPool?: string;
  ipv6Pool?: string;
  readonly dns: string[];
}

export interface LmaService {
  readonly name: string;
  readonly line: Line;
  readonly bind: string[];
  aaaAccounting?: boolean;
  regLifetime?: number;
  /** Milliseconds */
  tolerance?: number;
  revocation: boolean;
  briRetries?: number;
}

export interface Pgw {
  readonly name: string;
  plmn?: { readonly mcc: string; readonly mnc: string };
  deleteDelay?: number;
  associated?: string;
}

export interface LmaDraft {
  pools4: { readonly name: string; readonly network: string; gateway?: string; static: boolean }[];
  pools6: { readonly name: string; readonly prefix: string; static: boolean }[];
  apns: Apn[];
  services: LmaService[];
  pgws: Pgw[];
  /** With their addresses, without lengths. */
  interfaces: { readonly name: string; readonly addresses: string[] }[];
  /** Interfaces that a port was bound to. */
  ports: string[];
}

export const newLma = (): LmaDraft => ({ pools4: [], pools6: [], apns: [], services: [], pgws: [], interfaces: [], ports: [] });

type R = Row<LmaDraft>;
const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);
const bare = (address: string): string => address.split('/')[0] as string;

/** `255.255.255.0` is 24; undefined for what is no mask. */
function lengthOf(mask: string): number | undefined {
  const bits = mask.split('.').map((o) => (whole(o) !== undefined && Number(o) < 256 ? Number(o).toString(2).padStart(8, '0') : 'x')).join('');
  return /^1*0*$/.test(bits) && bits.length === 32 ? bits.replace(/0*$/, '').length : undefined;
}

/** Of the one that the lines are about; they come behind it, or the parser would not be in its mode. */
const latest = <T>(all: readonly T[]): T => all.at(-1) as T;
const number =
  (name: string, put: (d: LmaDraft, n: number) => void): NonNullable<R['take']> =>
  (d, w) => {
    const n = whole(w[name]);
    if (n === undefined) return attention(`expected a number, found ${w[name]}`);
    put(d, n);
    return undefined;
  };

function pool4(d: LmaDraft, w: Words): ReturnType<typeof attention> | undefined {
  const length = lengthOf(w['mask'] ?? '');
  d.pools4.push({ name: w['name'] as string, network: `${w['network']}/${length ?? 24}`, static: false });
  return length === undefined ? attention(`${w['mask']} is no network mask: /24 was assumed`) : undefined;
}

const PRIORITY = 'pools have no priority: an APN names the one that it uses';
const NO_CONTEXT = 'there is one context: what belongs together names each other';
const STACK = 'the operating system has addresses, routes and ports';

const rows: readonly R[] = [
  { mode: 'global', words: 'config', ignored: 'the file is read as a whole' },
  { mode: 'global', words: 'context <name>', enter: 'context', ignored: NO_CONTEXT },
  { mode: 'context', words: 'ip pool <name> <network> <mask>', enter: 'ip-pool', more: true, take: pool4 },
  { mode: 'ip-pool', words: 'public <priority>', ignored: PRIORITY },
  { mode: 'ip-pool', words: 'private <priority>', ignored: PRIORITY },
  { mode: 'ip-pool', words: 'subscriber-gw-address <address>', take: (d, w) => void (latest(d.pools4).gateway = w['address'] as string) },
  { mode: 'ip-pool', words: 'policy allow-static-allocation', take: (d) => void (latest(d.pools4).static = true) },
  { mode: 'context', words: 'ipv6 pool <name> prefix <prefix>', enter: 'ipv6-pool', more: true, take: (d, w) => void d.pools6.push({ name: w['name'] as string, prefix: w['prefix'] as string, static: false }) },
  { mode: 'ipv6-pool', words: 'public <priority>', ignored: PRIORITY },
  { mode: 'ipv6-pool', words: 'private <priority>', ignored: PRIORITY },
  { mode: 'ipv6-pool', words: 'policy allow-static-allocation', take: (d) => void (latest(d.pools6).static = true) },

  { mode: 'context', words: 'interface <name>', enter: 'interface', take: (d, w) => void d.interfaces.push({ name: w['name'] as string, addresses: [] }) },
  { mode: 'interface', words: 'ipv6 address <address>', take: (d, w) => (latest(d.interfaces).addresses.push(bare(w['address'] as string)), ignored(`${STACK}: ip address add ${w['address']} dev ${latest(d.interfaces).name}`)) },
  { mode: 'interface', words: 'ip address <address> <mask>', take: own },
  { mode: 'interface', words: 'ip address <address> <mask> secondary', take: own },
  { mode: 'interface', words: 'subscriber default', ignored: 'who may have mobility is said in nodes: without any row everybody may' },
  { mode: 'context', words: 'subscriber default', ignored: 'who may have mobility is said in nodes: without any row everybody may' },

  { mode: 'context', words: 'apn <name>', enter: 'apn', take: (d, w) => void d.apns.push({ name: w['name'] as string, dns: [] }) },
  { mode: 'apn', words: 'selection-mode <mode>', take: (d, w) => (['sent-by-ms', 'subscribed'].includes(w['mode'] ?? '') ? void (latest(d.apns).selectionMode = w['mode'] as string) : attention('expected sent-by-ms or subscribed')) },
  { mode: 'apn', words: 'accounting-mode none', take: (d) => void (latest(d.apns).accountingMode = 'none') },
  { mode: 'apn', words: 'accounting-mode <mode>', take: (d, w) => ((latest(d.apns).accountingMode = 'radius'), attention(`accounting-mode ${w['mode']} became radius: say which servers under accounting of the lma-service`)) },
  { mode: 'apn', words: 'ip context-name <name>', ignored: NO_CONTEXT },
  { mode: 'apn', words: 'ip address pool name <pool>', take: (d, w) => void (latest(d.apns).ipPool = w['pool'] as string) },
  { mode: 'apn', words: 'ipv6 address prefix-pool <pool>', take: (d, w) => void (latest(d.apns).ipv6Pool = w['pool'] as string) },
  { mode: 'apn', words: 'dns primary <address>', take: (d, w) => void latest(d.apns).dns.unshift(w['address'] as string) },
  { mode: 'apn', words: 'dns secondary <address>', take: (d, w) => void latest(d.apns).dns.push(w['address'] as string) },

  { mode: 'context', words: 'lma-service <name>', enter: 'lma-service', take: (d, w, line) => void d.services.push({ name: w['name'] as string, line, bind: [], revocation: false }) },
  { mode: 'lma-service', words: 'no aaa accounting', take: (d) => void (latest(d.services).aaaAccounting = false) },
  { mode: 'lma-service', words: 'aaa accounting', take: (d) => void (latest(d.services).aaaAccounting = true) },
  { mode: 'lma-service', words: 'reg-lifetime <n>', take: number('n', (d, n) => void (latest(d.services).regLifetime = n)) },
  { mode: 'lma-service', words: 'timestamp-replay-protection tolerance <n>', take: number('n', (d, n) => void (latest(d.services).tolerance = n * 1000)) },
  { mode: 'lma-service', words: 'mobility-option-type-value standard', ignored: 'the numbers of the registry are the only ones spoken' },
  { mode: 'lma-service', words: 'mobility-option-type-value <which>', take: (_, w) => attention(`only the standard numbers are spoken, not ${w['which']}: change the gateways to standard`) },
  { mode: 'lma-service', words: 'revocation enable', take: (d) => void (latest(d.services).revocation = true) },
  { mode: 'lma-service', words: 'no revocation enable', take: (d) => void (latest(d.services).revocation = false) },
  { mode: 'lma-service', words: 'revocation max-retransmission <n>', take: number('n', (d, n) => void (latest(d.services).briRetries = n)) },
  { mode: 'lma-service', words: 'bind address <address>', take: (d, w) => void latest(d.services).bind.push(w['address'] as string) },

  { mode: 'context', words: 'pgw-service <name>', enter: 'pgw-service', take: (d, w) => void d.pgws.push({ name: w['name'] as string }) },
  { mode: 'pgw-service', words: 'plmn id mcc <mcc> mnc <mnc>', take: (d, w) => void (latest(d.pgws).plmn = { mcc: w['mcc'] as string, mnc: w['mnc'] as string }) },
  { mode: 'pgw-service', words: 'session-delete-delay timeout <n>', take: number('n', (d, n) => void (latest(d.pgws).deleteDelay = n)) },
  { mode: 'pgw-service', words: 'associate lma-service <name>', take: (d, w) => void (latest(d.pgws).associated = w['name'] as string) },

  { mode: 'context', words: 'ipv6 route <rest...>', enter: 'route', ignored: STACK },
  { mode: 'context', words: 'ip route <rest...>', enter: 'route', ignored: STACK },
  { mode: 'route', words: '<next-hop> interface <name>', ignored: STACK },
  { mode: 'global', words: 'port ethernet <port>', enter: 'port', ignored: STACK },
  { mode: 'port', words: 'boxertap <device>', ignored: STACK },
  { mode: 'port', words: 'no shutdown', ignored: STACK },
  { mode: 'port', words: 'bind interface <name> <context>', take: (d, w) => void d.ports.push(w['name'] as string) },
];

function own(d: LmaDraft, w: Words): ReturnType<typeof ignored> {
  const { name, addresses } = latest(d.interfaces);
  addresses.push(w['address'] as string);
  return ignored(`${STACK}: ip address add ${w['address']}/${lengthOf(w['mask'] ?? '') ?? w['mask']} dev ${name}`);
}

export const staros: Dialect<LmaDraft> = {
  rows,
  parents: { context: 'global', 'ip-pool': 'context', 'ipv6-pool': 'context', interface: 'context', apn: 'context', 'lma-service': 'context', 'pgw-service': 'context', route: 'context', port: 'global' },
  several: new Set(['ip-pool', 'ipv6-pool']),
};
