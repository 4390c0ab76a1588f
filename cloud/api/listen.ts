/** The one listener of dashboard and API. */
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import type { Millis } from '../../protocol/units.ts';
import { addressOf, checkHttp, type HttpConfig } from './config.ts';
import type { ApiServer } from './server.ts';

export interface Listening {
  readonly port: number;
  /** `https://fleet.example.net`, for people. */
  readonly address: string;
  /** Reads the files of TLS again: certificates are renewed in place. What cannot be read leaves those of before. */
  renew(): void;
  close(): Promise<void>;
}

/** Of a whole request; answers may last. */
const REQUEST_WITHIN: Millis = 20_000;
const HEADERS_WITHIN: Millis = 10_000;
const MOST_CONNECTIONS = 1000;

/** @throws Error in words when it cannot or must not listen there */
export async function listen(config: HttpConfig, server: ApiServer, onError: (error: Error) => void): Promise<Listening> {
  const problem = checkHttp(config)[0];
  if (problem) throw new Error(`${problem.path.join('.')}: ${problem.message}`);
  const options = { requestTimeout: REQUEST_WITHIN, headersTimeout: HEADERS_WITHIN, keepAliveTimeout: 30_000, maxHeaderSize: 16_384 };
  const answer = getRequestListener((request, env) => server.fetch(request, { incoming: env.incoming }), { overrideGlobalObjects: false });
  const handle = (...[request, response]: Parameters<typeof answer>): void => void answer(request, response).catch(onError);
  const https: HttpsServer | undefined = config.tls && createHttps({ ...options, ...keyPair(config.tls), minVersion: 'TLSv1.2' }, handle);
  const http: Server = https ?? createHttp(options, handle);
  http.maxConnections = MOST_CONNECTIONS;
  const { host, port } = config.listen;
  await new Promise<void>((resolve, reject) => {
    const refuse = (e: Error): void => reject(new Error(`http: nothing can listen on ${host} port ${port} (${e.message}): is the port free, and does this machine have the address?`));
    http.once('error', refuse);
    http.listen(port, host, () => {
      http.off('error', refuse);
      resolve();
    });
  });
  http.on('error', onError);
  const bound = http.address();
  const actual = typeof bound === 'object' && bound ? bound.port : port;
  return {
    port: actual,
    address: addressOf({ ...config, listen: { host, port: actual } }),
    renew() {
      try {
        if (config.tls) https?.setSecureContext(keyPair(config.tls));
      } catch (e) {
        onError(e as Error);
      }
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

function keyPair({ certificate, key }: { readonly certificate: string; readonly key: string }): { readonly cert: string; readonly key: string } {
  try {
    return { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch (e) {
    throw new Error(`http.tls: ${(e as Error).message}`, { cause: e });
  }
}
