/**
 * The lab's traffic programs, one process each inside a namespace. Arguments are JSON; commands are lines on standard input,
 * answers one line of JSON each on standard output.
 *
 *   serve {"port"}                                   {"listening"} when ready
 *   probe {"target","port","intervalMs","size"}      report | first <monotonic ms> | gap <monotonic ms> | stop
 *   tcp   {"target","port","intervalMs","chunk"}     report | stop
 *   stream {"target","port","intervalMs"}            stop: when each was sent
 *   sink  {"port"}                                   {"listening"} when ready; stop: which came, in order
 *   sizes {"target","port","sizes"}                  one answer, then it ends
 */
import { createInterface } from 'node:readline';
import { probe } from './probe.ts';
import { serve } from './server.ts';
import { sizes } from './sizes.ts';
import { sink, stream } from './stream.ts';
import { tcpEcho } from './tcp.ts';

interface Arguments {
  readonly target: string;
  readonly port: number;
  readonly intervalMs: number;
  readonly size: number;
  readonly chunk: number;
  readonly sizes: readonly number[];
}

type Command = (argument: string) => unknown;

const answer = (value: unknown, written?: () => void) => process.stdout.write(`${JSON.stringify(value ?? null)}\n`, written);

/** Answers each line by the command that its first word names; the end of input ends the program. */
function converse(commands: Readonly<Record<string, Command>>): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [word = '', argument = ''] = line.split(' ');
    const command = commands[word] ?? (() => ({ error: `unknown command ${word}` }));
    void Promise.resolve(command(argument)).then((value) => {
      answer(value, word === 'stop' ? () => process.exit(0) : undefined);
    });
  });
  lines.on('close', () => process.exit(0));
}

const [tool, json = '{}'] = process.argv.slice(2);
const a = JSON.parse(json) as Arguments;

switch (tool) {
  case 'serve':
    serve(a.port);
    break;
  case 'probe': {
    const p = probe(a.target, a.port, a.intervalMs, a.size);
    converse({ report: () => p.report(), first: (at) => p.firstDownAfter(Number(at)), gap: (at) => p.longestGapSince(Number(at)), stop: () => p.stop() });
    break;
  }
  case 'tcp': {
    const t = tcpEcho(a.target, a.port, a.intervalMs, a.chunk);
    converse({ report: () => t.report(), stop: () => t.stop() });
    break;
  }
  case 'stream': {
    const s = stream(a.target, a.port, a.intervalMs);
    converse({ stop: () => s.stop() });
    break;
  }
  case 'sink': {
    const s = sink(a.port, () => answer({ listening: a.port }));
    converse({ stop: () => s.received() });
    break;
  }
  case 'sizes':
    answer(await sizes(a.target, a.port, a.sizes));
    break;
  default:
    process.stderr.write(`unknown program ${tool}; known: serve, probe, tcp, stream, sink, sizes\n`);
    process.exitCode = 2;
}
