import { forms } from '../catalogue.ts';

const { count, number } = forms('en');

export const audit = {
  subtitle: 'Everything that somebody changed or revealed. Entries can only be added.',
  notYours: 'The audit log is for operators and owners',
  none: 'Nobody has changed anything yet',
  noneHelp: 'Claims, documents, roll-outs, commands, reveals and sign-ins will stand here.',
  older: 'Show older ones',
  shown: (n: number, total: number) => `${number(n)} of ${count(total, '# entry', '# entries')}`,
  number: 'No.',
  when: 'When',
  who: 'Who',
  nobody: 'nobody signed in',
  action: 'Action',
  target: 'On',
  hash: 'Hash over this and all entries before (SHA-256)',
  anybody: 'Anybody',
  anything: 'Any action',
  anyTarget: 'Anything',
  from: 'From',
  to: 'To',
  verify: 'Verify the log',
  verifyHelp: 'Each entry carries a hash over the one before: a change to any of them shows.',
  whole: (n: number) => `${count(n, '# entry', '# entries')}, each as it was written, none missing.`,
  broken: (n: number) => `The log is broken at entry ${n}.`,
  brokenHelp: 'Keep a copy of the store as it is, and compare with your last backup or export.',
  export: 'Export all',
  entry: (n: number) => `Entry ${number(n)}`,
  noEntry: 'There is no such entry: it may have been purged, as the settings say.',
  noChange: 'It changed no stored value.',
  sameTarget: 'All about the same',
};
