/** The log: one line an event on stderr, plain for people, JSON where `ROAMSTEAD_LOG=json`. */
import { afterwards } from './afterwards.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  (level: Level, message: string, facts?: Readonly<Record<string, unknown>>): void;
}

const ORDER: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** `name` is the process: agent or lma. */
export function createLog(name: string, lowest: Level = 'info', write: (line: string) => void = onStderr()): Log {
  const json = process.env['ROAMSTEAD_LOG'] === 'json';
  return (level, message, facts) => {
    if (ORDER[level] > ORDER[lowest]) return;
    const time = new Date().toISOString();
    if (json) write(`${JSON.stringify({ time, level, name, message, ...facts })}\n`);
    else write(`${time} ${name} ${level}: ${printable(`${message}${facts ? ` ${plain(facts)}` : ''}`)}\n`);
  };
}

/** After the turn: whoever reads the log is woken when the work is done, not within it. */
function onStderr(): (line: string) => void {
  const later = afterwards(unread(process.stderr));
  return (line) => later.add(line);
}

/** Octets that may wait for a reader that has stopped, such as one of a pipe. */
const MOST_UNREAD = 1 << 22;

/** Writes to a stream. What its reader does not take is lost, not kept for ever; the next line that it takes is behind one that says so. */
export function unread(stream: { readonly writableLength: number; write(text: string): unknown }): (line: string) => void {
  let lost = 0;
  return (line) => {
    if (stream.writableLength + line.length > MOST_UNREAD) {
      lost += 1;
      return;
    }
    if (lost > 0) stream.write(`${lost} lines of the log are lost: whoever reads it was too slow\n`);
    lost = 0;
    stream.write(line);
  };
}

const plain = (facts: Readonly<Record<string, unknown>>): string => Object.entries(facts).map(([k, value]) => `${k}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');

/** Without control characters: what came from the network must not forge a line, nor move a terminal's cursor. */
// oxlint-disable-next-line no-control-regex
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
