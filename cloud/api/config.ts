/** Section `http` of cloud.yaml: where the dashboard and the API are. */
import * as v from 'valibot';
import { canonicalIp, isIpv4, isIpv6 } from '../../protocol/address.ts';
import { field, type Problem } from '../../runtime/config.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

function listenOf(text: string): Listen | undefined {
  const m = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = m?.[1] ?? m?.[2] ?? '';
  const port = Number(m?.[3]);
  if (!m || port > 65535 || (m[1] === undefined ? !isIpv4(host) : !isIpv6(host))) return undefined;
  return { host: canonicalIp(host), port };
}

/** An address with its port. */
export const listen = v.pipe(
  v.string(),
  v.check((value) => listenOf(value) !== undefined, 'expected an address and a port such as 127.0.0.1:8080 or "[::]:443"'),
  v.transform((value) => listenOf(value) as Listen),
);

export const http = v.optional(
  v.strictObject({
    listen: v.optional(listen, '127.0.0.1:8080'),
    /** Names that people type, such as fleet.example.net. Addresses and localhost always work; other names are refused (DNS rebinding). */
    names: v.optional(v.array(v.pipe(field.name, v.toLowerCase())), []),
    /** Files, PEM. */
    tls: v.optional(v.strictObject({ certificate: field.text, key: field.text })),
    /** A proxy in front ends TLS, and tells the client's address in X-Forwarded-For. */
    'behind-proxy': v.optional(v.boolean(), false),
  }),
  {},
);
export type HttpConfig = v.InferOutput<typeof http>;

export const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1';

/** What the schema cannot say. @param at where the section is in the file */
export function checkHttp(config: HttpConfig, at: readonly string[] = ['http']): Problem[] {
  if (isLoopback(config.listen.host) || config.tls || config['behind-proxy']) return [];
  return [{ path: [...at, 'listen'], message: `${config.listen.host} can be reached by others, who would read passwords on the way: add tls with certificate and key, or say "behind-proxy: true" where a proxy does it` }];
}

/** As people type it in a browser. */
export function addressOf(config: HttpConfig): string {
  const { host, port } = config.listen;
  const anywhere = host === '0.0.0.0' || host === '::';
  const name = config.names[0] ?? (anywhere ? 'localhost' : isIpv6(host) ? `[${host}]` : host);
  if (config['behind-proxy'] && config.names[0] !== undefined) return `https://${name}`;
  return config.tls ? `https://${name}${port === 443 ? '' : `:${port}`}` : `http://${name}${port === 80 ? '' : `:${port}`}`;
}
