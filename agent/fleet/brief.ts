/** What is told stays within what the cloud reads (cloud/fleet/heard.ts drops the whole message otherwise). */
import type { Problem } from '../../runtime/fleet/messages.ts';

const LONGEST = 500;
const MOST_PROBLEMS = 100;

export const brief = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);

export const briefProblems = (problems: readonly Problem[]): readonly Problem[] =>
  problems.slice(0, MOST_PROBLEMS).map(({ path, reason, substitution }) => ({ path: brief(path), reason: brief(reason), ...(substitution === undefined ? {} : { substitution: brief(substitution) }) }));
