/** The code that a new gateway shows becomes a home with a name and a group. */
import { useSignal } from '@preact/signals';
import type { Group, Home } from '../../../cloud/api/resources/homes.ts';
import { format, t } from '../../i18n/index.ts';
import { call, getAll } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { loadGroups } from '../../lib/groups.ts';
import { live } from '../../lib/live.ts';
import { to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { go, query } from '../../lib/router.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { ErrorNote, Note } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import { codeOf } from './code.ts';

const NEW = '';

export function AddHome({ onClose }: { readonly onClose: () => void }) {
  const words = t().homes;
  const groups = useResource<readonly Group[]>('/groups', getAll);
  const code = useSignal(codeOf(query.value['code'] ?? '').text);
  const name = useSignal('');
  const chosen = useSignal<string | undefined>(undefined);
  const newGroup = useSignal('');
  const { busy, failure, of, submit } = useSubmission(['code', 'name', 'group']);
  const known = groups.data.value ?? [];
  const group = chosen.value ?? known[0]?.id ?? NEW;
  const { complete } = codeOf(code.value);

  const add = async (): Promise<void> => {
    try {
      const into = group === NEW ? (await call<Group>('POST', '/groups', { name: newGroup.value.trim() })).id : group;
      chosen.value = into;
      await loadGroups();
      const home = await call<Home>('POST', '/claims', { code: complete ?? code.value, name: name.value.trim(), group: into });
      toast(words.added(home.name));
      go(to.home(home.id));
    } catch (error) {
      if (group === NEW) await groups.reload();
      throw error;
    }
  };

  return (
    <Dialog
      title={words.add}
      onClose={onClose}
      onSubmit={() => void submit(add)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button type="submit" kind="primary" icon="plus" busy={busy} disabled={!complete || name.value.trim() === '' || (group === NEW && newGroup.value.trim() === '')}>
            {words.addThis}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <Waiting />
      <div class="code-field">
        <TextField label={words.code} value={code.value} onValue={(v) => (code.value = codeOf(v).text)} error={of('code')} help={words.codeHelp} placeholder="K7QD-93XM" autofocus required spellcheck={false} />
      </div>
      <TextField label={words.name} value={name.value} onValue={(v) => (name.value = v)} error={of('name')} help={words.nameHelp} required maxLength={100} />
      <SelectField label={t().common.group} value={group} options={[...known.map((g) => [g.id, g.name] as const), [NEW, words.newGroup] as const]} onValue={(v) => (chosen.value = v)} error={of('group')} help={words.groupHelp} />
      {group === NEW && <TextField label={words.newGroupName} value={newGroup.value} onValue={(v) => (newGroup.value = v)} required maxLength={100} />}
      <CommandHint command={curl('POST', '/claims', { code: complete ?? 'CODE', name: name.value, group })} />
    </Dialog>
  );
}

/** Gateways that ask to be added: what they are, never the code, which only who stands beside one can read. */
function Waiting() {
  const words = t().homes;
  const claims = [...live.claims.value.values()];
  if (claims.length === 0) return <Note>{words.nobodyWaits}</Note>;
  return (
    <Note tone="good">
      <p>{words.waiting(claims.length)}</p>
      <ul class="claims">
        {claims.map((c) => (
          <li key={c.gateway}>
            <span class="mono">{c.identity}</span> <span class="muted">{words.claimMore(c.agent, format().ago(c.firstSeen, Date.now()))}</span>
          </li>
        ))}
      </ul>
    </Note>
  );
}
