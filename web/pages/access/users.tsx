import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { User } from '../../../cloud/api/resources/people.ts';
import { format, language, t } from '../../i18n/index.ts';
import { call, getAll } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { useResource } from '../../lib/resource.ts';
import { session } from '../../lib/session.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { EmptyState, Loaded } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { RoleBadge } from './roles.tsx';
import { UserForm } from './userForm.tsx';

type Open = { readonly kind: 'add' } | { readonly kind: 'edit' | 'remove' | 'signOut'; readonly user: User };
type Act = (open: Open) => void;

const columnsOf = (act: Act): readonly Column<User>[] => {
  const words = t().access;
  const { date, ago, dateTime, number } = format();
  return [
    { key: 'name', title: t().common.name, value: (u) => u.name, cell: (u) => (u.name === session.value?.user ? words.you(u.name) : u.name), width: 'minmax(9rem, 2fr)', card: 'title' },
    { key: 'role', title: words.role, value: (u) => t().shell.roles[u.role], cell: (u) => <RoleBadge role={u.role} />, card: 'line' },
    { key: 'seen', time: true, title: words.lastSeen, value: (u) => u.lastSeen, cell: (u) => (u.lastSeen === undefined ? t().common.never : <time title={dateTime(u.lastSeen)}>{ago(u.lastSeen, Date.now())}</time>) },
    { key: 'sessions', title: words.tabs.sessions, value: (u) => u.sessions, cell: (u) => number(u.sessions), end: true, width: 'minmax(7rem, 0.6fr)' },
    { key: 'created', time: true, title: words.since, value: (u) => u.createdAt, cell: (u) => date(u.createdAt) },
    {
      key: 'actions',
      title: words.actions,
      value: () => undefined,
      plain: true,
      cell: (u) => (
        <span class="cell-actions">
          <IconButton icon="pencil" label={words.changeUser(u.name)} onClick={() => act({ kind: 'edit', user: u })} />
          <IconButton icon="exit" label={words.signOutUser(u.name)} disabled={u.sessions === 0} onClick={() => act({ kind: 'signOut', user: u })} />
          <IconButton icon="trash" label={words.removeUser(u.name)} onClick={() => act({ kind: 'remove', user: u })} />
        </span>
      ),
      width: '9rem',
      card: 'badge',
    },
  ];
};

export function Users() {
  const words = t().access;
  const users = useResource<readonly User[]>('/users', getAll);
  const open = useSignal<Open | undefined>(undefined);
  const columns = useMemo(() => columnsOf((o) => (open.value = o)), [language.value]);
  const close = (): void => {
    open.value = undefined;
  };
  const now = open.value;
  return (
    <>
      <Loaded of={users}>
        {(all) => (
          <Table
            name="users"
            label={words.tabs.users}
            columns={columns}
            rows={all}
            id={(u) => u.id}
            sort="name"
            short
            tools={
              <Button kind="primary" icon="plus" onClick={() => (open.value = { kind: 'add' })}>
                {words.addUser}
              </Button>
            }
            empty={<EmptyState icon="user" title={words.noUsers} />}
          />
        )}
      </Loaded>
      {now?.kind === 'add' && <UserForm onClose={close} onDone={() => void users.reload()} />}
      {now?.kind === 'edit' && <UserForm user={now.user} onClose={close} onDone={() => void users.reload()} />}
      {now?.kind === 'remove' && (
        <End title={words.removeUser(now.user.name)} text={words.removeUserHelp} action={t().common.remove} done={words.removed} path={`/users/${encodeURIComponent(now.user.id)}`} onClose={close} onDone={users.reload} />
      )}
      {now?.kind === 'signOut' && (
        <End title={words.signOutUser(now.user.name)} text={words.signOutHelp} action={t().shell.user.logout} done={words.signedOut} path={`/users/${encodeURIComponent(now.user.id)}/sessions`} onClose={close} onDone={users.reload} />
      )}
    </>
  );
}

/** Asks before a DELETE. */
export function End({ title, text, action, done, path, onClose, onDone }: { readonly title: string; readonly text: string; readonly action: string; readonly done: string; readonly path: string; readonly onClose: () => void; readonly onDone: () => Promise<void> }) {
  return (
    <Confirm title={title} action={action} done={done} onClose={onClose} run={() => call('DELETE', path).then(onDone)}>
      <p>{text}</p>
      <CommandHint command={curl('DELETE', path)} />
    </Confirm>
  );
}
