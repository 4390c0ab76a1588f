/** The last warnings and errors of the log, for the home's owner: what went wrong, and never of whom. */
import { wallAt, type Millis, type Now, type UnixMillis } from '../protocol/units.ts';
import type { Log } from '../runtime/log.ts';

export interface Complaint {
  /** When it was said the last time. */
  readonly at: UnixMillis;
  readonly level: 'error' | 'warn';
  readonly text: string;
  readonly times: number;
}

const MOST = 10;
/** MACs, identities and pseudonyms: the log may have them, a page that a family looks at has not. */
const WHO = /\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|[^\s@]+@[^\s@,;:]+|\bmn-[0-9a-f]{8}\b/gi;
/** Addresses and prefixes of either family: which are a guest's home addresses cannot be told from the text. */
const WHERE = /\b\d{1,3}(?:\.\d{1,3}){3}\b(?:\/\d+)?|(?<![\w:])(?:[0-9a-f]{0,4}:){2,}[0-9a-f]{0,4}(?!\w)(?:\/\d+)?/gi;

/** A log that remembers, and what it remembers: the latest first, each text once. */
export function rememberProblems(log: Log, now: () => Now): { readonly log: Log; readonly latest: () => readonly Complaint[] } {
  const said = new Map<string, Omit<Complaint, 'at'> & { readonly last: Millis }>();
  return {
    log(level, message, facts) {
      log(level, message, facts);
      if (level !== 'error' && level !== 'warn') return;
      const text = message.replaceAll(WHO, 'somebody').replaceAll(WHERE, 'an address');
      const times = (said.get(text)?.times ?? 0) + 1;
      said.delete(text);
      said.set(text, { last: now().at, level, text, times });
      const [oldest] = said.keys();
      if (said.size > MOST && oldest !== undefined) said.delete(oldest);
    },
    latest: () => [...said.values()].toReversed().map(({ last, ...problem }) => ({ at: wallAt(last, now()), ...problem })),
  };
}
