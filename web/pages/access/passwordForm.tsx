import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';

/** One's own password: no command for it, since a shell would keep it in its history. */
export function PasswordForm({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const words = t().access;
  const current = useSignal('');
  const password = useSignal('');
  const again = useSignal('');
  const { busy, failure, of, submit } = useSubmission(['current', 'password']);
  const save = async (): Promise<void> => {
    await call('PUT', '/session/password', { current: current.value, password: password.value });
    toast(words.passwordChanged);
    onDone();
    onClose();
  };
  const differs = again.value !== '' && again.value !== password.value;
  return (
    <Dialog
      title={words.changePassword}
      onClose={onClose}
      onSubmit={() => void submit(save)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={current.value === '' || password.value === '' || again.value !== password.value}>
            {t().common.save}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <TextField label={words.currentPassword} type="password" autocomplete="current-password" value={current.value} onValue={(v) => (current.value = v)} error={of('current')} required autofocus />
      <TextField label={words.newPassword} type="password" autocomplete="new-password" value={password.value} onValue={(v) => (password.value = v)} error={of('password')} help={t().session.passwordHelp} required />
      <TextField label={t().session.again} type="password" autocomplete="new-password" value={again.value} onValue={(v) => (again.value = v)} error={differs ? t().session.differs : undefined} required />
      <p class="muted">{words.otherSessionsEnd}</p>
    </Dialog>
  );
}
