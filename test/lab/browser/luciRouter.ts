/** A router's web server as far as our pages of LuCI need one: the real view files, the page around them, and a ubus that answers as told. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { parsePo } from '../../../packaging/po.ts';

const here = dirname(fileURLToPath(import.meta.url));
export const LUCI = join(here, '..', '..', '..', 'agent', 'openwrt', 'luci');

export type Answer = { readonly error: { readonly code: number; readonly message: string } } | readonly [status: number, data?: unknown];
export type Ubus = (object: string, method: string, given: Readonly<Record<string, unknown>>) => Answer | 'broken';

export interface RouterPage {
  readonly view: 'status' | 'settings' | 'help';
  /** As LuCI calls it. */
  readonly language?: string;
  readonly readonly?: boolean;
}

export interface Router {
  /** The address of a page. */
  at(page: RouterPage): string;
  ubus: Ubus;
  /** What lies where the package has the documentation. */
  docs: string | undefined;
  /** Calls of ubus but status: `pause {}`. */
  readonly calls: string[];
  close(): Promise<void>;
}

/** Nothing where there is no catalog of that language. */
function textsOf(language: string): Record<string, string | readonly string[]> {
  const path = join(LUCI, 'po', language, 'roamstead.po');
  return existsSync(path) ? Object.fromEntries(parsePo(readFileSync(path, 'utf8')).messages.map((m) => [m.id, m.isPlural ? m.texts : (m.texts[0] ?? '')])) : {};
}

/** A theme without colours of its own: what axe finds is ours. */
const STYLE = 'body{font:16px sans-serif;margin:1em;overflow-wrap:anywhere}table{width:100%}.tr{vertical-align:top}td,th{text-align:left}';

function pageOf(query: URLSearchParams): string {
  const language = query.get('language') ?? 'en';
  const options = { texts: textsOf(language), readonly: query.has('readonly') };
  return `<!DOCTYPE html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>LuCI</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main id="maincontent"><h1>OpenWrt</h1><div id="view"></div></main><script src="/runtime.js"></script>
<script>luci.startLuci(${JSON.stringify(options).replaceAll('<', '\\u003c')});window.shown=showView('${query.get('view') ?? ''}')</script></body></html>`;
}

export async function startRouter(): Promise<Router> {
  const { outputFiles } = await build({ entryPoints: [join(here, 'luciRuntime.ts')], bundle: true, write: false, format: 'iife', globalName: 'luci', logLevel: 'error' });
  const runtime = outputFiles[0]?.text ?? '';
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://router');
    const say = (type: string, body: string | undefined): void => void response.writeHead(body === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(body);
    if (url.pathname === '/') return say('text/html', pageOf(url.searchParams));
    if (url.pathname === '/runtime.js') return say('text/javascript', runtime);
    if (url.pathname === '/luci-static/resources/roamstead/openwrt.md') return say('text/plain', router.docs);
    if (url.pathname.startsWith('/luci-static/')) return say('text/javascript', readFileSync(join(LUCI, 'htdocs', url.pathname), 'utf8'));
    let body = '';
    for await (const piece of request) body += String(piece);
    const { id, params } = JSON.parse(body) as { id: number; params: [string, string, string, Record<string, unknown>] };
    const [, object, method, given] = params;
    if (method !== 'status' && object !== 'rc') router.calls.push(`${method} ${JSON.stringify(given)}`);
    const answer = router.ubus(object, method, given);
    if (answer === 'broken') return void response.writeHead(404).end();
    return say('application/json', JSON.stringify({ jsonrpc: '2.0', id, ...('error' in answer ? answer : { result: answer }) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const router: Router = {
    at: ({ view, language, readonly }) => `http://127.0.0.1:${port}/?${new URLSearchParams({ view, ...(language ? { language } : {}), ...(readonly ? { readonly: '1' } : {}) })}`,
    ubus: () => [4],
    docs: undefined,
    calls: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return router;
}
