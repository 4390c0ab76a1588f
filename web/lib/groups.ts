/** Names of the groups, which homes give by id. */
import { signal } from '@preact/signals';
import type { Group } from '../../cloud/api/resources/homes.ts';
import { getAll } from './api.ts';

const names = signal<ReadonlyMap<string, string>>(new Map());

/** To be called again after a group was made or renamed. */
export async function loadGroups(): Promise<void> {
  const groups = await getAll<Group>('/groups');
  names.value = new Map(groups.map((g) => [g.id, g.name]));
}

export const groupName = (id: string): string => names.value.get(id) ?? id;
