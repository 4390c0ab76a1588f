import { useSignal } from '@preact/signals';
import type { Role, Token } from '../../../cloud/api/resources/people.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint, Copyable } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { ErrorNote, Note } from '../../ui/page.tsx';
import { RoleField } from './roles.tsx';

const DAY = 86_400_000;
/** Days; none: until it is removed. */
const LIVES = ['30', '90', '365', ''] as const;

export function TokenForm({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const words = t().access;
  const name = useSignal('');
  const role = useSignal<Role>('viewer');
  const life = useSignal<(typeof LIVES)[number]>('90');
  const made = useSignal<Token | undefined>(undefined);
  const { busy, failure, of, submit } = useSubmission(['name', 'role']);
  const body = { name: name.value.trim(), role: role.value, ...(life.value === '' ? {} : { expiresAt: Math.ceil(Date.now() / DAY) * DAY + Number(life.value) * DAY }) };
  const save = async (): Promise<void> => {
    made.value = await call<Token>('POST', '/tokens', body);
    onDone();
  };
  const secret = made.value?.secret;
  if (secret !== undefined) {
    return (
      <Dialog title={words.tokenMade} onClose={onClose} actions={<Button kind="primary" onClick={onClose}>{words.tokenKept}</Button>}>
        <Note tone="warn">{words.tokenOnce}</Note>
        <Copyable text={secret} />
        <p class="muted">{words.tokenUse}</p>
        <Copyable text={`curl -H "authorization: Bearer ${secret}" ${location.origin}/api/v1/overview`} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={words.addToken}
      onClose={onClose}
      onSubmit={() => void submit(save)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={body.name === ''}>
            {words.makeToken}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <TextField label={t().common.name} value={name.value} onValue={(v) => (name.value = v)} error={of('name')} help={words.tokenNameHelp} required maxLength={64} autofocus />
      <RoleField value={role.value} onValue={(v) => (role.value = v)} error={of('role')} />
      <SelectField label={words.expires} value={life.value} options={LIVES.map((d) => [d, d === '' ? t().common.never : format().ago(Date.now() + Number(d) * DAY + 1000, Date.now())] as const)} onValue={(v) => (life.value = v)} />
      <CommandHint command={curl('POST', '/tokens', body)} />
    </Dialog>
  );
}
