/** The anchor's one HTTP listener: /metrics, /healthz, /readyz, /traces. Reads only, and says nothing by name. */
import { createServer, type Server } from 'node:http';
import type { Millis } from '../../protocol/units.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import type { Listen } from './config.ts';
import type { Readiness } from './health.ts';
import { otlpOf } from './otlp.ts';

export interface Pages {
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
  readonly ready: () => Readiness;
  readonly traces: () => readonly ShownTrace[];
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (value: unknown, status = 200): Page => ({ status, type: 'application/json', body: `${JSON.stringify(value)}\n` });
const text = (body: string, status = 200, type = 'text/plain; charset=utf-8'): Page => ({ status, type, body });

const PATHS = ['/metrics', '/healthz', '/readyz', '/traces', '/traces/otlp'];

async function pageAt(path: string, pages: Pages): Promise<Page> {
  switch (path) {
    case '/metrics':
      return text(await pages.metrics(), 200, pages.metricsType);
    case '/healthz':
      return text('ok\n');
    case '/readyz': {
      const readiness = pages.ready();
      return json(readiness, readiness.ready ? 200 : 503);
    }
    case '/traces':
      return json(pages.traces());
    case '/traces/otlp':
      return json(otlpOf(pages.traces(), 'roamstead-lma'));
    default:
      return text(`nothing is here; there are: ${PATHS.join(', ')}\n`, 404);
  }
}

/** Who has not taken a page by then will not, and others want the connection. */
const READ_WITHIN: Millis = 30_000;

/** @throws Error in words when it cannot listen there */
export async function openHttp({ host, port }: Listen, pages: Pages, onError: (error: Error) => void, readWithin: Millis = READ_WITHIN): Promise<{ readonly port: number; close(): void }> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    const answer = ({ status, type, body }: Page): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const tooLate = setTimeout(() => request.socket.destroy(), readWithin).unref();
    response.on('close', () => clearTimeout(tooLate));
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(text('this only answers GET\n', 405));
    pageAt((request.url ?? '/').split('?')[0] as string, pages).then(answer, (e: unknown) => {
      onError(new Error(`${request.url} could not be answered: ${(e as Error).message}`, { cause: e }));
      answer(text('this went wrong; the log says why\n', 500));
    });
  });
  server.maxConnections = 64;
  await listen(server, host, port);
  server.on('error', onError);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (e: Error): void => reject(new Error(`observe: nothing can listen on ${host} port ${port} (${e.message}): is the port free, and does this machine have the address?`));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
