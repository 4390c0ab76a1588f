/** A capture holds raw identities, so whoever takes one says why; the reason stands in the audit log. */
import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { saveFile } from '../../lib/saveFile.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Note } from '../../ui/page.tsx';
import { SHORTEST_REASON } from './reason.ts';

export function CaptureDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const words = t().subscribers.timeline;
  const reason = useSignal('');
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const save = async (): Promise<void> => {
    busy.value = true;
    try {
      await saveFile(`/handovers/${encodeURIComponent(id)}/pcap`, { reason: reason.value }, `handover-${id.slice(0, 8)}.pcap`);
      onClose();
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
      busy.value = false;
    }
  };
  return (
    <Dialog
      title={words.capture}
      onClose={onClose}
      onSubmit={() => void save()}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button kind="primary" type="submit" icon="download" busy={busy.value}>
            {words.captureSave}
          </Button>
        </>
      }
    >
      <Note tone="warn">{words.captureHelp}</Note>
      <TextField label={t().common.reason} help={t().common.reasonHelp} value={reason.value} error={error.value} onValue={(v) => (reason.value = v)} autofocus required minLength={SHORTEST_REASON} />
    </Dialog>
  );
}
