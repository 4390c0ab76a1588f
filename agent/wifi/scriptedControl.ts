/**
 * The scripted access point behind a UNIX stream socket: one JSON object a line in, one a line out.
 *
 *   {"do":"attach","interface":"access0","mac":"02:00:00:00:00:01","identity":"alice@home.example"}   ->   {"ok":true}
 *   {"do":"detach","interface":"access9","mac":"02:00:00:00:00:01"}   ->   {"ok":false,"reason":"there is no access interface access9; ..."}
 */
import { lstatSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { canonicalMac } from '../../protocol/mac.ts';
import type { ScriptedStations } from './scriptedStations.ts';

type Command = Readonly<Record<string, unknown>>;

const text = (command: Command, field: string): string => {
  const value = command[field];
  if (typeof value !== 'string') throw new TypeError(`"${field}" is missing or no text`);
  return value;
};
const optionalText = (command: Command, field: string): string | undefined => (command[field] === undefined ? undefined : text(command, field));
const mac = (command: Command) => canonicalMac(text(command, 'mac'));

const COMMANDS: Readonly<Record<string, (stations: ScriptedStations, name: string, command: Command) => string | undefined>> = {
  attach: (stations, name, command) => stations.attach(name, mac(command), optionalText(command, 'identity')),
  detach: (stations, name, command) => stations.detach(name, mac(command), optionalText(command, 'reason')),
  vanish: (stations, name, command) => stations.vanish(name, mac(command)),
  resync: (stations, name) => stations.resync(name),
  linkDown: (stations, name, command) => stations.linkDown(name, optionalText(command, 'reason')),
  linkUp: (stations, name) => stations.linkUp(name),
};

/** One line to its answer. Never throws. */
export function runCommand(stations: ScriptedStations, line: string): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  try {
    const command = JSON.parse(line) as Command;
    const work = COMMANDS[text(command, 'do')];
    const reason = work ? work(stations, text(command, 'interface'), command) : `unknown command; known: ${Object.keys(COMMANDS).join(', ')}`;
    return reason === undefined ? { ok: true } : { ok: false, reason };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

const LONGEST_LINE = 4096;

/** Serves commands at `path` until closed; a socket left behind there is replaced. */
export function serveScripted(path: string, stations: ScriptedStations): Promise<{ close(): void }> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) socket.write(`${JSON.stringify(runCommand(stations, line))}\n`);
      if (rest.length > LONGEST_LINE) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Its owner's alone from the first moment: who may write here decides who is let in.
    const mask = process.umask(0o177);
    server.listen(path, () => {
      resolve({
        close() {
          server.close();
          connections.forEach((socket) => socket.destroy());
        },
      });
    });
    process.umask(mask);
  });
}
