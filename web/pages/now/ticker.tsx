import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import { format, t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import { Icon } from '../../ui/icon.tsx';
import { EmptyState, Section } from '../../ui/page.tsx';

const SHOWN = 12;

/** The latest handovers as they come; it stands still while somebody points at it. */
export function Ticker({ handovers }: { readonly handovers: readonly HandoverSummary[] }) {
  const words = t().now;
  const held = useSignal(false);
  const kept = useRef(handovers);
  if (!held.value) kept.current = handovers;
  const rows = kept.current.slice(0, SHOWN);
  return (
    <Section title={words.ticker} actions={held.value ? <Badge tone="calm" icon="pause">{words.held}</Badge> : undefined}>
      {rows.length === 0 ? (
        <EmptyState icon="swap" title={words.quiet}>
          {words.quietHelp}
        </EmptyState>
      ) : (
        <ol class="ticker" onPointerEnter={() => (held.value = true)} onPointerLeave={() => (held.value = false)} onFocusIn={() => (held.value = true)} onFocusOut={() => (held.value = false)}>
          {rows.map((h) => (
            <Row key={h.id} handover={h} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function Row({ handover: h }: { readonly handover: HandoverSummary }) {
  return (
    <li class={h.success ? 'ticker-row' : 'ticker-row failed'}>
      <Icon name={h.success ? (h.kind === 'attach' ? 'plus' : 'swap') : 'warn'} size={16} />
      <div class="ticker-text">
        <p class="ticker-way">
          {h.from && (
            <>
              <span>{h.from.name}</span>
              <Icon name="arrow" size={14} />
            </>
          )}
          <span>{h.to.name}</span>
        </p>
        <p class="ticker-more">
          <time>{format().time(h.at)}</time>
          <a class="mono" href={to.subscriber(h.subscriber, h.id)}>
            {h.subscriber}
          </a>
          {!h.success && <span class="ticker-reason">{h.reason}</span>}
        </p>
      </div>
      <span class="ticker-time">{h.success ? h.duration !== undefined && format().duration(h.duration) : t().now.failed}</span>
    </li>
  );
}
