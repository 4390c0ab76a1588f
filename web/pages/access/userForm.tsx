import { useSignal } from '@preact/signals';
import type { Role, User } from '../../../cloud/api/resources/people.ts';
import { t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ErrorNote, Note } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import { RoleField } from './roles.tsx';

/** Adds a user, or changes one: a password that is left empty stays. */
export function UserForm({ user, onClose, onDone }: { readonly user?: User; readonly onClose: () => void; readonly onDone: () => void }) {
  const words = t().access;
  const name = useSignal(user?.name ?? '');
  const role = useSignal<Role>(user?.role ?? 'viewer');
  const password = useSignal('');
  const { busy, failure, of, submit } = useSubmission(['name', 'role', 'password']);
  const path = user ? `/users/${encodeURIComponent(user.id)}` : '/users';
  const body = user
    ? { ...(name.value.trim() === user.name ? {} : { name: name.value.trim() }), ...(role.value === user.role ? {} : { role: role.value }), ...(password.value === '' ? {} : { password: password.value }) }
    : { name: name.value.trim(), role: role.value, password: password.value };
  const save = async (): Promise<void> => {
    await call<User>(user ? 'PATCH' : 'POST', path, body);
    toast(user ? words.changed : words.added(body.name ?? ''));
    onDone();
    onClose();
  };
  return (
    <Dialog
      title={user ? words.changeUser(user.name) : words.addUser}
      onClose={onClose}
      onSubmit={() => void submit(save)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={Object.keys(body).length === 0 || name.value.trim() === '' || (!user && password.value === '')}>
            {user ? t().common.save : words.addUser}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <TextField label={t().common.name} value={name.value} onValue={(v) => (name.value = v)} error={of('name')} required maxLength={64} autofocus />
      <RoleField value={role.value} onValue={(v) => (role.value = v)} error={of('role')} />
      <TextField label={user ? words.newPassword : t().session.password} type="password" autocomplete="new-password" value={password.value} onValue={(v) => (password.value = v)} error={of('password')} help={user ? words.newPasswordHelp : words.firstPasswordHelp} required={!user} />
      {user && <Note>{words.changeEnds}</Note>}
      {/* What is typed as a password appears in no command. */}
      <CommandHint command={curl(user ? 'PATCH' : 'POST', path, 'password' in body ? { ...body, password: '…' } : body)} />
    </Dialog>
  );
}
