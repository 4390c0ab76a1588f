/** What can be set, a row each: name, kind, unit, bounds and what a gateway does where nothing is said. The words stand in the catalogues. */
import type { Concern } from '../../../runtime/fleet/topics.ts';
import type { rollout } from '../../i18n/en/rollout.ts';
import type { Path } from './document.ts';

export type FieldWords = keyof typeof rollout.fields;
export type Unit = 's' | 'ms';
export interface FieldRow {
  readonly path: Path;
  readonly words: FieldWords;
  readonly kind: 'number' | 'flag' | 'rate' | 'text' | 'list' | 'service' | 'udp';
  readonly unit?: Unit;
  readonly builtIn?: unknown;
  readonly least?: number;
  readonly most?: number;
}
const number = (path: string, unit: Unit | undefined, builtIn: number | undefined, least: number, most?: number): FieldRow => ({
  path: path.split('/'),
  words: path.split('/').at(-1) as FieldWords,
  kind: 'number',
  ...(unit ? { unit } : {}),
  ...(builtIn === undefined ? {} : { builtIn }),
  least,
  ...(most === undefined ? {} : { most }),
});

export interface FieldGroup {
  readonly words: keyof typeof rollout.fieldGroups;
  readonly rows: readonly FieldRow[];
}

export const FIELDS: { readonly [C in 'timers' | 'limits']: readonly FieldGroup[] } = {
  timers: [
    {
      words: 'registration',
      rows: [
        number('timers/binding-lifetime', 's', 3600, 10, 65_535),
        number('timers/binding-refresh-time', 's', 300, 4, 65_000),
        number('timers/initial-retransmit-time', 's', 1, 0.1, 60),
        number('timers/max-retransmit-time', 's', 32, 1, 600),
      ],
    },
    {
      words: 'detach',
      rows: [
        { ...number('discover-mn-detach/interval', 's', 10, 1), words: 'detach-interval' },
        { ...number('discover-mn-detach/timeout', 's', 2, 0.1), words: 'detach-timeout' },
        { ...number('discover-mn-detach/retries', undefined, 3, 1, 100), words: 'detach-retries' },
        { ...number('discover-mn-detach/delay', 's', 0.5, 0, 60), words: 'detach-delay' },
      ],
    },
    {
      words: 'heartbeat',
      rows: [
        { path: ['heartbeat', 'enabled'], words: 'heartbeat-enabled', kind: 'flag', builtIn: true },
        { ...number('heartbeat/interval', 's', 60, 1, 3600), words: 'heartbeat-interval' },
        { ...number('heartbeat/timeout', 's', 5, 0.5, 3600), words: 'heartbeat-timeout' },
        number('heartbeat/missing-allowed', undefined, 3, 0),
      ],
    },
    { words: 'revocation', rows: [number('timers/bri-delay-min', 'ms', 1000, 500), number('timers/bri-delay-max', 'ms', 2000, 500), number('timers/bri-retries', undefined, 1, 0)] },
  ],
  limits: [
    {
      words: 'guests',
      rows: [
        number('host-first/maximum-guests', undefined, undefined, 1),
        { path: ['host-first', 'up-rate'], words: 'up-rate', kind: 'rate' },
        { path: ['host-first', 'down-rate'], words: 'down-rate', kind: 'rate' },
        number('max-bindings', undefined, 512, 1, 65_536),
      ],
    },
  ],
};

/** Of one default profile. */
export const PROFILE_FIELDS: readonly FieldRow[] = [
  { path: ['service'], words: 'service', kind: 'service', builtIn: 'dual' },
  { path: ['apn'], words: 'apn', kind: 'text' },
  { path: ['lma'], words: 'lma', kind: 'list' },
  { path: ['dns'], words: 'dns', kind: 'list' },
  { path: ['per-mn-agg-max-dl-rate'], words: 'per-mn-agg-max-dl-rate', kind: 'rate' },
  { path: ['per-mn-agg-max-ul-rate'], words: 'per-mn-agg-max-ul-rate', kind: 'rate' },
];
/** Of one LMA. */
export const LMA_FIELDS: readonly FieldRow[] = [
  { path: ['id'], words: 'id', kind: 'text' },
  { path: ['ipv4-address'], words: 'ipv4-address', kind: 'text' },
  { path: ['ipv6-address'], words: 'ipv6-address', kind: 'text' },
  { path: ['force-udp'], words: 'force-udp', kind: 'udp', builtIn: 'auto' },
];

export const concerns: readonly Concern[] = ['profiles', 'timers', 'lmas', 'limits'];
