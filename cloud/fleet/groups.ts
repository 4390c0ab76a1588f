/** Groups of homes: a name, and the documents that their homes share. */
import { refuse } from '../api/route.ts';
import type { Group } from '../api/resources/homes.ts';
import type { Audit } from './audit.ts';
import type { DocumentsKeeper } from './documents.ts';
import type { Gateways } from './gateways.ts';
import type { Groups } from './parts.ts';
import type { FleetStore } from './ports.ts';
import type { GroupRecord } from './records.ts';

export interface GroupsOptions {
  readonly store: FleetStore;
  readonly audit: Pick<Audit, 'record'>;
  readonly gateways: Pick<Gateways, 'all' | 'change'>;
  readonly documents: Pick<DocumentsKeeper, 'removal' | 'forget'>;
  readonly newId: () => string;
}

const COLLECTION = 'groups';
/** There is always one, so that a home can be claimed. */
export const FIRST_GROUP: GroupRecord = { id: 'homes', name: 'Homes' };

export async function openGroups({ store, audit, gateways, documents, newId }: GroupsOptions): Promise<Groups> {
  const records = new Map((await store.list<GroupRecord>(COLLECTION)).map((r) => [r.id, r]));
  if (records.size === 0) {
    await store.commit([{ put: COLLECTION, record: FIRST_GROUP }]);
    records.set(FIRST_GROUP.id, FIRST_GROUP);
  }

  const members = (id: string): number => [...gateways.all()].filter((g) => g.group === id).length;
  const shown = (record: GroupRecord): Group => ({ ...record, homes: members(record.id) });

  function vacant(name: string, but?: string): string {
    const other = [...records.values()].find((g) => g.id !== but && g.name.toLowerCase() === name.toLowerCase());
    return other ? refuse(409, `there is a group ${other.name} already`, 'name') : name;
  }

  return {
    list: () => [...records.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(shown),
    has: (id) => records.has(id),
    async create(name, by) {
      const record: GroupRecord = { id: newId(), name: vacant(name) };
      await audit.record({ by, action: 'groups.create', target: record.id, after: { name } }, [{ put: COLLECTION, record }]);
      records.set(record.id, record);
      return shown(record);
    },
    async rename(id, name, by) {
      const before = records.get(id) ?? refuse(404, `there is no group ${id}`);
      const record: GroupRecord = { ...before, name: vacant(name, id) };
      await audit.record({ by, action: 'groups.rename', target: id, before: { name: before.name }, after: { name } }, [{ put: COLLECTION, record }]);
      records.set(id, record);
      return shown(record);
    },
    async remove(id, by) {
      const scope = { kind: 'group', id } as const;
      // In the gateways' turn: no home moves in while it goes.
      await gateways.change(() => {
        const record = records.get(id) ?? refuse(404, `there is no group ${id}`);
        if (members(id) > 0) refuse(409, `${record.name} has ${members(id)} homes: move them to another group first`);
        if (records.size === 1) refuse(409, 'the last group stays: every home is in one');
        return { deed: { by, action: 'groups.remove', target: id, before: { name: record.name } }, changes: [{ remove: COLLECTION, id }, ...documents.removal(scope)] };
      });
      records.delete(id);
      documents.forget(scope);
    },
  };
}
