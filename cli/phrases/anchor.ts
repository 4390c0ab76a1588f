/** Commands that an anchor answers, in the seed's words. */
import { readKey } from '../../cloud/keys.ts';
import { streamPages } from '../pages.ts';
import { ask, SCOPES, type Asking, type Command, type Paged, type Watching } from './kinds.ts';

/** @param by the filter, followed by what it looks for */
const sessions = (by: string, help: string): Paged => ({
  kind: 'pages',
  words: `show lma-service session${by && ` ${by} <${by}>`}`,
  help,
  request: (values) => ({ command: 'show lma-service sessions', ...values }),
  stream: streamPages,
});

function keyIn(file: string): Uint8Array {
  const key = readKey(undefined, file);
  if (!key) throw new Error(`${file}: expected a key`);
  return key;
}

const REFRESHED = {
  all: 'Have every gateway register its sessions anew',
  nai: 'The same for one subscriber',
  mag: 'For one gateway, also where it knew no notification before',
  realm: 'For the subscribers of a realm',
} as const;

const clears = (['all', 'nai', 'mag', 'realm'] as const).flatMap((scope) => {
  const clear = (more: string, help: string, extra = {}): Asking => ask(`clear ipv6 mobile pmipv6 lma binding ${scope}${scope === 'all' ? '' : ' <name>'}${more}`, 'clear lma binding', 'lma', help, { scope, ...extra });
  return [clear('', SCOPES[scope]), clear(' ipv4-only', `${SCOPES[scope]}, as far as IPv4 goes`, { 'ipv4-only': true })];
});

const refreshes: readonly Asking[] = (['all', 'nai', 'mag', 'realm'] as const).map((scope) =>
  ask(`refresh ipv6 mobile pmipv6 lma binding ${scope}${scope === 'all' ? '' : ' <name>'}`, 'refresh lma binding', 'lma', REFRESHED[scope], { scope }),
);

const admissions: readonly Asking[] = [
  { ...ask('admit ipv6 mobile pmipv6 lma gateway <id> key-file <file>', 'admit gateway', 'lma', 'Let a gateway register; the file holds its key'), reads: ({ id, file }) => ({ id, key: Buffer.from(keyIn(file as string)).toString('hex') }) },
  ask('dismiss ipv6 mobile pmipv6 lma gateway <id>', 'dismiss gateway', 'lma', 'Its bindings end, and it may not register any more'),
];

const shows: readonly Command[] = [
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
  ask('show lma accounting', 'show lma accounting', 'lma', 'Sessions accounted for, records made and waiting'),
  ask('show address-log <address>', 'show address-log', 'lma', 'Who had an address, a prefix, or a public address and port'),
  ask('show address-log <address> at <time>', 'show address-log', 'lma', 'Who had it then: 2026-11-23T12:00:00Z'),
  ask('show ipv6 mobile pmipv6 lma heartbeat', 'show lma heartbeat', 'lma', 'Gateways: do they answer, how fast, did they restart'),
  ask('show ipv6 mobile pmipv6 lma gateways', 'show lma gateways', 'lma', 'Who may register, by the configuration or because it was admitted'),
];

const debugs: readonly Watching[] = [
  { kind: 'debug', words: 'monitor protocol', help: 'Messages of the anchor, decoded', process: 'lma', request: () => ({ watch: 'monitor protocol' }) },
  {
    kind: 'debug',
    words: 'monitor protocol verbosity <1-5>',
    help: '1 a line each, 2 with their fields, 3 with their options, 4 with how they travelled, 5 with their octets',
    process: 'lma',
    request: (values) => ({ watch: 'monitor protocol', verbosity: Number(values['1-5']) }),
  },
];

export const anchorPhrases: readonly Command[] = [...shows, ...clears, ...refreshes, ...admissions, ...debugs];
