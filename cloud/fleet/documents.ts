/** The documents of every scope, and what follows from them for one home. */
import { BUILT_IN } from '../../runtime/fleet/builtIn.ts';
import { checkDocument } from '../../runtime/fleet/documents.ts';
import { canonicalJson } from '../../runtime/fleet/canonical.ts';
import type { Problem } from '../../runtime/fleet/messages.ts';
import { CONCERNS, type Concern, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { DocumentVersion, Preview, Scope } from '../api/resources/rollouts.ts';
import { diff } from './diff.ts';
import type { Gateways } from './gateways.ts';
import { merge, sources, type Layer } from './merge.ts';
import type { Documents, Effective } from './parts.ts';
import type { Change, FleetStore } from './ports.ts';
import type { GatewayRecord, VersionRecord } from './records.ts';
import { documentKey, scopesOf, within, type Member } from './scopes.ts';

export interface DocumentsKeeper extends Documents {
  /** What a home is to work with, without its key. Undefined: nothing was ever said. */
  merged(member: Member, concern: Concern): unknown;
  /** The next version of a scope; to be committed as `versionChange`, and then accepted. */
  draft(version: Pick<VersionRecord, 'scope' | 'concern' | 'document' | 'by' | 'at' | 'rollout'>): VersionRecord;
  accept(version: VersionRecord): void;
  /** What removes everything that is said for a scope that is no more; `forget` once that is done. */
  removal(scope: Scope): readonly Change[];
  forget(scope: Scope): void;
  /** Whom a rollout has reached: asked for each scope of a home. */
  overlay(of: Overlay): void;
}

/** The new document of this scope, if this home is among those that have it already. `null`: the scope says nothing. */
export type Overlay = (scope: Scope, concern: Concern, home: GatewayId) => { readonly document: unknown } | undefined;

export interface DocumentsOptions {
  readonly store: FleetStore;
  readonly gateways: Pick<Gateways, 'all' | 'get'>;
  /** Below all scopes: the LMAs of the cloud's own configuration. */
  readonly builtIn: Readonly<Partial<Record<Concern, unknown>>>;
}

const COLLECTION = 'documents';
export const versionChange = (record: VersionRecord): Change => ({ put: COLLECTION, record });

export async function openDocuments({ store, gateways, builtIn }: DocumentsOptions): Promise<DocumentsKeeper> {
  const latest = new Map<string, VersionRecord>();
  let overlay: Overlay = () => undefined;

  function accept(version: VersionRecord): void {
    const key = documentKey(version.scope, version.concern);
    if ((latest.get(key)?.number ?? 0) < version.number) latest.set(key, version);
  }

  /** @param instead what one scope would say */
  function layers(member: Member, concern: Concern, instead?: { readonly scope: Scope; readonly document: unknown }): readonly Layer[] {
    const said = (scope: Scope): unknown => {
      if (instead && documentKey(instead.scope, concern) === documentKey(scope, concern)) return instead.document;
      const changing = overlay(scope, concern, member.id);
      return changing ? changing.document : latest.get(documentKey(scope, concern))?.document;
    };
    return [{ source: 'built in', document: builtIn[concern] }, ...scopesOf(member).map((scope): Layer => ({ source: scope.kind, document: said(scope) }))];
  }

  const published = (version: VersionRecord): DocumentVersion => ({ scope: version.scope, concern: version.concern, document: version.document, by: version.by, at: version.at });

  function preview(scope: Scope, concern: Concern, document: unknown): Preview {
    const own = document === null ? { ok: true as const } : checkDocument(concern, document);
    if (!own.ok) return { homes: [], problems: own.problems, unchanged: 0 };
    const keys = keyProblems(concern, document);
    if (keys.length > 0) return { homes: [], problems: keys, unchanged: 0 };
    const homes: Preview['homes'][number][] = [];
    const problems = new Map<string, Problem>();
    const checked = new Set<string>();
    let unchanged = 0;
    for (const record of gateways.all()) {
      if (record.revoked || !within(scope, record)) continue;
      const before = merge(layers(record, concern));
      const after = merge(layers(record, concern, { scope, document }));
      const changes = diff(before, after);
      if (changes.length === 0) unchanged += 1;
      else homes.push({ home: record.id, name: record.name, changes });
      for (const problem of problemsOnce(concern, after, checked)) problems.set(`${problem.path} ${problem.reason}`, problem);
    }
    return { homes, problems: [...problems.values()], unchanged };
  }

  for (const version of await store.list<VersionRecord>(COLLECTION)) accept(version);
  return {
    current: (scope, concern) => {
      const version = latest.get(documentKey(scope, concern));
      return version && published(version);
    },
    history: async (scope, concern) => (await store.list<VersionRecord>(COLLECTION)).filter((r) => documentKey(r.scope, r.concern) === documentKey(scope, concern)).toSorted((a, b) => b.number - a.number).map(published),
    effective: (id) => {
      const record = gateways.get(id);
      const of = (concern: Concern): readonly Effective[] => (record ? sources([{ source: 'built in', document: BUILT_IN[concern] }, ...layers(record, concern)]) : []);
      return Object.fromEntries(CONCERNS.map((concern) => [concern, of(concern)])) as Record<Concern, readonly Effective[]>;
    },
    preview,
    merged: (member, concern) => merge(layers(member, concern)),
    draft: (version) => {
      const key = documentKey(version.scope, version.concern);
      const number = (latest.get(key)?.number ?? 0) + 1;
      return { ...version, id: `${key}/${String(number).padStart(8, '0')}`, number };
    },
    accept,
    removal: (scope) => CONCERNS.flatMap((concern) => versionIds(latest.get(documentKey(scope, concern)))).map((id): Change => ({ remove: COLLECTION, id })),
    forget: (scope) => CONCERNS.forEach((concern) => latest.delete(documentKey(scope, concern))),
    overlay: (of) => {
      overlay = of;
    },
  };
}

/** Those that lead to this one. */
function versionIds(version: VersionRecord | undefined): readonly string[] {
  if (!version) return [];
  const key = documentKey(version.scope, version.concern);
  return Array.from({ length: version.number }, (_, i) => `${key}/${String(i + 1).padStart(8, '0')}`);
}

/** What is wrong with a merged document; most homes have the same one. */
function problemsOnce(concern: Concern, document: unknown, checked: Set<string>): readonly Problem[] {
  if (document === undefined) return [];
  const text = canonicalJson(document);
  if (checked.has(text)) return [];
  checked.add(text);
  const result = checkDocument(concern, document);
  return result.ok ? [] : result.problems;
}

/** Documents can be read by every viewer: no key is in any. */
const keyProblems = (concern: Concern, document: unknown): readonly Problem[] =>
  anchorsOf(concern, document).flatMap((anchor, i) => (Object.hasOwn(anchor, 'key') ? [{ path: `local-mobility-anchors.${i}.key`, reason: 'each gateway has a key of its own, which the cloud makes and tells the LMAs: leave it out' }] : []));

/** As it goes to the gateway: each LMA with the key that this gateway shares with it (RFC 4285). */
export function withKey(concern: Concern, document: unknown, record: GatewayRecord): unknown {
  const anchors = anchorsOf(concern, document);
  return anchors.length === 0 ? document : { ...(document as object), 'local-mobility-anchors': anchors.map((anchor) => ({ ...anchor, key: record.key })) };
}

export function anchorsOf(concern: Concern, document: unknown): readonly object[] {
  const anchors = concern === 'lmas' ? (document as Readonly<Record<string, unknown>> | undefined)?.['local-mobility-anchors'] : undefined;
  return Array.isArray(anchors) ? (anchors as object[]) : [];
}
