/** A list that comes in pages, printed as it comes: a million sessions are never in memory, here or there. */
import type { SessionEvent } from '../cloud/sessions.ts';
import { subscribe } from '../runtime/control.ts';
import type { PagesRun } from './phrases/kinds.ts';
import { sessionTable } from './printers/lma.ts';

/** Resolves to the exit code. @throws Error with the server's words, or why nobody answered */
export function streamPages({ socket, request, json, filter, piped }: PagesRun): Promise<number> {
  return new Promise((resolve, reject) => {
    const table = sessionTable();
    const kept: string[] = [];
    let printed = 0;
    let whole = false;
    const write = (text: string): void => {
      if (piped) kept.push(text);
      else process.stdout.write(text);
    };
    const done = (): void => {
      stream.stop();
      if (json) write(printed === 0 ? '[]\n' : '\n]\n');
      else if (printed === 0) write('none\n');
      if (piped) process.stdout.write(filter(kept.join('')));
      resolve(0);
    };
    const stream = subscribe(
      socket,
      (received) => {
        const event = received as SessionEvent;
        if (event.kind === 'end') {
          whole = true;
          if (event.fault === undefined) return done();
          stream.stop();
          return reject(new Error(`the list ends early: ${event.fault}`));
        }
        if (json) for (const session of event.sessions) write(`${printed++ === 0 ? '[' : ','}\n  ${JSON.stringify(session)}`);
        else {
          printed += event.sessions.length;
          write(table(event.sessions));
        }
      },
      (reason) => {
        if (!whole) reject(new Error(reason === 'closed' ? `${socket}: the process ended before all was shown` : reason));
      },
      request,
    );
    // Whoever read us has seen enough.
    process.stdout.once('error', () => {
      stream.stop();
      resolve(0);
    });
  });
}
