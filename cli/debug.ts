/** A terminal that watches: prints the lines of a running process until Ctrl-C, until somebody switches it off, or until its time is over. */
import { subscribe, type Request } from '../runtime/control.ts';
import { inWords, type DebugEvent } from '../runtime/debug.ts';
import { printable } from '../runtime/log.ts';

export interface DebugRun {
  readonly socket: string;
  readonly request: Request;
  readonly json: boolean;
}

/** Resolves to the exit code: 0 unless nobody answered, the request was refused, or the process ended. */
export function streamDebug({ socket, request, json }: DebugRun): Promise<number> {
  return new Promise((resolve) => {
    const say = (text: string): void => void process.stderr.write(`roamstead: ${text}\n`);
    const leave = (code: number): void => {
      stream.stop();
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', interrupted);
      process.stdout.off('error', interrupted);
      resolve(code);
    };
    const interrupted = (): void => leave(0);
    const stream = subscribe(
      socket,
      (received) => {
        const event = received as DebugEvent;
        if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
        else show(event, say);
        if (event.kind === 'off') leave(0);
      },
      (reason) => {
        say(reason === 'closed' ? 'the process has ended' : reason);
        leave(1);
      },
      request,
    );
    process.on('SIGINT', interrupted);
    process.on('SIGTERM', interrupted);
    process.stdout.on('error', interrupted);
  });

  function show(event: DebugEvent, say: (text: string) => void): void {
    switch (event.kind) {
      case 'on':
        return say(`${event.topics.join(', ')} debugging is on; off with Ctrl-C, with "undebug all", or by itself after ${inWords(event.seconds)}`);
      case 'line':
        return void process.stdout.write(`${new Date(event.at).toISOString().slice(11, 23)} ${printable(event.line)}\n`);
      case 'lost':
        return say(`${event.lines} lines were lost: this terminal reads too slowly`);
      case 'off':
        return say(`off: ${event.reason}${event.lost > 0 ? `; ${event.lost} lines were lost` : ''}`);
    }
  }
}
