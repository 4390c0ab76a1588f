import { forms } from '../catalogue.ts';

const { count } = forms('en');

/** The page Settings. */
export const settings = {
  subtitle: 'Who is who stays hidden, and nothing is kept for longer than it is needed.',
  retention: 'How long things are kept',
  retentionHelp: 'What is older is removed within the hour, for good.',
  handovers: 'Roams (days)',
  handoversHelp: 'They say most about persons, so they go first.',
  events: 'Events of homes (days)',
  eventsHelp: 'Connections, restarts, refusals.',
  subscribers: 'Sealed identities (days)',
  subscribersHelp: 'What a reveal needs. Afterwards nobody can find out who a pseudonym was.',
  audit: 'Audit log (days)',
  auditHelp: 'Who did what. Keep it for as long as your law asks.',
  pseudonyms: 'Pseudonyms',
  rotate: 'A new pseudonym every (days)',
  rotateHelp: 'The shorter, the less can be learned of a person’s habits; the longer, the easier it is to follow a fault.',
  epoch: (when: string, next: string) => `The present pseudonyms began ${when}; new ones come ${next}.`,
  positions: 'Map and small groups',
  fuzz: 'Homes are moved on the map by up to (m)',
  fuzzHelp: '0 shows them where they are. The same home is always moved the same way.',
  smallest: 'Smallest group that is shown',
  smallestHelp: 'A way between two homes appears in the graph only when so many subscribers took it.',
  days: (n: number) => count(n, '# day', '# days'),
  saved: 'The settings are saved.',
  unsaved: 'Not saved yet',
  reset: 'Undo',
};
