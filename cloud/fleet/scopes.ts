/** Whom a document is for: everybody, a group, a home. */
import type { Concern, GatewayId } from '../../runtime/fleet/topics.ts';
import type { Scope } from '../api/resources/rollouts.ts';

/** What is known of a home to tell which scopes it is in. */
export interface Member {
  readonly id: GatewayId;
  readonly group: string;
}

export function within(scope: Scope, member: Member): boolean {
  if (scope.kind === 'fleet') return true;
  return scope.kind === 'group' ? member.group === scope.id : member.id === scope.id;
}

export const scopeKey = (scope: Scope): string => (scope.kind === 'fleet' ? 'fleet' : `${scope.kind}:${scope.id}`);
export const documentKey = (scope: Scope, concern: Concern): string => `${scopeKey(scope)}/${concern}`;

/** The scopes of a home, what is stronger later. */
export const scopesOf = ({ id, group }: Member): readonly Scope[] => [{ kind: 'fleet' }, { kind: 'group', id: group }, { kind: 'home', id }];
