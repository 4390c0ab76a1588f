/** What the anchor tells about itself over HTTP, and where. */
import * as v from 'valibot';
import { canonicalIp, isIpv4, isIpv6 } from '../../protocol/address.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:9464`, `[::1]:9464` or a port alone, which is the loopback's. */
function listenOf(text: string): Listen | undefined {
  const m = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
  const host = m?.[1] ?? m?.[2] ?? '127.0.0.1';
  const port = Number(m?.[3]);
  if (!m || port > 65535 || (m[1] === undefined ? !isIpv4(host) : !isIpv6(host))) return undefined;
  return { host: canonicalIp(host), port };
}

const listen = v.pipe(
  v.union([v.string(), v.number()]),
  v.check((value) => listenOf(String(value)) !== undefined, 'expected an address and a port such as 127.0.0.1:9464 or "[::1]:9464"'),
  v.transform((value) => listenOf(String(value)) as Listen),
);

/** Without the section nothing listens. */
export const observe = v.optional(
  v.strictObject({
    /** /metrics, /healthz, /readyz, /traces. No names are in them, but how many come and go is: keep it to those who may know. */
    listen: v.optional(listen, '127.0.0.1:9464'),
    /** Handovers that are remembered. */
    traces: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65536)), 1024),
  }),
);
