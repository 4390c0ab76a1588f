/** Who is behind a pseudonym: only for a reason, which is audited, and only for a minute. */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Revealed } from '../../../cloud/api/resources/subscribers.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS } from '../../lib/paths.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { SHORTEST_REASON } from './reason.ts';

/** Milliseconds that an identity stays on the screen. */
export const SHOWN_FOR = 60_000;

export interface Shown extends ReadonlySignal<{ readonly found: Revealed; readonly left: number } | undefined> {
  show(found: Revealed): void;
  hide(): void;
}

/** What was revealed of this subscriber, with the seconds that are left of it. */
export function useRevealed(id: string): Shown {
  const shown = useSignal<{ readonly found: Revealed; readonly left: number } | undefined>(undefined);
  const running = shown.value !== undefined;
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => {
      const now = shown.peek();
      shown.value = now && now.left > 1 ? { ...now, left: now.left - 1 } : undefined;
    }, 1000);
    return () => clearInterval(timer);
  }, [running]);
  useEffect(
    () => () => {
      shown.value = undefined;
    },
    [id],
  );
  return Object.assign(shown, { show: (found: Revealed) => (shown.value = { found, left: SHOWN_FOR / 1000 }), hide: () => (shown.value = undefined) });
}

export function RevealDialog({ id, onClose, onRevealed }: { readonly id: string; readonly onClose: () => void; readonly onRevealed: (found: Revealed) => void }) {
  const words = t().subscribers.reveal;
  const reason = useSignal('');
  const { busy, failure, of, submit } = useSubmission(['reason']);
  const reveal = async (): Promise<void> => {
    onRevealed(await call<Revealed>('POST', `/subscribers/${encodeURIComponent(id)}/reveal`, { reason: reason.value }));
    onClose();
  };
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      onSubmit={() => void submit(reveal)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button kind="primary" type="submit" icon="eye" busy={busy}>
            {words.confirm}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <p>{words.help}</p>
      <TextField label={t().common.reason} help={t().common.reasonHelp} placeholder={words.example} value={reason.value} error={of('reason')} onValue={(v) => (reason.value = v)} autofocus required minLength={SHORTEST_REASON} />
      <CommandHint command={curl('POST', `/subscribers/${id}/reveal`, { reason: reason.value || '…' })} />
    </Dialog>
  );
}

export function RevealedNote({ revealed }: { readonly revealed: Shown }) {
  const words = t().subscribers.reveal;
  const shown = revealed.value;
  if (!shown) return null;
  const { found, left } = shown;
  return (
    <div class="revealed" role="status">
      <Icon name="eye" size={22} />
      <dl>
        <div>
          <dt>NAI</dt>
          <dd>{found.nai}</dd>
        </div>
        {found.mac && (
          <div>
            <dt>MAC</dt>
            <dd>{found.mac}</dd>
          </div>
        )}
        <div>
          <dt>{t().shell.pages.audit}</dt>
          <dd>
            <a href={PATHS.audit}>#{format().number(found.audit)}</a>
          </dd>
        </div>
      </dl>
      <span class="revealed-left" aria-hidden="true">
        {words.hiddenIn(left)}
      </span>
      <Button onClick={() => revealed.hide()}>{words.hide}</Button>
    </div>
  );
}
