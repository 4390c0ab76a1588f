/** RADIUS servers in configuration files, at both ends, in the seed's words. */
import * as v from 'valibot';
import { ACCT_PORT, AUTH_PORT } from '../../protocol/radius/ports.ts';
import { field } from '../config.ts';
import { readNamed } from '../namedFile.ts';

export const port = (standard: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)), standard);
export const within = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));

/** The shared secret stands here, or as the first line of a file that only root reads. */
export const secret = { key: v.optional(field.text), 'key-file': v.optional(field.text) };

/** `radius-server host 203.0.113.115 auth-port 1812 acct-port 1813 key …`; the first that answers is asked. */
export const radiusServer = v.strictObject({ address: field.ip, 'auth-port': port(AUTH_PORT), 'acct-port': port(ACCT_PORT), ...secret });

/** `radius-server retransmit`, `radius-server timeout`, `radius-server deadtime`; seconds */
export const patience = {
  retransmit: v.optional(v.pipe(within(0, 10), v.integer()), 2),
  timeout: v.optional(within(0.1, 60), 3),
  'dead-time': v.optional(within(0, 86_400), 60),
};

/** How a NAS names itself (attributes 32, 4 and 95). */
export const nasNames = { 'nas-identifier': v.optional(field.text), 'nas-ip-address': v.optional(field.ipv4), 'nas-ipv6-address': v.optional(field.ipv6) };

interface Secret {
  readonly key?: string | undefined;
  readonly 'key-file'?: string | undefined;
}

/** One of the two. */
export const hasOneSecret = (s: Secret): boolean => (s.key === undefined) !== (s['key-file'] === undefined);
export const ONE_SECRET = 'expected either key or key-file';

/** @throws Error that names the file and never what is in it */
export function secretOf({ key, 'key-file': file }: Secret, where: string): string {
  if (file === undefined) return key ?? '';
  const found = (readNamed(file, `${where}.key-file`).toString().split('\n')[0] ?? '').trim();
  if (found === '') throw new Error(`${where}.key-file: expected a shared secret in the first line of ${file}, found none`);
  return found;
}
