/** Sessions at an anchor, and what can be done about one. */
import { useSignal } from '@preact/signals';
import type { Binding } from '../../../cloud/api/resources/subscribers.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { live } from '../../lib/live.ts';
import { to } from '../../lib/paths.ts';
import { may } from '../../lib/session.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { tell } from '../../ui/toast.tsx';

type Action = 'refresh' | 'revoke';
interface Asking {
  readonly action: Action;
  readonly subscriber: string;
}

export function Bindings({ lma, bindings, onChanged }: { readonly lma: string; readonly bindings: readonly Binding[]; readonly onChanged: () => Promise<void> }) {
  const words = t().lma;
  const f = format();
  const asking = useSignal<Asking | undefined>(undefined);
  const homeName = (id: string | undefined): string => (id === undefined ? '—' : (live.homes.value.get(id)?.name ?? id));
  const columns: readonly Column<Binding>[] = [
    { key: 'subscriber', title: words.subscriber, value: (b) => b.subscriber, cell: (b) => <a class="mono" href={to.subscriber(b.subscriber)}>{b.subscriber}</a>, width: '12rem', card: 'title' },
    { key: 'home', title: words.home, value: (b) => homeName(b.home), cell: (b) => (b.home ? <a href={to.home(b.home)}>{homeName(b.home)}</a> : '—'), width: 'minmax(9rem, 1.3fr)', card: 'line' },
    { key: 'addresses', title: words.addresses, value: (b) => b.addresses.join(' '), cell: (b) => <span class="mono">{b.addresses.join('  ')}</span>, width: 'minmax(12rem, 2fr)' },
    { key: 'state', title: words.state, value: (b) => b.state, width: '6rem' },
    { key: 'service', title: words.service, value: (b) => (b.apn ? `${b.service}, ${b.apn}` : b.service), width: 'minmax(8rem, 1fr)' },
    { key: 'careOf', title: words.careOf, value: (b) => b.careOf, cell: (b) => <span class="mono">{b.careOf}</span>, width: 'minmax(8rem, 1fr)', optional: true },
    { key: 'transport', title: words.transport, value: (b) => b.transport, width: 'minmax(8rem, 1fr)', optional: true },
    { key: 'lifetime', title: words.lifetime, value: (b) => b.lifetime, cell: (b) => f.duration(b.lifetime * 1000), width: '6.5rem', end: true },
    { key: 'since', title: words.since, value: (b) => b.since, cell: (b) => (b.since === undefined ? '—' : f.dateTime(b.since)), width: '11rem', optional: true },
    ...(may('operator') ? [{ key: 'actions', title: words.actions, value: () => undefined, cell: (b: Binding) => <Actions binding={b} onAsk={(action) => (asking.value = { action, subscriber: b.subscriber })} />, width: '6.5rem', card: 'badge' as const }] : []),
  ];
  return (
    <>
      <Table name="bindings" label={words.bindings} rows={bindings} columns={columns} id={(b) => `${b.subscriber} ${b.service}`} short />
      {asking.value && <Confirm lma={lma} asking={asking.value} onClose={() => (asking.value = undefined)} onDone={onChanged} />}
    </>
  );
}

function Actions({ binding, onAsk }: { readonly binding: Binding; readonly onAsk: (action: Action) => void }) {
  const words = t().lma;
  return (
    <span class="binding-actions">
      <IconButton icon="refresh" label={`${words.refresh} ${binding.subscriber}`} onClick={() => onAsk('refresh')} />
      <IconButton icon="block" label={`${words.revoke} ${binding.subscriber}`} onClick={() => onAsk('revoke')} />
    </span>
  );
}

function Confirm({ lma, asking: { action, subscriber }, onClose, onDone }: { readonly lma: string; readonly asking: Asking; readonly onClose: () => void; readonly onDone: () => Promise<void> }) {
  const words = t().lma;
  const path = `/lmas/${encodeURIComponent(lma)}/bindings/${encodeURIComponent(subscriber)}/${action}`;
  const act = async (): Promise<void> => {
    if (await tell(() => call('POST', path), action === 'revoke' ? words.revoked : words.refreshed)) await onDone();
    onClose();
  };
  return (
    <Dialog
      title={action === 'revoke' ? words.revokeTitle(subscriber) : words.refreshTitle(subscriber)}
      onClose={onClose}
      onSubmit={() => void act()}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button kind={action === 'revoke' ? 'danger' : 'primary'} type="submit">
            {action === 'revoke' ? words.revoke : words.refresh}
          </Button>
        </>
      }
    >
      <p>{action === 'revoke' ? words.revokeHelp : words.refreshHelp}</p>
      <CommandHint command={curl('POST', path)} />
    </Dialog>
  );
}
