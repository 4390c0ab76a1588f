import { useSignal } from '@preact/signals';
import type { Group, HomeDetails } from '../../../cloud/api/resources/homes.ts';
import { t } from '../../i18n/index.ts';
import { call, getAll } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { useResource, type Resource } from '../../lib/resource.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CheckBox, SelectField, TextField } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import { placeOf } from './position.ts';

/** Name, group, notes and place; only what differs is sent. */
export function Edit({ home, loaded, onClose }: { readonly home: HomeDetails; readonly loaded: Resource<HomeDetails>; readonly onClose: () => void }) {
  const words = t().home;
  const groups = useResource<readonly Group[]>('/groups', getAll);
  const name = useSignal(home.name);
  const group = useSignal(home.group);
  const notes = useSignal(home.notes ?? '');
  const place = useSignal('');
  const forget = useSignal(false);
  const { busy, failure, of, submit } = useSubmission(['name', 'group', 'notes', 'position']);
  const path = `/homes/${encodeURIComponent(home.id)}`;
  const changes = {
    ...(name.value.trim() === home.name ? {} : { name: name.value.trim() }),
    ...(group.value === home.group ? {} : { group: group.value }),
    ...(notes.value === (home.notes ?? '') ? {} : { notes: notes.value }),
    ...(forget.value ? { position: null } : placeOf(place.value) === undefined ? {} : { position: placeOf(place.value) }),
  };
  const save = async (): Promise<void> => {
    loaded.set(await call<HomeDetails>('PATCH', path, changes));
    toast(words.saved);
    onClose();
  };
  const options = (groups.data.value ?? [{ id: home.group, name: home.group }]).map((g) => [g.id, g.name] as const);
  return (
    <Dialog
      title={words.edit}
      onClose={onClose}
      onSubmit={() => void submit(save)}
      actions={
        <>
          <Button onClick={onClose}>{t().common.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={Object.keys(changes).length === 0 || name.value.trim() === '' || (place.value.trim() !== '' && !forget.value && !placeOf(place.value))}>
            {t().common.save}
          </Button>
        </>
      }
    >
      {failure && <ErrorNote error={failure} />}
      <TextField label={t().common.name} value={name.value} onValue={(v) => (name.value = v)} error={of('name')} required maxLength={100} autofocus />
      <SelectField label={t().common.group} value={group.value} options={options} onValue={(v) => (group.value = v)} error={of('group')} help={words.groupHelp} />
      <TextField label={t().homes.notes} value={notes.value} onValue={(v) => (notes.value = v)} error={of('notes')} help={words.notesHelp} maxLength={2000} />
      <TextField
        label={words.place}
        value={place.value}
        onValue={(v) => (place.value = v)}
        error={of('position') ?? (place.value.trim() !== '' && !placeOf(place.value) ? words.noPlace : undefined)}
        help={home.position ? words.placeKept : words.placeHelp}
        placeholder="48.1374, 11.5755"
        disabled={forget.value}
      />
      {home.position && <CheckBox label={words.forgetPlace} checked={forget.value} onValue={(v) => (forget.value = v)} />}
      <CommandHint command={curl('PATCH', path, changes)} />
    </Dialog>
  );
}
