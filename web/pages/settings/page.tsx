/** Privacy, in numbers: how long things are kept, how often pseudonyms change, how far homes are moved on the map. */
import { useSignal, type Signal } from '@preact/signals';
import type { Settings } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { useResource, type Resource } from '../../lib/resource.ts';
import { may } from '../../lib/session.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { TextField } from '../../ui/field.tsx';
import { ErrorNote, Loaded, May, Page, Section } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import { changeOf, ROWS, valueOf, type Row, type Typed } from './model.ts';
import './settings.css';

const DAY = 86_400_000;

/** Of all fields. */
const PATHS = Object.values(ROWS).flatMap((rows) => rows.map((row) => row.path));

export default function SettingsPage() {
  const settings = useResource<Settings>('/settings');
  return (
    <Page title={t().shell.pages.settings} subtitle={t().settings.subtitle}>
      <Loaded of={settings}>{(data) => <Form data={data} of={settings} />}</Loaded>
    </Page>
  );
}

function Form({ data, of }: { readonly data: Settings; readonly of: Resource<Settings> }) {
  const words = t().settings;
  const typed = useSignal<Typed>({});
  const { busy, failure, of: wrongWith, submit } = useSubmission(PATHS);
  const change = changeOf(typed.value, data);
  const save = async (): Promise<void> => {
    of.set(await call<Settings>('PATCH', '/settings', change));
    typed.value = {};
    toast(words.saved);
  };
  const { rotateDays, epochBegan } = data.pseudonyms;
  const f = format();
  const now = Date.now();
  return (
    <form
      class="privacy"
      onSubmit={(e) => {
        e.preventDefault();
        void submit(save);
      }}
    >
      {failure && <ErrorNote error={failure} />}
      <Part title={words.retention} help={words.retentionHelp} rows={ROWS.retention} data={data} typed={typed} wrongWith={wrongWith} />
      <Part title={words.pseudonyms} help={words.epoch(f.ago(epochBegan, now), f.ago(epochBegan + rotateDays * DAY, now))} rows={ROWS.pseudonyms} data={data} typed={typed} wrongWith={wrongWith} />
      <Part title={words.positions} rows={ROWS.positions} data={data} typed={typed} wrongWith={wrongWith} />
      <May role="owner">
        <div class="privacy-foot">
          {change && <CommandHint command={curl('PATCH', '/settings', change)} />}
          <span class="muted">{change && words.unsaved}</span>
          <Button disabled={!change} onClick={() => (typed.value = {})}>
            {words.reset}
          </Button>
          <Button kind="primary" type="submit" busy={busy} disabled={!change}>
            {t().common.save}
          </Button>
        </div>
      </May>
    </form>
  );
}

function Part({ title, help, rows, data, typed, wrongWith }: { readonly title: string; readonly help?: string; readonly rows: readonly Row[]; readonly data: Settings; readonly typed: Signal<Typed>; readonly wrongWith: (path: Row['path']) => string | undefined }) {
  const words = t().settings;
  return (
    <Section title={title}>
      {help && <p class="part-help">{help}</p>}
      <div class="part-fields">
        {rows.map((row) => (
          <TextField
            key={row.path}
            label={words[row.words]}
            help={words[`${row.words}Help`]}
            type="number"
            min={row.least}
            max={row.most}
            step={1}
            disabled={!may('owner')}
            value={typed.value[row.path] ?? String(valueOf(data, row.path))}
            error={wrongWith(row.path)}
            onValue={(text) => (typed.value = { ...typed.value, [row.path]: text })}
          />
        ))}
      </div>
    </Section>
  );
}
