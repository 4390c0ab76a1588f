/** A capture holds raw identities, so whoever takes one says why; the reason stands in the audit log. */
import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { saveFile } from '../../lib/saveFile.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ErrorNote, Note } from '../../ui/page.tsx';
import { SHORTEST_REASON } from './reason.ts';

export function CaptureDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const words = t().subscribers.timeline;
  const reason = useSignal('');
  const { busy, failure, of, submit } = useSubmission(['reason']);
  const save = async (): Promise<void> => {
    await saveFile(`/handovers/${encodeURIComponent(id)}/pcap`, { reason: reason.value }, `handover-${id.slice(0, 8)}.pcap`);
    onClose();
  };
  return (
    <Dialog
      title={words.capture}
      onClose={onClose}
      onSubmit={() => void submit(save)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button kind="primary" type="submit" icon="download" busy={busy}>
            {words.captureSave}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <Note tone="warn">{words.captureHelp}</Note>
      <TextField label={t().common.reason} help={t().common.reasonHelp} value={reason.value} error={of('reason')} onValue={(v) => (reason.value = v)} autofocus required minLength={SHORTEST_REASON} />
    </Dialog>
  );
}
