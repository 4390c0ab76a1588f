import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Session } from '../../../cloud/api/resources/people.ts';
import { format, language, t } from '../../i18n/index.ts';
import { getAll } from '../../lib/api.ts';
import { useResource } from '../../lib/resource.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState, Loaded } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { browserOf } from './browser.ts';
import { PasswordForm } from './passwordForm.tsx';
import { End } from './users.tsx';

const columnsOf = (end: (session: Session) => void): readonly Column<Session>[] => {
  const words = t().access;
  const { ago, dateTime } = format();
  const when = (at: number) => <time title={dateTime(at)}>{ago(at, Date.now())}</time>;
  return [
    { key: 'user', title: words.user, value: (s) => s.user, width: 'minmax(8rem, 1fr)', card: 'title' },
    { key: 'agent', title: words.browser, value: (s) => s.agent, cell: (s) => <span title={s.agent}>{browserOf(s.agent) ?? t().common.unknown}</span>, card: 'line', width: 'minmax(9rem, 1fr)' },
    { key: 'ip', title: words.from, value: (s) => s.ip, cell: (s) => <span class="mono">{s.ip}</span>, card: 'line' },
    { key: 'seen', time: true, title: words.lastSeen, value: (s) => s.lastSeen, cell: (s) => when(s.lastSeen) },
    { key: 'begun', time: true, title: words.signedIn, value: (s) => s.createdAt, cell: (s) => when(s.createdAt) },
    { key: 'expires', time: true, title: words.expires, value: (s) => s.expiresAt, cell: (s) => when(s.expiresAt) },
    {
      key: 'actions',
      title: words.actions,
      value: () => undefined,
      plain: true,
      cell: (s) =>
        s.current ? (
          <Badge tone="accent" icon="check">
            {words.thisOne}
          </Badge>
        ) : (
          <IconButton icon="exit" label={words.endSession(s.user)} onClick={() => end(s)} />
        ),
      width: '8rem',
      card: 'badge',
    },
  ];
};

/** Where one is signed in; to owners, where everybody is. */
export function Sessions() {
  const words = t().access;
  const sessions = useResource<readonly Session[]>('/sessions', getAll);
  const ending = useSignal<Session | undefined>(undefined);
  const changing = useSignal(false);
  const columns = useMemo(() => columnsOf((s) => (ending.value = s)), [language.value]);
  return (
    <>
      <Loaded of={sessions}>
        {(all) => (
          <Table
            name="sessions"
            label={words.tabs.sessions}
            columns={columns}
            rows={all}
            id={(s) => s.id}
            sort="-seen"
            short
            tools={
              <Button icon="key" onClick={() => (changing.value = true)}>
                {words.changePassword}
              </Button>
            }
            empty={<EmptyState icon="user" title={words.noSessions} />}
          />
        )}
      </Loaded>
      {changing.value && <PasswordForm onClose={() => (changing.value = false)} onDone={() => void sessions.reload()} />}
      {ending.value && <End title={words.endSession(ending.value.user)} text={words.signOutHelp} action={t().shell.user.logout} done={words.signedOut} path={`/sessions/${encodeURIComponent(ending.value.id)}`} onClose={() => (ending.value = undefined)} onDone={sessions.reload} />}
    </>
  );
}
