/** `roamstead cloud` beside a lab's LMA: its configuration, its process, and its API. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LabError } from '../namespaces.ts';
import { roamstead } from '../paths.ts';
import { start, until, type LabProcess } from '../processes.ts';

export interface CloudOptions {
  /** The lab's; logs and configurations are there. */
  readonly folder: string;
  /** `anchors`: what gateways are told of it; none where their own files say it. */
  readonly lma: { readonly name: string; readonly socket: string; readonly anchors: readonly Readonly<Record<string, string>>[] };
  /** Under which gateways reach the broker. */
  readonly names: readonly string[];
}

export interface CloudFiles {
  readonly config: string;
  readonly state: string;
  readonly httpPort: number;
  readonly brokerPort: number;
}

export interface LabCloud extends CloudFiles {
  /** Of the dashboard. */
  readonly address: string;
  /** Where the first owner is made. */
  readonly setUpLink: string | undefined;
  readonly process: LabProcess;
  /** What it logged of errors. */
  errors(): readonly string[];
}

const READY_MS = 60_000;

/** Ports that are free stay the same when the cloud is started anew. */
export async function prepareCloud({ folder, lma, names }: CloudOptions): Promise<CloudFiles> {
  const state = join(folder, 'cloud');
  mkdirSync(state, { mode: 0o700 });
  const [httpPort, brokerPort] = [await freePort(), await freePort()];
  const config = join(folder, 'cloud.yaml');
  writeFileSync(
    config,
    JSON.stringify(
      {
        role: 'fleet',
        http: { listen: `127.0.0.1:${httpPort}` },
        broker: { kind: 'embedded', listen: `127.0.0.1:${brokerPort}`, names, 'claims-per-minute': 100_000 },
        'state-directory': state,
        lmas: [{ name: lma.name, 'control-socket': lma.socket, anchors: lma.anchors }],
      },
      undefined,
      2,
    ),
  );
  return { config, state, httpPort, brokerPort };
}

/** @throws LabError with what it said when it does not get up */
export async function startCloud(files: CloudFiles, folder: string): Promise<LabCloud> {
  const process_ = start({ name: 'cloud', namespace: undefined, argv: [process.execPath, roamstead, 'cloud', '--config', files.config], folder });
  const begun = process_.log().length;
  const said = (): string => process_.log().slice(begun);
  await until(`the fleet service to be ready (see ${process_.logFile})`, READY_MS, () => {
    if (!process_.running()) throw new LabError(`roamstead cloud ended: ${said().trim()}`);
    return said().includes('the fleet service answers');
  });
  // The link is the line after that one.
  await until('the whole log line', 1000, () => said().endsWith('\n'));
  return {
    ...files,
    address: `http://127.0.0.1:${files.httpPort}`,
    setUpLink: /https?:\S+\/setup#\S+/.exec(said())?.[0],
    process: process_,
    errors: () => said().split('\n').filter((line) => / error: /.test(line)),
  };
}

export type Api = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** @throws Error with what the API said */
export const apiOf = ({ httpPort }: Pick<CloudFiles, 'httpPort'>, token: string): Api => async <T>(method: string, path: string, body?: unknown) => {
  const response = await fetch(`http://127.0.0.1:${httpPort}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
};

/** Of TCP, on the loopback. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      server.close(() => (typeof bound === 'object' && bound !== null ? resolve(bound.port) : reject(new Error('no port is free'))));
    });
  });
}
