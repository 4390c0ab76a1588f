/** `roamstead capture`: the signalling of the running processes, as it goes on the wire, into a file that Wireshark opens. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { MESSAGE_NAMES, type CaptureEvent } from '../runtime/capture.ts';
import { subscribe, type Request } from '../runtime/control.ts';
import { pcapHeader, pcapRecord } from '../runtime/pcap.ts';
import { durationOf, socketOf } from './run.ts';
import { readArguments, Usage } from './usage.ts';

const HELP = `roamstead capture [host ADDRESS] [nai NAI] [type TYPE] [count N] [for TIME] [to FILE]

Messages of the agent and the anchor that run on this machine, with their IP headers, as a pcap file. Subscribers' names are in
them, so only root can do it, and nobody else can read the file.

  host ADDRESS   of the other side
  nai NAI        of one subscriber
  type TYPE      ${Object.keys(MESSAGE_NAMES).join(', ')}
  count N        stop after so many messages
  for TIME       90, 90s, 5m, 1h; default 10m
  to FILE        a new file; without it the capture goes to standard output: roamstead capture | wireshark -k -i -
  --socket PATH  the process's control socket, instead of those in /run/roamstead; may be given several times
`;

const WORDS = ['host', 'nai', 'type', 'count', 'for', 'to'] as const;
type Said = Partial<Record<(typeof WORDS)[number], string>>;

export async function captureCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, HELP, { socket: { type: 'string', multiple: true } }, true);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const said = read(positionals);
  const { host, nai, type, count, to } = said;
  const wanted = count === undefined ? undefined : Number(count);
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted > 0)) throw new Usage(`count ${count}: expected a number of messages`);
  if (to === undefined && process.stdout.isTTY) throw new Usage(`a capture is no text: say where it goes (to FILE), or hand it on\n\n${HELP}`);
  const request: Request = { command: 'capture', ...(host === undefined ? {} : { host }), ...(nai === undefined ? {} : { nai }), ...(type === undefined ? {} : { type }), ...(said.for === undefined ? {} : { seconds: durationOf(said.for) }) };
  const sockets = values.socket ?? [socketOf('agent', undefined), socketOf('lma', undefined)];
  if (to === undefined) return record(sockets, request, { name: 'standard output', wanted: wanted ?? Infinity, write: (octets) => void process.stdout.write(octets) });
  const fd = create(to);
  try {
    return await record(sockets, request, { name: to, wanted: wanted ?? Infinity, write: (octets) => writeAll(fd, octets) });
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) at += writeSync(fd, octets, at);
}

/** Pairs of a word and its value, the words shortened at will. @throws Usage */
function read(words: readonly string[]): Said {
  const said: Said = {};
  for (let i = 0; i < words.length; i += 2) {
    const [word = '', value] = words.slice(i, i + 2);
    const fits = WORDS.filter((w) => w.startsWith(word));
    const name = WORDS.find((w) => w === word) ?? (fits.length === 1 ? fits[0] : undefined);
    if (name === undefined) throw new Usage(`${word}: expected one of ${WORDS.join(', ')}\n\n${HELP}`);
    if (value === undefined) throw new Usage(`${name} needs a value\n\n${HELP}`);
    said[name] = value;
  }
  return said;
}

/** A new file that its owner alone reads. @throws Error in words */
function create(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    throw new Error(code === 'EEXIST' ? `${file} exists: choose another name, or remove it` : `${file} cannot be written: ${message}`, { cause: e });
  }
}

interface Sink {
  readonly name: string;
  /** How many messages. */
  readonly wanted: number;
  /** @throws Error of the file */
  readonly write: (octets: Uint8Array) => void;
}

/** From all that answer, until they end, Ctrl-C, or so many messages. */
function record(sockets: readonly string[], request: Request, { name, wanted, write }: Sink): Promise<number> {
  return new Promise((resolve) => {
    const say = (text: string): void => void process.stderr.write(`roamstead: ${text}\n`);
    const refusals: string[] = [];
    let running = sockets.length;
    let answered = 0;
    let packets = 0;
    let lost = 0;
    let left = false;
    let streams: { stop(): void }[] = [];
    const leave = (): void => {
      if (left) return;
      left = true;
      for (const s of streams) s.stop();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
      process.stdout.off('error', leave);
      if (answered === 0) for (const r of refusals) say(r);
      else say(`${packets} messages to ${name}${lost > 0 ? `; ${lost} were lost, because this command reads too slowly` : ''}`);
      resolve(answered === 0 ? 1 : 0);
    };
    const ended = (): void => {
      running -= 1;
      if (running === 0) leave();
    };
    const keep = (octets: Uint8Array): void => {
      try {
        write(octets);
      } catch (e) {
        say(`${name} cannot be written: ${(e as Error).message}`);
        leave();
      }
    };
    const take = (event: CaptureEvent): void => {
      if (left) return;
      if (event.kind === 'on') answered += 1;
      else if (event.kind === 'off') lost += event.lost;
      else {
        packets += 1;
        keep(pcapRecord(event.at, Buffer.from(event.packet, 'base64')));
        if (packets >= wanted) leave();
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, leave);
    process.stdout.on('error', leave);
    streams = sockets.map((socket) =>
      subscribe(
        socket,
        (event) => take(event as CaptureEvent),
        (reason) => {
          if (reason !== 'closed') refusals.push(reason);
          ended();
        },
        request,
      ),
    );
    keep(pcapHeader());
  });
}
