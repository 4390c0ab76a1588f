/**
 * Gateways that may register though the configuration does not name them: a fleet service, or an operator, admits and dismisses
 * them while the anchor runs. Kept in the state directory, for root alone, since keys are in it.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { UnixMillis } from '../protocol/units.ts';
import { field } from '../runtime/config.ts';
import type { Handlers, Request } from '../runtime/control.ts';
import type { Log } from '../runtime/log.ts';
import type { LmaEvent } from './lma/lma.ts';
import type { RevocationReport } from './lma/revocationOrder.ts';
import type { SessionScope } from './lma/scope.ts';

const row = v.strictObject({
  id: field.name,
  key: field.key,
  since: v.number(),
  /** Dismissed, and not all of its bindings have ended yet. */
  leaving: v.exactOptional(v.literal(true)),
});
type Row = v.InferOutput<typeof row>;
const wish = v.object({ id: field.name, key: field.key });

/** As `show lma gateways` gives it; never with a key. */
export interface ShownGateway {
  readonly id: string;
  readonly source: 'configured' | 'admitted' | 'leaving';
  /** When it was admitted, as ISO 8601. */
  readonly since?: string;
}

export interface AdmissionOptions {
  /** Keys by MAG Identifier of the gateways that the configuration names; of one without a key, none. */
  readonly configured: ReadonlyMap<string, Uint8Array | undefined>;
  readonly folder: string;
  /** Those that run; none yet at the start. */
  readonly services: () => readonly { feed(event: LmaEvent): void }[];
  readonly end: (scope: SessionScope, reason: string) => Promise<RevocationReport>;
  readonly wall: () => UnixMillis;
  readonly log: Log;
  readonly onError: (error: Error) => void;
}

export interface GatewayAdmission {
  /** By MAG Identifier; changes while the anchor runs. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  has(id: string): boolean;
  /** What a service's core is told before it takes up its sessions. */
  events(): readonly LmaEvent[];
  /** Once gateways are heard: what was not finished in the last run. */
  resume(): void;
  readonly handlers: Handlers;
}

export function openAdmission({ configured, folder, services, end, wall, log, onError }: AdmissionOptions): GatewayAdmission {
  const path = join(folder, 'admitted.json');
  const rows = new Map(read(path, onError).filter((r) => !configured.has(r.id)).map((r) => [r.id, r]));
  const keys = new Map([...configured].flatMap(([id, key]) => (key ? [[id, key] as const] : [])));
  for (const r of rows.values()) keys.set(r.id, octetsOf(r.key));
  const toAll = (event: LmaEvent): void => services().forEach((s) => s.feed(event));

  /** Nothing changes unless it is on disk. @throws Error in words */
  function keep(change: (next: Map<string, Row>) => void): void {
    const next = new Map(rows);
    change(next);
    write(folder, path, [...next.values()]);
    rows.clear();
    for (const [id, r] of next) rows.set(id, r);
  }

  function admit(request: Request): { readonly admitted: number; readonly known: number } {
    const wishes = Array.isArray(request['gateways']) ? request['gateways'].map((w: unknown) => wishOf(w)) : [wishOf(request)];
    const clashes = wishes.filter(({ id, key }) => configured.has(id) && !sameKey(key, keys.get(id))).map(({ id }) => id);
    const fresh = wishes.filter(({ id, key }) => !configured.has(id) && (rows.get(id)?.key !== key.toLowerCase() || rows.get(id)?.leaving === true));
    if (fresh.length > 0) keep((next) => fresh.forEach(({ id, key }) => next.set(id, { id, key: key.toLowerCase(), since: wall() })));
    for (const { id, key } of fresh) {
      keys.set(id, octetsOf(key));
      toAll(admission(id));
      log('info', `gateway ${id} is admitted`);
    }
    // The others are admitted: a gateway that took a name of the configuration must not keep them out.
    if (clashes.length > 0) throw new Error(`${clashes.join(', ')}: this stands in mobile-access-gateways, and with another key or none: change it there`);
    return { admitted: fresh.length, known: wishes.length - fresh.length };
  }

  async function dismiss({ id }: Request): Promise<RevocationReport> {
    if (typeof id !== 'string') throw new Error('say which gateway: id is its MAG Identifier');
    const known = rows.get(id);
    if (configured.has(id)) throw new Error(`${id} stands in mobile-access-gateways: remove it there`);
    if (!known) throw new Error(`no gateway ${id} was admitted`);
    const leaving: Row = { ...known, leaving: true };
    keep((next) => next.set(id, leaving));
    return leave(leaving);
  }

  /** Its key stays until it has answered the revocation, and opens nothing else. */
  async function leave(leaving: Row): Promise<RevocationReport> {
    const { id } = leaving;
    // Of two anchors the one that waits leaves it until its turn: then it ends what the other one did not.
    if (services().length === 0) return { bindings: 0, unanswered: 0, refused: 0 };
    toAll({ kind: 'dismiss', mag: id });
    const report = await end({ kind: 'mag', mag: id }, 'its gateway was dismissed');
    if (rows.get(id) !== leaving) return report;
    keys.delete(id);
    keep((next) => next.delete(id));
    log('info', `gateway ${id} is dismissed`, { ...report });
    return report;
  }

  const shown = (): ShownGateway[] => [
    ...[...configured.keys()].map((id): ShownGateway => ({ id, source: 'configured' })),
    ...[...rows.values()].map((r): ShownGateway => ({ id: r.id, source: r.leaving ? 'leaving' : 'admitted', since: new Date(r.since).toISOString() })),
  ];

  return {
    keys,
    has: (id) => configured.has(id) || rows.has(id),
    events: () => [...rows.keys()].map(admission),
    resume: () => [...rows.values()].filter((r) => r.leaving).forEach((r) => void leave(r).catch((e: unknown) => onError(e as Error))),
    handlers: { 'admit gateway': admit, 'dismiss gateway': dismiss, 'show lma gateways': shown },
  };
}

const admission = (id: string): LmaEvent => ({ kind: 'admit', mag: { id, keyed: true } });
const octetsOf = (key: string): Uint8Array => new Uint8Array(Buffer.from(key, 'hex'));

/** @throws Error in words, without the key */
function wishOf(value: unknown): v.InferOutput<typeof wish> {
  const parsed = v.safeParse(wish, value);
  if (!parsed.success) throw new Error('a gateway is admitted by its MAG Identifier (id) and a key of at least 32 hex digits (key)');
  return parsed.output;
}

const sameKey = (key: string, own: Uint8Array | undefined): boolean => own !== undefined && Buffer.from(own).equals(Buffer.from(key, 'hex'));

/** A file that cannot be read is left where an operator finds it. */
function read(path: string, onError: (error: Error) => void): readonly Row[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') onError(new Error(`${path} cannot be read, so gateways that were admitted are strangers: ${(e as Error).message}`));
    return [];
  }
  try {
    return v.parse(v.array(row), JSON.parse(text));
  } catch {
    renameSync(path, `${path}.unreadable`);
    onError(new Error(`${path} is not what this version writes; it is kept as ${path}.unreadable, and gateways that were admitted are strangers until they are admitted again`));
    return [];
  }
}

/** @throws Error in words when it cannot be made sure */
function write(folder: string, path: string, rows: readonly Row[]): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, JSON.stringify(rows), { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
    const directory = openSync(folder, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (e) {
    throw new Error(`${path} cannot be written, so nothing was changed: ${(e as Error).message}`, { cause: e });
  }
}
