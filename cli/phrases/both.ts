/** Commands that both processes answer, or none needs to. */
import { version } from '../version.ts';
import { ask, off, type Command } from './kinds.ts';

export const bothPhrases: readonly Command[] = [
  ask('show debugging', 'show debugging', 'both', 'What is being debugged, and since when'),
  { kind: 'local', words: 'show version', help: 'What this command is', answer: version },
  ...off('all', 'all'),
];
