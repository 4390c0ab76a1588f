/** FreeRADIUS's `radclient`: one request from a command line's worth of attributes, and what came back. */
import { spawn } from 'node:child_process';
import { LabError, environment, inside } from '../namespaces.ts';
import { unquoted } from './detail.ts';

export interface RadclientRequest {
  /** Undefined: the host's own. */
  readonly namespace?: string;
  /** An IPv6 address without brackets. */
  readonly address: string;
  readonly port: number;
  readonly secret: string;
  readonly command: 'auth' | 'acct' | 'status' | 'disconnect' | 'coa';
  /** Lines such as `User-Name = "alice"`. */
  readonly attributes: readonly string[];
  /** Seconds to wait for each of the attempts; 1 and 3 by default. */
  readonly timeout?: number;
  readonly attempts?: number;
}

export interface RadclientAnswer {
  /** FreeRADIUS's name of the packet, such as `Disconnect-ACK`, or `none` when no valid answer came. */
  readonly code: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Does not block: the server may be in this very process. Message-Authenticator is always sent. */
export function radclient(r: RadclientRequest): Promise<RadclientAnswer> {
  const host = r.address.includes(':') ? `[${r.address}]` : r.address;
  const argv = ['radclient', '-x', '-r', String(r.attempts ?? 3), '-t', String(r.timeout ?? 1), `${host}:${r.port}`, r.command, r.secret];
  const [command, ...args] = (r.namespace === undefined ? argv : inside(r.namespace, argv)) as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment() });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => reject(new LabError(`radclient did not start: ${error.message}; run \`npm run setup\` as root`)));
    child.on('close', () => resolve(answerOf(output)));
    child.stdin.end(`${[...r.attributes, 'Message-Authenticator = 0x00'].join(', ')}\n`);
  });
}

/** What radclient printed after its last `Received`. Pure. */
export function answerOf(output: string): RadclientAnswer {
  const received = output.lastIndexOf('\nReceived ');
  const [first = '', ...lines] = received < 0 ? [] : output.slice(received + 1).split('\n');
  const attributes: Record<string, string[]> = {};
  for (const line of lines) {
    const [, name, value] = /^\t([\w.-]+) = (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) (attributes[name] ??= []).push(unquoted(value));
  }
  return { code: /^Received (\S+)/.exec(first)?.[1] ?? 'none', attributes };
}
