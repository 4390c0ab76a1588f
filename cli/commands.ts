/** Every command of a running process, in the seed's words: what is asked of whom, and how the answer is printed. */
import type { Request } from '../runtime/control.ts';
import type { Phrase } from './grammar.ts';
import { readKey } from '../cloud/keys.ts';
import { version } from './version.ts';

export type Process = 'agent' | 'lma';

export type Asking = Phrase & {
  readonly kind: 'ask';
  readonly process: Process | 'both';
  readonly request: Request;
  /** What the process is told of the user's words instead of them; secrets come from files. @throws Error in words */
  readonly reads?: (values: Readonly<Record<string, string>>) => Readonly<Record<string, unknown>>;
};
/** A stream of lines until it is switched off. */
export type Watching = Phrase & { readonly kind: 'debug'; readonly process: Process; readonly request: (values: Readonly<Record<string, string>>) => Omit<Request, 'command'> };
/** Answered by this command itself. */
export type Local = Phrase & { readonly kind: 'local'; readonly answer: () => unknown };
/** A list that may be long: it comes in pages. */
export type Paged = Phrase & { readonly kind: 'pages'; readonly request: (values: Readonly<Record<string, string>>) => Request };
export type Command = Asking | Watching | Local | Paged;

const ask = (words: string, command: string, process: Asking['process'], help: string, more: Readonly<Record<string, unknown>> = {}): Asking => ({ kind: 'ask', words, help, process, request: { ...more, command } });

/** @param by the filter, followed by what it looks for */
const sessions = (by: string, help: string): Paged => ({
  kind: 'pages',
  words: `show lma-service session${by && ` ${by} <${by}>`}`,
  help,
  request: (values) => ({ command: 'show lma-service sessions', ...values }),
});

function keyIn(file: string): Uint8Array {
  const key = readKey(undefined, file);
  if (!key) throw new Error(`${file}: expected a key`);
  return key;
}

/** Which bindings, at which end, and what that means. */
const SCOPES: readonly (readonly [scope: string, ends: readonly ('mag' | 'lma')[], help: string])[] = [
  ['all', ['mag', 'lma'], 'End every binding'],
  ['nai', ['mag', 'lma'], 'End those of one subscriber'],
  ['mag', ['mag', 'lma'], 'End those of one gateway'],
  ['lma', ['mag'], 'End those with one LMA'],
  ['realm', ['mag', 'lma'], 'End those of subscribers of a realm'],
];

const REFRESHED = {
  all: 'Have every gateway register its sessions anew',
  nai: 'The same for one subscriber',
  mag: 'For one gateway, also where it knew no notification before',
  realm: 'For the subscribers of a realm',
} as const;

const clears: readonly Asking[] = SCOPES.flatMap(([scope, ends, help]) =>
  ends.flatMap((end) => {
    const words = `clear ipv6 mobile pmipv6 ${end} binding ${scope}${scope === 'all' ? '' : ' <name>'}`;
    const clear = (more: string, what: string, extra = {}): Asking => ask(`${words}${more}`, `clear ${end} binding`, end === 'mag' ? 'agent' : 'lma', what, { scope, ...extra });
    return [clear('', help), ...(end === 'lma' ? [clear(' ipv4-only', `${help}, as far as IPv4 goes`, { 'ipv4-only': true })] : [])];
  }),
);

const refreshes: readonly Asking[] = (['all', 'nai', 'mag', 'realm'] as const).map((scope) =>
  ask(`refresh ipv6 mobile pmipv6 lma binding ${scope}${scope === 'all' ? '' : ' <name>'}`, 'refresh lma binding', 'lma', REFRESHED[scope], { scope }),
);

const admissions: readonly Asking[] = [
  { ...ask('admit ipv6 mobile pmipv6 lma gateway <id> key-file <file>', 'admit gateway', 'lma', 'Let a gateway register; the file holds its key'), reads: ({ id, file }) => ({ id, key: Buffer.from(keyIn(file as string)).toString('hex') }) },
  ask('dismiss ipv6 mobile pmipv6 lma gateway <id>', 'dismiss gateway', 'lma', 'Its bindings end, and it may not register any more'),
];

const shows: readonly Command[] = [
  ask('show ipv6 mobile pmipv6 mag binding', 'show mag binding', 'agent', 'Binding Update List'),
  ask('show ipv6 mobile pmipv6 mag tunnel', 'show mag tunnel', 'agent', 'Tunnels to the LMAs'),
  ask('show ipv6 mobile pmipv6 mag globals', 'show mag globals', 'agent', 'Configuration and timers'),
  ask('show ipv6 mobile pmipv6 mag stats', 'show mag stats', 'agent', 'Signalling, DHCP and RADIUS counters'),
  ask('show ipv6 mobile pmipv6 mag neighbours', 'show mag neighbours', 'agent', 'Homes of the community within earshot'),
  ask('show neighbours', 'show mag neighbours', 'agent', 'The same as show ipv6 mobile pmipv6 mag neighbours'),
  ask('show ip dhcp binding', 'show ip dhcp binding', 'agent', 'Leases'),
  ask('show route-map dynamic', 'show route-map dynamic', 'agent', 'What is sent into which tunnel'),
  ask('show platform software route-map RP active map', 'show route-map dynamic', 'agent', 'The same as show route-map dynamic'),
  ask('show interface summary', 'show interface summary', 'agent', 'Access interfaces and the uplink'),
  ask('show route summary', 'show route summary', 'agent', 'Routing tables'),
  ask('show dhcp proxy', 'show dhcp proxy', 'agent', 'DHCP of the gateway'),
  ask('show ipv6 interface', 'show ipv6 interface', 'lma', 'Interfaces of the anchor'),
  sessions('', 'Binding cache'),
  sessions('nai', 'Of one subscriber'),
  sessions('address', 'With this home address, or a prefix or care-of address that it is of'),
  sessions('mag', 'At this gateway'),
  sessions('state', 'ACTIVE or RELEASED'),
  sessions('apn', 'Of this APN'),
  ask('show lma statistics', 'show lma statistics', 'lma', 'Signalling counters'),
  ask('show standby', 'show standby', 'lma', 'Of two anchors that share their bindings: which one answers'),
  ask('show lma-service all', 'show lma-service all', 'lma', 'Services, where they answer, and their APNs and pools'),
  ask('show lma-service statistics', 'show lma-service statistics', 'lma', 'The same of each service, with its pools'),
  ask('show lma traces', 'show lma traces', 'lma', 'The last handovers, stage by stage'),
  ask('show ipv6 mobile pmipv6 mag traces', 'show mag traces', 'agent', 'The last attachments and handovers to this gateway, stage by stage'),
  ask('show lma accounting', 'show lma accounting', 'lma', 'Sessions accounted for, records made and waiting'),
  ask('show address-log <address>', 'show address-log', 'lma', 'Who had an address, a prefix, or a public address and port'),
  ask('show address-log <address> at <time>', 'show address-log', 'lma', 'Who had it then: 2026-11-23T12:00:00Z'),
  ask('show debugging', 'show debugging', 'both', 'What is being debugged, and since when'),
  { kind: 'local', words: 'show version', help: 'What this command is', answer: version },
  ask('show ipv6 mobile pmipv6 mag heartbeat', 'show mag heartbeat', 'agent', 'LMAs: do they answer, how fast, did they restart'),
  ask('show ipv6 mobile pmipv6 lma heartbeat', 'show lma heartbeat', 'lma', 'Gateways: do they answer, how fast, did they restart'),
  ask('clear ipv6 mobile pmipv6 mag denied', 'clear mag denied', 'agent', 'Lift every refusal'),
  ...clears,
  ...refreshes,
  ...admissions,
  ask('show ipv6 mobile pmipv6 lma gateways', 'show lma gateways', 'lma', 'Who may register, by the configuration or because it was admitted'),
];

/** Words behind `debug`, and the topic that they switch on. */
const topics: readonly (readonly [words: string, topic: string, help: string])[] = [
  ['ipv6 mobile mag info', 'ipv6 mobile mag info', 'Changes of state of bindings'],
  ['ipv6 mobile mag event', 'ipv6 mobile mag event', 'Every event and its effects'],
  ['ipv6 mobile packets', 'ipv6 mobile packets', 'PBU, PBA, BRI, BRA decoded with their options'],
  ['ipv6 nd', 'ipv6 nd', 'Neighbour discovery'],
  ['ip dhcp server events', 'ip dhcp server events', 'What DHCP does'],
  ['ip dhcp server packet', 'ip dhcp server packet detail', 'The same as packet detail'],
  ['ip dhcp server packet detail', 'ip dhcp server packet detail', 'DHCP messages decoded with their options'],
  ['arp', 'arp', 'ARP'],
  ['radius', 'radius', 'RADIUS packets, without what is secret'],
  ['tunnel', 'tunnel', 'Paths set, moved and removed'],
  ['dot1x events', 'dot1x events', 'Stations admitted and sent away'],
  ['dhcp message enable', 'ip dhcp server events', 'The same as ip dhcp server events'],
  ['dhcp packet enable', 'ip dhcp server packet detail', 'The same as ip dhcp server packet detail'],
  ['arp all enable', 'arp', 'The same as arp'],
];

const DIRECTIONS = ['input', 'output'] as const;
const TAP = 'ip cef packet';

const debugs: readonly Watching[] = [
  ...topics.map(([words, topic, help]): Watching => ({ kind: 'debug', words: `debug ${words}`, help, process: 'agent', request: () => ({ topics: [topic] }) })),
  ...DIRECTIONS.map(
    (direction): Watching => ({
      kind: 'debug',
      words: `debug ${TAP} <interface> ${direction} rate <packets-per-second>`,
      help: 'Packets of an interface, at most so many a second; 0 for all',
      process: 'agent',
      request: (values) => ({ watch: TAP, interface: values['interface'], direction, rate: Number(values['packets-per-second']) }),
    }),
  ),
  { kind: 'debug', words: 'monitor protocol', help: 'Messages of the anchor, decoded', process: 'lma', request: () => ({ watch: 'monitor protocol' }) },
  {
    kind: 'debug',
    words: 'monitor protocol verbosity <1-5>',
    help: '1 a line each, 2 with their fields, 3 with their options, 4 with how they travelled, 5 with their octets',
    process: 'lma',
    request: (values) => ({ watch: 'monitor protocol', verbosity: Number(values['1-5']) }),
  },
];

const off = (words: string, topic: string): Asking[] => ['undebug', 'no debug'].map((verb) => ask(`${verb} ${words}`, 'undebug', 'both', 'Switch off, in every terminal', { topic }));

const undebugs: readonly Asking[] = [...off('all', 'all'), ...topics.flatMap(([words, topic]) => off(words, topic)), ...off(TAP, TAP)];

export const commands: readonly Command[] = [...shows, ...debugs, ...undebugs];

/** The commands as README and `help` list them. */
export const listed: readonly Command[] = [...shows, ...debugs, ask('undebug all', 'undebug', 'both', 'Switch off all debugging, in every terminal')];
