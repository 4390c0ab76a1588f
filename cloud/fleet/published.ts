/**
 * What gateways were given, as long as they may work with it: a document each by its content, which most homes share, and by home the
 * revisions that were of it. Gateways say revision and hash of what they run; what that says is known from here.
 */
import { hashOf } from '../../runtime/fleet/canonical.ts';
import type { Revision } from '../../runtime/fleet/messages.ts';
import { CONCERNS, type Concern, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { Gateways } from './gateways.ts';
import type { Change, FleetStore, Stored } from './ports.ts';
import type { GatewayRecord, Given } from './records.ts';
import { same } from './status.ts';

export interface Published {
  /** Without its key. Undefined: it is not known, such as of a revision from before this was kept. */
  document(id: GatewayId, concern: Concern, revision: Revision): unknown;
  /** The record's list with this revision, to be stored with it. @param document without its key. @param running what the gateway works with */
  given(record: GatewayRecord, concern: Concern, revision: Revision, document: unknown, running: Revision | undefined): readonly Given[];
  /** What the commit of such records has to bring, too. */
  changes(records: readonly GatewayRecord[]): readonly Change[];
}

/** Collection `published`: `id` is the hash of the document. */
interface PublishedRecord extends Stored {
  readonly document: unknown;
}

const COLLECTION = 'published';
/** Besides the one that runs and the one that is desired: what it may have taken since it spoke last. */
const UNHEARD_OF = 2;

export async function openPublished(store: Pick<FleetStore, 'list' | 'commit'>, gateways: Pick<Gateways, 'get' | 'all'>): Promise<Published> {
  const documents = new Map((await store.list<PublishedRecord>(COLLECTION)).map((r) => [r.id, r.document]));
  const needed = new Set([...gateways.all()].flatMap(({ given }) => CONCERNS.flatMap((c) => given?.[c] ?? []).map((g) => g.content)));
  const unneeded = [...documents.keys()].filter((id) => !needed.has(id));
  if (unneeded.length > 0) await store.commit(unneeded.map((id) => ({ remove: COLLECTION, id })));
  for (const id of unneeded) documents.delete(id);

  return {
    document(id, concern, revision) {
      const found = gateways.get(id)?.given?.[concern]?.find((g) => same(g, revision));
      return found && documents.get(found.content);
    },
    given(record, concern, revision, document, running) {
      const content = hashOf(document);
      documents.set(content, document);
      const before = (record.given?.[concern] ?? []).filter((g) => !same(g, revision));
      const kept = before.filter((g, i) => i < UNHEARD_OF || (running !== undefined && same(g, running)));
      return [{ ...revision, content }, ...kept];
    },
    changes(records) {
      const latest = new Set(records.flatMap(({ given }) => CONCERNS.flatMap((c) => given?.[c]?.[0]?.content ?? [])));
      return [...latest].map((id): Change => {
        const record: PublishedRecord = { id, document: documents.get(id) };
        return { put: COLLECTION, record };
      });
    },
  };
}
