/** One subscriber is forgotten: what is sealed about them, and every line of history that speaks of them, in one commit with a line that does not say whom. */
import type { Audit } from '../fleet/audit.ts';
import { mayAs, refuse } from '../api/route.ts';
import type { Role } from '../api/resources/people.ts';
import type { Change, FleetStore, Stored, Streamed } from '../fleet/ports.ts';
import type { EndSessions, Erase, Pseudonyms } from './parts.ts';
import type { Vault } from './pseudonyms.ts';
import { reasonOf, without } from './reveal.ts';
import type { Identity } from './sealed.ts';

export interface EraseOptions {
  readonly store: FleetStore;
  readonly pseudonyms: Pick<Pseudonyms, 'search' | 'flush'> & Vault;
  readonly audit: Pick<Audit, 'record'>;
  readonly role: Extract<Role, 'operator' | 'owner'>;
  /** Where subscribers may be spoken of. The audit log is not among them: it names pseudonyms that name nobody any more. */
  readonly streams: readonly string[];
  readonly collections: readonly string[];
  readonly endSessions?: EndSessions;
  /** Whoever holds something in memory. */
  readonly onErased: (pseudonyms: readonly string[]) => void;
}

const PART = 2000;

export function createErase({ store, pseudonyms, audit, role, streams, collections, endSessions, onErased }: EraseOptions): Erase {
  /** Of exactly one subscriber. */
  async function namesOf(subscriber: string): Promise<{ readonly ids: readonly string[]; readonly identity: Identity | undefined }> {
    const found = await pseudonyms.search(subscriber);
    const opened = (await Promise.all(found.map((id) => pseudonyms.open(id)))).filter((i): i is Identity => i !== undefined);
    const people = [...new Set(opened.map((i) => i.nai))];
    if (people.length > 1) refuse(409, `${people.length} subscribers had it: name the one by the NAI or the pseudonym`);
    const [nai] = people;
    if (nai === undefined && found.length === 0) refuse(404, 'nobody who is known had it');
    return { ids: [...new Set([...found, ...(nai === undefined ? [] : pseudonyms.namesOf(nai))])], identity: opened[0] };
  }

  async function linesAbout(stream: string, ids: readonly string[]): Promise<readonly number[]> {
    const numbers: number[] = [];
    for (let after = 0; ; ) {
      const part = await store.read<Streamed>(stream, { mentions: ids, after, limit: PART });
      numbers.push(...part.map((line) => line.number));
      after = part.at(-1)?.number ?? after;
      if (part.length < PART) return numbers;
    }
  }

  return async (subscriber, reason, by) => {
    if (!mayAs(by.role, role)) refuse(403, `only an ${role} may erase a subscriber`);
    const said = reasonOf(reason);
    const { ids, identity } = await namesOf(subscriber);
    const sessions = (await endSessions?.(ids)) ?? { ended: 0, left: 0 };
    const drops = await Promise.all(streams.map(async (drop) => ({ drop, numbers: await linesAbout(drop, ids) })));
    const records = await Promise.all(collections.map(async (remove) => (await store.list<Stored>(remove)).filter((r) => speaksOf(r, ids)).map(({ id }) => ({ remove, id }))));
    const changes: Change[] = [...drops, ...records.flat(), ...ids.map((id) => ({ remove: 'sealed', id }))];
    const lines = drops.reduce((sum, { numbers }) => sum + numbers.length, 0);
    const words = [subscriber, ...ids].reduce((text, word) => without(text, { nai: word }), identity ? without(said, identity) : said);
    // Before the commit: what is heard meanwhile begins anew, and is not undone by it.
    pseudonyms.forget(ids);
    await audit.record({ by: by.user, action: 'subscribers.erase', target: 'one subscriber', reason: words, after: { lines, sessions } }, changes);
    onErased(ids);
    // What was on its way while history was looked through.
    for (const drop of streams) {
      const numbers = await linesAbout(drop, ids);
      if (numbers.length > 0) await store.commit([{ drop, numbers }]);
    }
    return { pseudonyms: ids, lines, sessions };
  };
}

/** Pseudonyms are told apart from all other text, so the whole record is searched. */
function speaksOf(record: unknown, ids: readonly string[]): boolean {
  const text = JSON.stringify(record);
  return ids.some((id) => text.includes(id));
}
