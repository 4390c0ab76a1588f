/** What can be asked of a gateway, and what came of it. Reboot and the like go through the cloud: nobody gets a shell on a router in somebody's home. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { CommandRecord, HomeDetails } from '../../../cloud/api/resources/homes.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { useResource } from '../../lib/resource.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { EmptyState, Loaded, May, Note, Section } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { tell } from '../../ui/toast.tsx';
import { KNOWN, SHOWN, type Known } from './known.ts';

const SOON = 1500;
const STATUS = { sent: ['accent', 'clock'], done: ['good', 'check'], failed: ['bad', 'cross'], expired: ['calm', 'clock'] } as const;

export function Commands({ home }: { readonly home: HomeDetails }) {
  const words = t().home;
  const path = `/homes/${encodeURIComponent(home.id)}/commands`;
  const records = useResource<Page<CommandRecord>>(path);
  const waiting = records.data.value?.items.some((c) => c.status === 'sent') ?? false;
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(() => void records.reload(), SOON);
    return () => clearInterval(timer);
  }, [waiting, records.reload]);
  const chosen = useSignal<Known>('ping');
  const shown = useSignal<string>(SHOWN[0]);
  const busy = useSignal(false);
  const able = KNOWN.filter((name) => home.can.commands.includes(name));
  const body = chosen.value === 'show' ? { name: chosen.value, arguments: { name: shown.value } } : { name: chosen.value };
  const send = async (): Promise<void> => {
    busy.value = true;
    await tell(() => call('POST', path, body), words.sent);
    busy.value = false;
    await records.reload();
  };
  return (
    <div class="stack">
      <Section title={words.ask}>
        <May role="operator">
          {able.length === 0 ? (
            <Note>{words.cannot}</Note>
          ) : (
            <div class="form">
              <fieldset class="choices">
                <legend class="unseen">{words.ask}</legend>
                {able.map((name) => (
                  <label key={name} class="choice">
                    <input type="radio" name="command" checked={chosen.value === name} onChange={() => (chosen.value = name)} />
                    <span>
                      <strong>{words.commands[name].title}</strong>
                      <span class="muted">{words.commands[name].help}</span>
                    </span>
                  </label>
                ))}
              </fieldset>
              {chosen.value === 'show' && <Select label={words.commands.show.title} value={shown.value} options={SHOWN.map((s) => [s, `show ${s}`] as const)} onValue={(v) => (shown.value = v)} />}
              {home.status === 'offline' && <Note tone="warn">{words.offlineCommand}</Note>}
              <div class="row-of">
                <Button kind="primary" icon="terminal" busy={busy.value} disabled={home.status === 'revoked'} onClick={() => void send()}>
                  {words.send}
                </Button>
              </div>
              <CommandHint command={curl('POST', path, body)} />
            </div>
          )}
        </May>
      </Section>
      <Section title={words.history}>
        <Loaded of={records}>
          {(page) =>
            page.items.length === 0 ? (
              <EmptyState icon="terminal" title={words.noCommands}>
                {words.noCommandsHelp}
              </EmptyState>
            ) : (
              <ol class="commands">
                {page.items.map((c) => (
                  <Record key={c.id} record={c} />
                ))}
              </ol>
            )
          }
        </Loaded>
      </Section>
    </div>
  );
}

function Record({ record }: { readonly record: CommandRecord }) {
  const words = t().home;
  const [tone, icon] = STATUS[record.status];
  const known = KNOWN.find((k) => k === record.name);
  return (
    <li class="command-record">
      <div class="row-of">
        <strong>{known ? words.commands[known].title : record.name}</strong>
        <Badge tone={tone} icon={icon}>
          {words.commandStatus[record.status]}
        </Badge>
        <span class="muted">{words.byAt(record.by, format().dateTime(record.at))}</span>
      </div>
      {record.result !== undefined && <pre tabIndex={0}>{typeof record.result === 'string' ? record.result : JSON.stringify(record.result, null, 2)}</pre>}
    </li>
  );
}
