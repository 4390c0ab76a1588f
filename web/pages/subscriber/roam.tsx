/** One roam: from where to where, how long it took, and when opened its waterfall, its messages and its capture. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Handover, HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import { format, t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { may } from '../../lib/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Loaded } from '../../ui/page.tsx';
import { CaptureDialog } from './captureDialog.tsx';
import { Messages } from './messages.tsx';
import { Waterfall } from './waterfallView.tsx';

/** Stages come from two ends, so the last of them may be told later than the handover. */
const LATE = 2500;

export function Roam({ summary: h, open, fresh, chosen }: { readonly summary: HandoverSummary; readonly open: boolean; readonly fresh: boolean; readonly chosen: boolean }) {
  const words = t().subscribers.timeline;
  /** Whoever has touched it wants it as it is; the others close when newer ones come, or a page that is left open would grow for ever. */
  const wanted = useSignal<boolean | undefined>(undefined);
  const shown = wanted.value ?? open;
  useEffect(() => {
    if (chosen) document.getElementById(`roam-${h.id}`)?.scrollIntoView({ block: 'center' });
  }, [chosen]);
  const f = format();
  return (
    <li id={`roam-${h.id}`} class={`roam${fresh ? ' fresh' : ''}${h.success ? '' : ' failed'}`} onClickCapture={() => (wanted.value ??= shown)}>
      <button type="button" class="roam-head" aria-expanded={shown} onClick={() => (wanted.value = !shown)}>
        <Icon name={shown ? 'down' : 'right'} size={18} />
        <span class="roam-way">
          {h.from ? <span class="roam-place">{h.from.name}</span> : <span class="roam-kind">{t().common.handoverKinds[h.kind]}</span>}
          <Icon name="arrow" size={18} />
          <span class="roam-place">{h.to.name}</span>
        </span>
        <time class="roam-time" dateTime={new Date(h.at).toISOString()}>
          {f.dateTime(h.at)}
        </time>
        {h.success ? (
          <span class="roam-duration">{h.duration === undefined ? '—' : f.duration(h.duration)}</span>
        ) : (
          <Badge tone="bad" icon="cross">
            {words.failed}
          </Badge>
        )}
      </button>
      {!h.success && <p class="roam-reason">{h.reason}</p>}
      {shown && <RoamDetails id={h.id} late={fresh} />}
    </li>
  );
}

function RoamDetails({ id, late }: { readonly id: string; readonly late: boolean }) {
  const words = t().subscribers.timeline;
  const details = useResource<Handover>(`/handovers/${encodeURIComponent(id)}`);
  const capturing = useSignal(false);
  const messages = useSignal(false);
  useEffect(() => {
    if (!late) return undefined;
    const timer = setTimeout(() => void details.reload(), LATE);
    return () => clearTimeout(timer);
  }, [late, details.reload]);
  return (
    <div class="roam-body">
      <Loaded of={details}>
        {(h) => (
          <>
            <Waterfall handover={h} />
            <Losses handover={h} />
            {h.missing.length > 0 && (
              <details class="roam-missing">
                <summary>{words.missing(h.missing.length)}</summary>
                <ul>
                  {h.missing.map((m) => (
                    <li key={m}>
                      <Icon name="info" size={16} />
                      {m}
                    </li>
                  ))}
                </ul>
              </details>
            )}
            <div class="roam-actions">
              <Button kind="quiet" icon="list" disabled={h.messages.length === 0} aria-expanded={messages.value} onClick={() => (messages.value = !messages.value)}>
                {words.messages(h.messages.length)}
              </Button>
              {may('operator') && (
                <Button kind="quiet" icon="download" disabled={!h.capture} title={h.capture ? undefined : words.noCapture} onClick={() => (capturing.value = true)}>
                  {words.capture}
                </Button>
              )}
              <a class="roam-to" href={to.home(h.to.home)}>
                {words.toHome(h.to.name)}
              </a>
            </div>
            {messages.value && <Messages messages={h.messages} first={h.at} />}
          </>
        )}
      </Loaded>
      {capturing.value && <CaptureDialog id={id} onClose={() => (capturing.value = false)} />}
    </div>
  );
}

function Losses({ handover: h }: { readonly handover: Handover }) {
  const words = t().subscribers.timeline;
  if (h.packetsLost === undefined && h.packetsHeld === undefined) return null;
  return (
    <p class="roam-losses">
      {h.packetsLost !== undefined && (
        <Badge tone={h.packetsLost === 0 ? 'good' : 'warn'} icon={h.packetsLost === 0 ? 'check' : 'warn'}>
          {words.lost(h.packetsLost)}
        </Badge>
      )}
      {h.packetsHeld !== undefined && h.packetsHeld > 0 && (
        <Badge tone="accent" icon="shield">
          {words.held(h.packetsHeld)}
        </Badge>
      )}
    </p>
  );
}
