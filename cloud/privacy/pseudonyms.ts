/** From raw identities to pseudonyms, and for those who may, back. The newest epoch's key names; all kept keys are searched with. */
import type { FleetStore } from '../fleet/ports.ts';
import { DAY } from './epochs.ts';
import type { EpochKeys, PrivacyKeys } from './keys.ts';
import type { Pseudonyms, RawIdentity } from './parts.ts';
import { openIdentity, sealIdentity, type Identity, type SealedRecord } from './sealed.ts';
import { addressKey, canonicalMac, canonicalNai, PSEUDONYM } from './words.ts';

/** What only a reveal and an erasure may use. */
export interface Vault {
  /** Undefined: nothing is sealed under it, or not any more. */
  open(pseudonym: string): Promise<Identity | undefined>;
  /** Of one NAI, in every epoch whose key is kept. */
  namesOf(nai: string): readonly string[];
  /** As if they had never been heard of. The store's records are the caller's to remove. */
  forget(pseudonyms: readonly string[]): void;
}

interface Known {
  readonly seen: number;
  /** Of the last time that they were told, to see at a glance that nothing is new. */
  readonly mac: string | undefined;
  readonly addresses: string | undefined;
  readonly links: readonly string[];
}

/** A phone may change its MAC as often as it likes. */
const MOST_LINKS = 24;
const PART = 500;

export async function createPseudonyms({ store, keys, now }: { readonly store: FleetStore; readonly keys: PrivacyKeys; readonly now: () => number }): Promise<Pseudonyms & Vault> {
  const known = new Map<string, Known>();
  for (const { id, epoch: sealedIn, seen, links, box } of await store.list<SealedRecord>('sealed')) {
    const epoch = keys.epochs().find((e) => e.id === sealedIn);
    known.set(id, { seen, links, mac: epoch && openIdentity(epoch, id, box)?.mac, addresses: undefined });
  }
  let pending = new Map<string, SealedRecord>();

  const current = (): EpochKeys => keys.epochs()[0] as EpochKeys;
  const nameOf = (epoch: EpochKeys, nai: string): string => `mn-${epoch.name(canonicalNai(nai))}`;

  function linksOf(epoch: EpochKeys, { mac, addresses = [] }: RawIdentity): string[] {
    const canonical = mac === undefined ? undefined : canonicalMac(mac);
    return [...(canonical === undefined ? [] : [epoch.link(canonical)]), ...addresses.flatMap((a) => addressKey(a) ?? []).map((a) => epoch.link(a))];
  }

  function seal(epoch: EpochKeys, id: string, identity: RawIdentity, before: Known | undefined): void {
    const seen = Math.floor(now() / DAY) * DAY;
    // Not everything that tells of a subscriber tells of the phone.
    const mac = identity.mac ?? before?.mac;
    const addresses = identity.addresses?.join(' ') ?? before?.addresses;
    if (before?.seen === seen && before.mac === mac && before.addresses === addresses) return;
    const mine = linksOf(epoch, identity);
    const links = [...(before?.links ?? []).filter((l) => !mine.includes(l)), ...mine].slice(-MOST_LINKS);
    known.set(id, { seen, mac, addresses, links });
    const box = sealIdentity(epoch, id, { nai: identity.nai, ...(mac !== undefined && { mac }) });
    pending.set(id, { id, epoch: epoch.id, seen, links, box });
  }

  /** With what is not written yet. */
  async function all(): Promise<readonly SealedRecord[]> {
    return [...pending.values(), ...(await store.list<SealedRecord>('sealed')).filter((r) => !pending.has(r.id))];
  }

  const namesOf = (nai: string): string[] => keys.epochs().map((epoch) => nameOf(epoch, nai));

  return {
    of(identity) {
      const epoch = current();
      const id = nameOf(epoch, identity.nai);
      seal(epoch, id, identity, known.get(id));
      return id;
    },
    name: (nai) => nameOf(current(), nai),
    async search(text) {
      const asked = text.trim();
      if (asked === '' || PSEUDONYM.test(asked)) return asked === '' ? [] : [asked];
      const value = canonicalMac(asked) ?? addressKey(asked);
      if (value === undefined) return namesOf(asked);
      const links = new Map(keys.epochs().map((epoch) => [epoch.id, epoch.link(value)]));
      const found = (await all()).filter((r) => r.links.includes(links.get(r.epoch) ?? ''));
      return [...found.toSorted((a, b) => b.epoch - a.epoch).map((r) => r.id), ...namesOf(asked).filter((id) => known.has(id))];
    },
    async flush() {
      while (pending.size > 0) {
        const part = [...pending.values()].slice(0, PART);
        await store.commit(part.map((record) => ({ put: 'sealed', record })));
        // One that was sealed anew meanwhile waits for the next part.
        for (const record of part) if (pending.get(record.id) === record) pending.delete(record.id);
      }
    },
    async open(pseudonym) {
      const record = pending.get(pseudonym) ?? (await store.get<SealedRecord>('sealed', pseudonym));
      const epoch = record && keys.epochs().find((e) => e.id === record.epoch);
      return epoch && openIdentity(epoch, pseudonym, record.box);
    },
    namesOf,
    forget(pseudonyms) {
      const gone = new Set(pseudonyms);
      for (const id of gone) known.delete(id);
      pending = new Map([...pending].filter(([id]) => !gone.has(id)));
    },
  };
}
