/** What operators set about privacy: kept in the store, each change in the audit log with it. */
import * as v from 'valibot';
import type { Settings } from '../api/resources/network.ts';
import type { Audit } from '../fleet/audit.ts';
import type { FleetStore, Stored } from '../fleet/ports.ts';
import type { SettingsChange, SettingsKeeper } from './parts.ts';

const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least, `expected a whole number from ${least} to ${most}`), v.maxValue(most, `expected a whole number from ${least} to ${most}`));
const days = whole(1, 3650);

export const settingsChangeSchema = v.strictObject({
  retention: v.exactOptional(v.strictObject({ handovers: v.exactOptional(days), events: v.exactOptional(days), subscribers: v.exactOptional(days), audit: v.exactOptional(days) })),
  pseudonyms: v.exactOptional(v.strictObject({ rotateDays: v.exactOptional(whole(1, 365)) })),
  positions: v.exactOptional(v.strictObject({ fuzzMetres: v.exactOptional(whole(0, 5000)) })),
  smallestGroup: v.exactOptional(whole(1, 1000)),
});

type Kept = Omit<Settings, 'pseudonyms'> & { readonly pseudonyms: { readonly rotateDays: number } };
type KeptRecord = Kept & Stored;

const ID = 'privacy';
/** Handovers speak of persons most, so they go first; who did what may be asked for after two years. */
const DEFAULTS: Kept = {
  retention: { handovers: 30, events: 90, subscribers: 90, audit: 730 },
  pseudonyms: { rotateDays: 30 },
  positions: { fuzzMetres: 200 },
  smallestGroup: 5,
};

export interface SettingsParts {
  readonly store: FleetStore;
  readonly audit: Pick<Audit, 'record'>;
  readonly epochBegan: () => number;
}

export async function openSettings({ store, audit, epochBegan }: SettingsParts): Promise<SettingsKeeper> {
  let kept = merged(DEFAULTS, (await store.get<KeptRecord>('settings', ID)) ?? {});
  const shown = (): Settings => ({ ...kept, pseudonyms: { ...kept.pseudonyms, epochBegan: epochBegan() } });
  return {
    get: shown,
    async change(change, by) {
      const next = merged(kept, change);
      await audit.record({ by, action: 'settings.change', target: ID, before: kept, after: next }, [{ put: 'settings', record: { id: ID, ...next } }]);
      kept = next;
      return shown();
    },
  };
}

const merged = (old: Kept, change: SettingsChange): Kept => ({
  retention: { ...old.retention, ...change.retention },
  pseudonyms: { ...old.pseudonyms, ...change.pseudonyms },
  positions: { ...old.positions, ...change.positions },
  smallestGroup: change.smallestGroup ?? old.smallestGroup,
});
