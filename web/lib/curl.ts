/** A request of the API as a command line, as its documentation writes them: $CLOUD is the address, $TOKEN a token. */
import type { Method } from './api.ts';

/** @param path below /api/v1 */
export function curl(method: Method, path: string, body?: unknown): string {
  const words = ['curl', ...(method === 'GET' || (method === 'POST' && body !== undefined) ? [] : ['-X', method]), '-H', '"authorization: Bearer $TOKEN"'];
  if (body !== undefined) words.push('--json', `'${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`);
  const address = `$CLOUD/api/v1${path}`;
  return [...words, /^[\w$./%-]+$/.test(address) ? address : `"${address}"`].join(' ');
}
