/** The dashboard's files, read once at start: nothing that a request says becomes a path on the disk. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { accepts } from './client.ts';

interface Variant {
  readonly encoding?: 'br' | 'gzip';
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}
interface Asset {
  readonly type: string;
  readonly immutable: boolean;
  /** The smallest first; the last one is as it is. */
  readonly variants: readonly Variant[];
}

export interface Site {
  /** Answers with `index.html` where there is no such file: the dashboard's own routing goes on from there. */
  answer(path: string, request: Request): Response;
  readonly files: number;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml',
  '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json', '.txt': 'text/plain; charset=utf-8',
};
const PACKED = { '.br': 'br', '.gz': 'gzip' } as const;
const NOT_BUILT = 'The dashboard was not built: npm run build does it. The API answers below /api/v1 (see /api/openapi.json).\n';

/** @param folder such as dist/web; what is in it as `x.br` and `x.gz` is `x`, packed at build */
export function openSite(folder: string): Site {
  const assets = new Map(filesIn(folder).filter((f) => !(extname(f) in PACKED)).map((f) => [`/${f}`, assetAt(folder, f)]));
  const index = assets.get('/index.html');
  return {
    files: assets.size,
    answer(path, request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return plain('this only answers GET\n', 405);
      const asset = assets.get(path) ?? (looksLikeFile(path) ? undefined : index);
      if (asset) return served(asset, request);
      return index ? plain('there is no such file\n', 404) : plain(NOT_BUILT, 503);
    },
  };
}

/** An old page that asks for a script of its own build must not get HTML. */
const looksLikeFile = (path: string): boolean => path.startsWith('/assets/') || extname(path) in TYPES;

function filesIn(folder: string): string[] {
  const inside = (at: string): string[] => readdirSync(join(folder, at)).flatMap((name) => (statSync(join(folder, at, name)).isDirectory() ? inside(join(at, name)) : [join(at, name)]));
  try {
    return inside('.');
  } catch {
    return [];
  }
}

function assetAt(folder: string, file: string): Asset {
  const variant = (suffix: string, encoding?: 'br' | 'gzip'): Variant[] => {
    try {
      const body = new Uint8Array(readFileSync(join(folder, file + suffix)));
      return [{ body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`, ...(encoding ? { encoding } : {}) }];
    } catch {
      return [];
    }
  };
  return {
    type: TYPES[extname(file)] ?? 'application/octet-stream',
    // The build puts a hash into the names of what it makes.
    immutable: file.startsWith('assets/') && /[-.][\w-]{8,}\.\w+$/.test(file),
    variants: [...Object.entries(PACKED).flatMap(([suffix, encoding]) => variant(suffix, encoding)), ...variant('')],
  };
}

function served(asset: Asset, request: Request): Response {
  const variant = asset.variants.find((v) => v.encoding === undefined || accepts(request.headers, v.encoding)) as Variant;
  const headers = new Headers({
    'content-type': asset.type,
    'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: variant.etag,
    vary: 'accept-encoding',
    ...(variant.encoding ? { 'content-encoding': variant.encoding } : {}),
  });
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(variant.etag)) return new Response(null, { status: 304, headers });
  headers.set('content-length', String(variant.body.length));
  return new Response(request.method === 'HEAD' ? null : variant.body, { headers });
}

const plain = (text: string, status: number): Response => new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } });
