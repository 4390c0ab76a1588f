/**
 * The gateways of each service on disk, beside the restart counter: an anchor that lost its bindings still knows whom to tell
 * (RFC 5847 §3.2), and they register their phones again at once instead of at their next heartbeat.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { isIpv4, isIpv6 } from '../protocol/address.ts';
import type { KnownPeer } from './lma/peers.ts';

export interface PeersFile {
  /** Those of the last run. */
  of(service: string): readonly KnownPeer[];
  /** Written a moment later, with all others of that moment. */
  keep(service: string, peer: KnownPeer): void;
  /** Writes what is due now. */
  flush(): void;
}

const ip = v.pipe(v.string(), v.check((s) => isIpv4(s) || isIpv6(s)));
const peer = v.strictObject({
  id: v.string(),
  mag: v.exactOptional(v.string()),
  endpoint: v.strictObject({ transport: v.picklist(['ipv6', 'udp']), local: ip, remote: ip, remotePort: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))) }),
});
const file = v.record(v.string(), v.array(peer));

const WRITE_AFTER = 1000;
/** Of a service. Where nothing is authenticated each address is another gateway; those that came last are told. */
const MOST = 100_000;

export function openPeersFile(folder: string, onError: (error: Error) => void): PeersFile {
  const path = join(folder, 'gateways.json');
  const last = read(path, onError);
  const current = new Map<string, Map<string, KnownPeer>>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (!timer) return;
    clearTimeout(timer);
    timer = undefined;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries([...current].map(([service, peers]) => [service, [...peers.values()]]))), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (e) {
      onError(new Error(`${path} cannot be written, so a restart may not be announced: ${(e as Error).message}`));
    }
  }

  return {
    of: (service) => last[service]?.map(({ mag, ...rest }) => ({ ...rest, mag })) ?? [],
    keep(service, p) {
      const peers = current.get(service) ?? new Map<string, KnownPeer>();
      peers.delete(p.id);
      current.set(service, peers.set(p.id, p));
      const [oldest] = peers.keys();
      if (peers.size > MOST && oldest !== undefined) peers.delete(oldest);
      timer ??= setTimeout(flush, WRITE_AFTER).unref();
    },
    flush,
  };
}

/** Nobody is known at the first start, and where something else stands. */
function read(path: string, onError: (error: Error) => void): v.InferOutput<typeof file> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  try {
    return v.parse(file, JSON.parse(text));
  } catch (e) {
    onError(new Error(`${path} is not what this version writes, so a restart is not announced: ${(e as Error).message}`));
    return {};
  }
}
