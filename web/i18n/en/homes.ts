import { forms } from '../catalogue.ts';

const { count } = forms('en');

export const homes = {
  add: 'Add a home',
  addThis: 'Add this home',
  subtitle: 'Every router that shares its Wi-Fi with the community.',
  waiting: (n: number) => count(n, '# gateway waits to be added', '# gateways wait to be added'),
  configuration: 'Configuration',
  down: 'Down',
  up: 'Up',
  lastSeen: 'Last seen',
  justNow: 'now',
  reasons: 'Why',
  agent: 'Agent',
  certificate: 'Certificate until',
  identity: 'MAG Identifier',
  id: 'Gateway',
  notes: 'Notes',
  anyStatus: 'Any status',
  anyGroup: 'Any group',
  code: 'Code',
  codeHelp: 'Eight characters. The gateway shows them, also as a QR code, in its log and on roamstead agent status.',
  name: 'Name of the home',
  nameHelp: 'As its people would say it, such as Mill Lane 12.',
  groupHelp: 'Homes of a group share profiles, timers and limits.',
  newGroup: 'A new group',
  newGroupName: 'Name of the new group',
  nobodyWaits: 'No gateway asks to be added at this moment. Start the agent with its claim credential; it appears here within a few seconds.',
  claimMore: (agent: string, since: string) => `agent ${agent}, asked ${since}`,
  added: (name: string) => `${name} is part of the fleet`,
};
