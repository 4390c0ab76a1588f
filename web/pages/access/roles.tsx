import type { Role } from '../../../cloud/api/resources/people.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../ui/badge.tsx';
import { SelectField } from '../../ui/field.tsx';

export const ROLES: readonly Role[] = ['viewer', 'operator', 'owner'];
const ICON = { viewer: 'eye', operator: 'sliders', owner: 'key' } as const;

export function RoleBadge({ role }: { readonly role: Role }) {
  return (
    <Badge tone={role === 'viewer' ? 'calm' : 'accent'} icon={ICON[role]}>
      {t().shell.roles[role]}
    </Badge>
  );
}

/** A role with what it may do. */
export function RoleField({ value, onValue, error }: { readonly value: Role; readonly onValue: (role: Role) => void; readonly error?: string | undefined }) {
  return <SelectField label={t().access.role} value={value} options={ROLES.map((r) => [r, t().shell.roles[r]] as const)} onValue={onValue} help={t().access.roleHelp[value]} error={error} />;
}
