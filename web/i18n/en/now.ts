import { forms } from '../catalogue.ts';

const { count, number } = forms('en');

export const now = {
  noHomes: 'No home yet',
  noHomesHelp: 'Install the agent on a router, start it, and add it with the code that it shows in its log and on roamstead agent status.',
  missing: 'Some figures are not complete, because these parts do not answer:',
  homesOnline: 'Homes online',
  offline: (off: number, total: number) => `${number(off)} of ${number(total)} not online`,
  allOnline: 'all of them',
  attachedNow: 'attached now',
  handoversPerMinute: 'Handovers per minute',
  success: 'Success',
  fiveMinutes: 'last five minutes',
  median: 'Handover time',
  slower: (p90: string, p99: string) => `90 %: ${p90} · 99 %: ${p99}`,
  alerts: (n: number) => (n === 0 ? 'Alerts' : count(n, '# alert', '# alerts')),
  allAlerts: 'All alerts',
  noAlerts: 'Nothing needs attention.',
  ticker: 'Latest handovers',
  held: 'Held while you look',
  failed: 'failed',
  quiet: 'No handover in the last hour',
  quietHelp: 'As soon as somebody walks from one home to another it appears here.',
  handoversChart: 'Handovers, last hour',
  timeChart: 'Handover time, last hour',
  successChart: 'Success, last hour',
  subscribersChart: 'Subscribers, last hour',
  homesChart: 'Homes online, last hour',
  perMinute: 'per minute',
  half: 'half are faster',
  slowest: '99 of 100 are faster',
};
