/** Everything about one subscriber is forgotten, as the law lets a person ask. */
import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS } from '../../lib/paths.ts';
import { go } from '../../lib/router.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ErrorNote, Note } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import { SHORTEST_REASON } from './reason.ts';

export function EraseDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const words = t().subscribers.erase;
  const typed = useSignal('');
  const reason = useSignal('');
  const { busy, failure, of, submit } = useSubmission(['reason']);
  const erase = async (): Promise<void> => {
    const { sessions } = await call<{ readonly sessions: { readonly left: number } }>('POST', '/subscribers/erase', { subscriber: id, reason: reason.value });
    if (sessions.left > 0) toast(words.left(sessions.left), 'bad');
    else toast(words.done);
    onClose();
    go(PATHS.subscribers);
  };
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      onSubmit={() => void (typed.value.trim() === id && submit(erase))}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button kind="danger" type="submit" icon="trash" busy={busy} disabled={typed.value.trim() !== id}>
            {words.confirm}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <Note tone="warn">{words.help}</Note>
      <TextField label={words.typeToConfirm(id)} value={typed.value} onValue={(v) => (typed.value = v)} autofocus spellcheck={false} />
      <TextField label={t().common.reason} help={t().common.reasonHelp} value={reason.value} error={of('reason')} onValue={(v) => (reason.value = v)} required minLength={SHORTEST_REASON} />
      <CommandHint command={curl('POST', '/subscribers/erase', { subscriber: id, reason: reason.value || '…' })} />
    </Dialog>
  );
}
