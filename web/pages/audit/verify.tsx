import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { ApiFailure, get } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, Note } from '../../ui/page.tsx';
import './audit.css';

interface Verdict {
  readonly entries: number;
  readonly broken?: { readonly number: number; readonly reason: string };
}

/** Whether the log still is what was written. */
export function Verify() {
  const words = t().audit;
  const verdict = useSignal<Verdict | ApiFailure | undefined>(undefined);
  const busy = useSignal(false);
  const verify = async (): Promise<void> => {
    busy.value = true;
    verdict.value = await get<Verdict>('/audit/verify').catch((error: unknown) => (error instanceof ApiFailure ? error : new ApiFailure(0, { error: String(error) })));
    busy.value = false;
  };
  const said = verdict.value;
  return (
    <div class="verify" role="status">
      <Button icon="shield" busy={busy.value} onClick={() => void verify()}>
        {words.verify}
      </Button>
      {said === undefined ? (
        <p class="muted">{words.verifyHelp}</p>
      ) : said instanceof ApiFailure ? (
        <ErrorNote error={said} />
      ) : said.broken ? (
        <Note tone="bad">
          <p>
            <strong>{words.broken(said.broken.number)}</strong> {said.broken.reason}
          </p>
          <p>{words.brokenHelp}</p>
        </Note>
      ) : (
        <Note tone="good">{words.whole(said.entries)}</Note>
      )}
    </div>
  );
}
