/** What an operator does with a home as a whole. */
import { useSignal } from '@preact/signals';
import type { HomeDetails } from '../../../cloud/api/resources/homes.ts';
import { t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import type { Resource } from '../../lib/resource.ts';
import { may } from '../../lib/session.ts';
import { Button } from '../../ui/button.tsx';
import { CommandMenu } from '../../ui/commandHint.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { tell } from '../../ui/toast.tsx';
import { Edit } from './edit.tsx';
import { Remove, Revoke } from './revoke.tsx';

export function Actions({ home, loaded }: { readonly home: HomeDetails; readonly loaded: Resource<HomeDetails> }) {
  const words = t().home;
  const open = useSignal<'edit' | 'revoke' | 'remove' | undefined>(undefined);
  const close = (): void => {
    open.value = undefined;
  };
  const path = `/homes/${encodeURIComponent(home.id)}`;
  const commands = <CommandMenu commands={[curl('GET', path)]} />;
  if (!may('operator')) return commands;
  const send = (name: 'identify' | 'refresh'): void => void tell(() => call('POST', `${path}/commands`, { name }), words.sent);
  const can = (name: string): boolean => home.status !== 'revoked' && home.can.commands.includes(name);
  return (
    <>
      {commands}
      <Button icon="pencil" onClick={() => (open.value = 'edit')}>
        {t().common.edit}
      </Button>
      <Menu icon="down" label={words.actions} showLabel>
        {(shut) => {
          const item = (run: () => void) => () => {
            shut();
            run();
          };
          return (
            <>
              {can('identify') && <MenuItem icon="eye" onClick={item(() => send('identify'))}>{words.commands.identify.title}</MenuItem>}
              {can('refresh') && <MenuItem icon="refresh" onClick={item(() => send('refresh'))}>{words.commands.refresh.title}</MenuItem>}
              {home.status !== 'revoked' && <MenuItem icon="block" onClick={item(() => (open.value = 'revoke'))}>{words.revoke}</MenuItem>}
              {(home.status === 'revoked' || home.status === 'offline') && <MenuItem icon="trash" onClick={item(() => (open.value = 'remove'))}>{words.remove}</MenuItem>}
            </>
          );
        }}
      </Menu>
      {open.value === 'edit' && <Edit home={home} loaded={loaded} onClose={close} />}
      {open.value === 'revoke' && <Revoke home={home} loaded={loaded} onClose={close} />}
      {open.value === 'remove' && <Remove home={home} onClose={close} />}
    </>
  );
}
