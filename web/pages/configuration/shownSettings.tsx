/** The values that hold in a scope, to be read. */
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { format, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { overlaid, shortly, treeOf, valueAt, type Path, type Scope } from './document.ts';
import { FIELDS, LMA_FIELDS, PROFILE_FIELDS, type FieldRow } from './fields.ts';
import { inherited, type Layers } from './inherit.ts';
import { EmptyState } from '../../ui/page.tsx';

interface Props {
  readonly layers: Layers;
  readonly scope: Scope;
}

export function Settings({ concern, layers, scope }: Props & { readonly concern: Concern }) {
  const words = t().rollout;
  const whole = treeOf(layers.below.reduce<unknown>((sum, l) => overlaid(sum, l.document), {}));
  const document = treeOf(overlaid(whole, layers.own?.document));
  return (
    <>
      {concern === 'timers' || concern === 'limits' ? (
        FIELDS[concern].map((group) => (
          <div key={group.words} class="setting-group">
            <h3>{words.fieldGroups[group.words]}</h3>
            <Rows layers={layers} scope={scope} rows={group.rows} />
          </div>
        ))
      ) : concern === 'profiles' ? (
        <Profiles layers={layers} scope={scope} names={Object.keys(treeOf(document['default-profiles']))} interfaces={treeOf(document['interfaces'])} />
      ) : (
        <Lmas list={document['local-mobility-anchors']} />
      )}
      <p class="set-by">{layers.own ? words.setBy(layers.own.by, format().dateTime(layers.own.at)) : scope.kind === 'fleet' ? words.nothingInFleet : words.nothingHere}</p>
    </>
  );
}

function Rows({ layers, scope, rows, prefix = [] }: Props & { readonly rows: readonly FieldRow[]; readonly prefix?: Path }) {
  const words = t().rollout;
  return (
    <dl class="settings">
      {rows.map((row) => {
        const own = valueAt(layers.own?.document, [...prefix, ...row.path]);
        const found = own === undefined ? inherited(layers, row, prefix) : { value: own, source: scope.kind };
        return (
          <div key={row.path.join('.')} class="setting">
            <dt>
              {words.fields[row.words].name}
              <span>{words.fields[row.words].meaning}</span>
            </dt>
            <dd>
              <strong>
                {found ? shownValue(row, found.value) : words.noLimit}
                {found && row.unit ? ` ${row.unit}` : ''}
              </strong>
              {found && <span class={`source ${found.source.replace(' ', '-')}`}>{t().common.sources[found.source]}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** As the form calls it. */
export function shownValue({ kind }: FieldRow, value: unknown): string {
  const words = t().rollout;
  if (kind === 'service' && typeof value === 'string' && isKey(words.services, value)) return words.services[value];
  if (kind === 'udp' && typeof value === 'string' && isKey(words.udp, value)) return words.udp[value];
  if (typeof value === 'boolean') return value ? t().common.yes : t().common.no;
  return typeof value === 'number' ? format().number(value, 2) : shortly(value);
}
const isKey = <T extends object>(table: T, key: string): key is Extract<keyof T, string> => Object.hasOwn(table, key);

function Profiles({ layers, scope, names, interfaces }: Props & { readonly names: readonly string[]; readonly interfaces: Readonly<Record<string, unknown>> }) {
  const words = t().rollout.profiles;
  if (names.length === 0) {
    return (
      <EmptyState icon="sliders" title={words.emptyTitle}>
        {words.none}
      </EmptyState>
    );
  }
  return (
    <>
      {names.map((name) => (
        <div key={name} class="setting-group profile">
          <h3>
            {words.profile} <code>{name}</code>
          </h3>
          <Rows layers={layers} scope={scope} rows={PROFILE_FIELDS} prefix={['default-profiles', name]} />
        </div>
      ))}
      {Object.keys(interfaces).length > 0 && (
        <div class="setting-group">
          <h3>{words.interfaces}</h3>
          <ul class="interface-list">
            {Object.entries(interfaces).map(([name, profile]) => (
              <li key={name}>
                <code>{name}</code> <Icon name="arrow" size={16} /> <code>{shortly(profile)}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function Lmas({ list }: { readonly list: unknown }) {
  const words = t().rollout;
  if (!Array.isArray(list) || list.length === 0) {
    return (
      <EmptyState icon="anchor" title={words.lmas.emptyTitle}>
        {words.lmas.none}
      </EmptyState>
    );
  }
  return (
    <>
      {list.map(treeOf).map((lma) => (
        <div key={shortly(lma['id'])} class="setting-group">
          <h3>
            {words.lmas.anchor} <code>{shortly(lma['id'])}</code>
          </h3>
          <dl class="settings">
            {LMA_FIELDS.slice(1).map((row) => (
              <div key={row.words} class="setting">
                <dt>{words.fields[row.words].name}</dt>
                <dd>
                  <strong>{shownValue(row, lma[row.path[0] ?? ''] ?? row.builtIn)}</strong>
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
      <p class="field-help">{words.lmas.keys}</p>
    </>
  );
}
