import type { ComponentChildren } from 'preact';
import { t } from '../i18n/index.ts';
import { useSubmission } from '../lib/submission.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './page.tsx';
import { toast } from './toast.tsx';

interface Props {
  readonly title: string;
  /** On the button: what it does, not "OK". */
  readonly action: string;
  /** Told when it is done. */
  readonly done: string;
  readonly run: () => Promise<unknown>;
  readonly onClose: () => void;
  /** What follows from it. */
  readonly children: ComponentChildren;
  readonly disabled?: boolean;
  readonly harmless?: boolean;
}

/** Asks before something that cannot be undone easily; a refusal stays in the dialog. */
export function Confirm({ title, action, done, run, onClose, children, disabled = false, harmless = false }: Props) {
  const { busy, failure, submit } = useSubmission();
  const go = async (): Promise<void> => {
    await run();
    toast(done);
    onClose();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => void submit(go)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button type="submit" kind={harmless ? 'primary' : 'danger'} busy={busy} disabled={disabled}>
            {action}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      {children}
    </Dialog>
  );
}
