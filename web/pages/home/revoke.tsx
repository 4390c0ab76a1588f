/** What ends a home's part in the fleet. */
import { useSignal } from '@preact/signals';
import type { HomeDetails } from '../../../cloud/api/resources/homes.ts';
import { t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS } from '../../lib/paths.ts';
import type { Resource } from '../../lib/resource.ts';
import { go } from '../../lib/router.ts';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { TextField } from '../../ui/field.tsx';

interface Props {
  readonly home: HomeDetails;
  readonly onClose: () => void;
}

/** At once: connection, certificate, bindings. */
export function Revoke({ home, loaded, onClose }: Props & { readonly loaded: Resource<HomeDetails> }) {
  const words = t().home;
  const reason = useSignal('');
  const path = `/homes/${encodeURIComponent(home.id)}/revoke`;
  return (
    <Confirm title={words.revokeTitle(home.name)} action={words.revoke} done={words.revoked} disabled={reason.value.trim() === ''} onClose={onClose} run={async () => loaded.set(await call<HomeDetails>('POST', path, { reason: reason.value.trim() }))}>
      <p>{words.revokeHelp(home.subscribers)}</p>
      <TextField label={t().common.reason} value={reason.value} onValue={(v) => (reason.value = v)} help={t().common.reasonHelp} required maxLength={500} autofocus />
      <CommandHint command={curl('POST', path, { reason: reason.value })} />
    </Confirm>
  );
}

export function Remove({ home, onClose }: Props) {
  const words = t().home;
  const path = `/homes/${encodeURIComponent(home.id)}`;
  return (
    <Confirm
      title={words.removeTitle(home.name)}
      action={words.remove}
      done={words.removed}
      onClose={onClose}
      run={async () => {
        await call('DELETE', path);
        go(PATHS.homes);
      }}
    >
      <p>{words.removeHelp}</p>
      <CommandHint command={curl('DELETE', path)} />
    </Confirm>
  );
}
