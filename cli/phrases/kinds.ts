/** What a command of a running process is: whom it asks what, and how that is shown. */
import type { Request } from '../../runtime/control.ts';
import type { Filter } from '../filter.ts';
import type { Phrase } from '../grammar.ts';

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
/** A list that may be long: it comes in pages, and is printed as it comes. */
export type Paged = Phrase & {
  readonly kind: 'pages';
  readonly request: (values: Readonly<Record<string, string>>) => Request;
  /** Resolves to the exit code. @throws Error in words */
  readonly stream: (run: PagesRun) => Promise<number>;
};
export type Command = Asking | Watching | Local | Paged;

export interface PagesRun {
  readonly socket: string;
  readonly request: Request;
  readonly json: boolean;
  readonly filter: Filter;
  /** The filter wants to see everything at once. */
  readonly piped: boolean;
}

export const ask = (words: string, command: string, process: Asking['process'], help: string, more: Readonly<Record<string, unknown>> = {}): Asking => ({ kind: 'ask', words, help, process, request: { ...more, command } });

/** Both verbs of a topic of `debug`. */
export const off = (words: string, topic: string): Asking[] => ['undebug', 'no debug'].map((verb) => ask(`${verb} ${words}`, 'undebug', 'both', 'Switch off, in every terminal', { topic }));

/** Which bindings, and what that means; each end has those of these that it knows. */
export const SCOPES = {
  all: 'End every binding',
  nai: 'End those of one subscriber',
  mag: 'End those of one gateway',
  lma: 'End those with one LMA',
  realm: 'End those of subscribers of a realm',
} as const;

/** As `help` lists them: of the many ways to switch something off only one. */
export const listed = (commands: readonly Command[]): readonly Command[] => commands.filter((c) => c.kind !== 'ask' || c.request.command !== 'undebug' || c.words === 'undebug all');
