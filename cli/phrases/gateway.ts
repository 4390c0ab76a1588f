/** Commands that a gateway answers, in the seed's words. */
import { ask, off, SCOPES, type Asking, type Command, type Watching } from './kinds.ts';

const shows: readonly Asking[] = [
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
  ask('show ipv6 mobile pmipv6 mag traces', 'show mag traces', 'agent', 'The last attachments and handovers to this gateway, stage by stage'),
  ask('show ipv6 mobile pmipv6 mag heartbeat', 'show mag heartbeat', 'agent', 'LMAs: do they answer, how fast, did they restart'),
  ask('clear ipv6 mobile pmipv6 mag denied', 'clear mag denied', 'agent', 'Lift every refusal'),
];

const clears = (Object.keys(SCOPES) as (keyof typeof SCOPES)[]).map((scope) =>
  ask(`clear ipv6 mobile pmipv6 mag binding ${scope}${scope === 'all' ? '' : ' <name>'}`, 'clear mag binding', 'agent', SCOPES[scope], { scope }),
);

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
];

export const gatewayPhrases: readonly Command[] = [...shows, ...clears, ...debugs, ...topics.flatMap(([words, topic]) => off(words, topic)), ...off(TAP, TAP)];
