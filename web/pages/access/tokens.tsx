import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Token } from '../../../cloud/api/resources/people.ts';
import { format, language, t } from '../../i18n/index.ts';
import { getAll } from '../../lib/api.ts';
import { useResource } from '../../lib/resource.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState, Loaded } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { RoleBadge } from './roles.tsx';
import { TokenForm } from './tokenForm.tsx';
import { End } from './users.tsx';

const columnsOf = (remove: (token: Token) => void): readonly Column<Token>[] => {
  const words = t().access;
  const { date, ago, dateTime } = format();
  const over = (token: Token): boolean => token.expiresAt !== undefined && token.expiresAt <= Date.now();
  return [
    { key: 'name', title: t().common.name, value: (k) => k.name, width: 'minmax(9rem, 2fr)', card: 'title' },
    { key: 'role', title: words.role, value: (k) => t().shell.roles[k.role], cell: (k) => <RoleBadge role={k.role} />, card: 'line' },
    { key: 'used', time: true, title: words.lastUsed, value: (k) => k.lastUsed, cell: (k) => (k.lastUsed === undefined ? t().common.never : <time title={dateTime(k.lastUsed)}>{ago(k.lastUsed, Date.now())}</time>) },
    { key: 'expires', time: true, title: words.expires, value: (k) => k.expiresAt, cell: (k) => (k.expiresAt === undefined ? t().common.never : over(k) ? <Badge tone="calm" icon="clock">{words.over}</Badge> : date(k.expiresAt)) },
    { key: 'created', time: true, title: words.since, value: (k) => k.createdAt, cell: (k) => date(k.createdAt) },
    { key: 'actions', title: words.actions, value: () => undefined, plain: true, cell: (k) => <IconButton icon="trash" label={words.removeToken(k.name)} onClick={() => remove(k)} />, width: '5rem', card: 'badge' },
  ];
};

/** For programs; a secret is shown once, when it is made. */
export function Tokens() {
  const words = t().access;
  const tokens = useResource<readonly Token[]>('/tokens', getAll);
  const adding = useSignal(false);
  const removing = useSignal<Token | undefined>(undefined);
  const columns = useMemo(() => columnsOf((token) => (removing.value = token)), [language.value]);
  const add = (
    <Button kind="primary" icon="plus" onClick={() => (adding.value = true)}>
      {words.addToken}
    </Button>
  );
  return (
    <>
      <Loaded of={tokens}>
        {(all) => (
          <Table
            name="tokens"
            label={words.tabs.tokens}
            columns={columns}
            rows={all}
            id={(k) => k.id}
            sort="name"
            short
            tools={all.length > 0 && add}
            empty={
              <EmptyState icon="key" title={words.noTokens} actions={add}>
                {words.noTokensHelp}
              </EmptyState>
            }
          />
        )}
      </Loaded>
      {adding.value && <TokenForm onClose={() => (adding.value = false)} onDone={() => void tokens.reload()} />}
      {removing.value && (
        <End title={words.removeToken(removing.value.name)} text={words.removeTokenHelp} action={t().common.remove} done={words.removed} path={`/tokens/${encodeURIComponent(removing.value.id)}`} onClose={() => (removing.value = undefined)} onDone={tokens.reload} />
      )}
    </>
  );
}
