/** Rollouts as they run: what the gateways report goes into rollout.ts, what comes out is stored, then provisioned. */
import { documentKey, scopeKey, within } from './scopes.ts';
import type { Reported } from '../../runtime/fleet/messages.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { HandoverFigures } from '../api/resources/handovers.ts';
import type { Rollout, RolloutPlan } from '../api/resources/rollouts.ts';
import { refuse } from '../api/route.ts';
import type { Live } from '../api/sse.ts';
import type { AttemptFigures, Figures } from '../live/ports.ts';
import type { Audit, Deed } from './audit.ts';
import { versionChange, type DocumentsKeeper } from './documents.ts';
import type { Gateways } from './gateways.ts';
import type { Registry, Rollouts } from './parts.ts';
import type { Change, FleetStore } from './ports.ts';
import type { Provisioning } from './provisioning.ts';
import type { RolloutRecord, VersionRecord } from './records.ts';
import { begin, changed, deadline, isOver, step, type Heard, type RolloutEvent, type Stepped } from './rollout.ts';

export interface RunningRollouts extends Rollouts {
  /** Whether it takes part in one that goes on. */
  involved(id: GatewayId): Rollout | undefined;
  /** About four times a second: takes in what was heard, and looks at the clock. */
  tick(): Promise<void>;
}

export interface RolloutsOptions {
  readonly store: FleetStore;
  readonly audit: Pick<Audit, 'record'>;
  readonly gateways: Gateways;
  readonly registry: Pick<Registry, 'configuration' | 'online' | 'name' | 'home' | 'watch'>;
  readonly documents: DocumentsKeeper;
  readonly provisioning: Pick<Provisioning, 'refresh' | 'upToDate'>;
  readonly figuresOf: Figures['figuresOf'];
  readonly live: Live;
  readonly now: () => number;
  readonly newId: () => string;
  readonly onError: (error: Error) => void;
}

const COLLECTION = 'rollouts';
/** What "before" is taken from. */
const BEFORE = 3_600_000;
const TELL = 1000;
/** Homes that a browser is told of in that time. */
const TOLD_HOMES = 400;
/** Those that are over and still listed. */
const KEPT = 200;

export async function openRollouts(options: RolloutsOptions): Promise<RunningRollouts> {
  const { store, audit, gateways, registry, documents, provisioning, figuresOf, live, now, newId, onError } = options;
  const records = new Map<string, RolloutRecord>();
  /** Homes that desire the new document, by scope and concern. */
  const reached = new Map<string, { readonly document: unknown; readonly homes: ReadonlySet<GatewayId> }>();
  const news = new Set<GatewayId>();
  const told = new Map<string, { readonly at: number; readonly status: Rollout['status'] }>();
  const untold = new Set<string>();
  const ended = new WeakMap<RolloutRecord, Rollout>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time: a step sees what the one before has done. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = turn.then(run);
    turn = done.catch(() => undefined);
    return done;
  }

  const active = (): readonly RolloutRecord[] => [...records.values()].filter((r) => !isOver(r));

  function keep(record: RolloutRecord): void {
    records.set(record.id, record);
    const key = documentKey(record.plan.scope, record.plan.concern);
    const homes = changed(record);
    if (homes.length > 0) reached.set(key, { document: record.plan.document, homes: new Set(homes.map((h) => h.home)) });
    else if (!active().some((r) => r.id !== record.id && documentKey(r.plan.scope, r.plan.concern) === key)) reached.delete(key);
  }

  /** What is stored is what happened; who is told what follows from it, also after a crash in between. */
  async function perform({ state, effects }: Stepped, deed?: Deed): Promise<void> {
    const settles = effects.some((e) => e.kind === 'settle');
    const { scope, concern, document } = state.plan;
    const version: VersionRecord | undefined = settles ? documents.draft({ scope, concern, document, by: state.by, at: now(), rollout: state.id }) : undefined;
    const changes: Change[] = [{ put: COLLECTION, record: state }, ...(version ? [versionChange(version)] : []), ...expired(state)];
    const automatic = deed ?? automaticDeed(state);
    if (automatic) await audit.record(automatic, changes);
    else await store.commit(changes);
    for (const change of changes) if ('remove' in change) records.delete(change.id);
    keep(state);
    if (version) documents.accept(version);
    tell(state);
    const homes = settles ? [...gateways.all()].filter((r) => within(scope, r)).map((r) => r.id) : effects.flatMap((e) => (e.kind === 'provision' ? e.homes : []));
    if (homes.length > 0) await provisioning.refresh(homes);
    for (const home of homes) news.add(home);
  }

  /** Reports come by the hundred: the browsers are told once a second (of thousands of homes less often), and of each change of its status. */
  function tell(state: RolloutRecord): void {
    const last = told.get(state.id);
    untold.delete(state.id);
    if (last?.status === state.status && now() - last.at < Math.max(1, state.homes.length / TOLD_HOMES) * TELL) return void untold.add(state.id);
    told.set(state.id, { at: now(), status: state.status });
    live.publish('rollout', shown(state));
  }

  /** What the fleet does by itself is in the audit log as well. */
  function automaticDeed(state: RolloutRecord): Deed | undefined {
    const before = records.get(state.id)?.status;
    const worth = state.status === 'rolling back' || state.status === 'rolled back' || state.status === 'done';
    return worth && before !== state.status ? { by: 'roamstead', action: `rollouts.${state.status}`, target: state.id, reason: state.reason } : undefined;
  }

  /** The oldest that are over, when there are too many. */
  function expired(state: RolloutRecord): readonly Change[] {
    if (records.has(state.id)) return [];
    const over = [...records.values()].filter(isOver).toSorted((a, b) => a.startedAt - b.startedAt);
    return over.slice(0, Math.max(0, over.length - KEPT + 1)).map(({ id }): Change => ({ remove: COLLECTION, id }));
  }

  async function feed(id: string, event: RolloutEvent, deed?: Deed): Promise<void> {
    const state = records.get(id);
    if (!state) return;
    const stepped = step(state, event, now());
    if (stepped.state !== state) await perform(stepped, deed);
  }

  const heardOf = (record: RolloutRecord, home: GatewayId): Heard => {
    const { concern } = record.plan;
    const { status, problems } = registry.configuration(home, concern);
    // What it says of a document that it was not meant to have any more answers nothing.
    return provisioning.upToDate(home, concern) ? { home, online: registry.online(home), status, problems } : { home, online: registry.online(home), status: 'pending' };
  };

  function figures(record: RolloutRecord): AttemptFigures {
    return figuresOf(new Set(changed(record).map((h) => h.home)), record.waveAt, now());
  }

  function inTheWay(plan: RolloutPlan, homes: ReadonlySet<GatewayId>): RolloutRecord | undefined {
    return active().find((r) => r.plan.concern === plan.concern && (scopeKey(r.plan.scope) === scopeKey(plan.scope) || r.homes.some((h) => homes.has(h.home))));
  }

  /** A canary where nobody is tells nothing: homes with guests come first. */
  function planned(plan: RolloutPlan): { readonly home: GatewayId; readonly online: boolean }[] {
    const preview = documents.preview(plan.scope, plan.concern, plan.document);
    const [problem] = preview.problems;
    if (problem) refuse(422, `the document cannot be rolled out: ${problem.path === '' ? '' : `${problem.path}: `}${problem.reason}`, `document.${problem.path}`);
    const quiet = (home: GatewayId): number => (registry.online(home) && (registry.home(home)?.subscribers ?? 0) > 0 ? 0 : 1);
    return preview.homes.toSorted((a, b) => quiet(a.home) - quiet(b.home) || (a.name < b.name ? -1 : 1)).map(({ home }) => ({ home, online: registry.online(home) }));
  }

  const shown = (r: RolloutRecord): Rollout => ({
    id: r.id,
    scope: r.plan.scope,
    concern: r.plan.concern,
    status: r.status,
    reason: withNames(r.reason),
    by: r.by,
    startedAt: r.startedAt,
    ...(r.endedAt === undefined ? {} : { endedAt: r.endedAt }),
    total: r.homes.length,
    sent: r.homes.filter((h) => h.wave > 0).length,
    applied: r.homes.filter((h) => h.wave > 0 && h.failed === undefined && (h.status === 'applied' || h.status === 'partial')).length,
    failed: r.homes.filter((h) => h.failed !== undefined || h.status === 'rejected' || h.status === 'rolledback').length,
    ...(r.before ? { before: shownFigures(r.before) } : {}),
    ...(r.since ? { since: shownFigures(r.since) } : {}),
    homes: r.homes.map((h) => ({ home: h.home, name: registry.name(h.home) ?? h.home, wave: h.wave, status: h.failed ?? h.status, ...(h.at === undefined ? {} : { at: h.at }) })),
  });

  /** Asked for every few seconds: what is over is made once. */
  function listed(r: RolloutRecord): Rollout {
    const made = ended.get(r) ?? (isOver(r) ? { ...shown(r), homes: [] } : shown(r));
    if (isOver(r)) ended.set(r, made);
    return made;
  }

  /** People know a home by its name. */
  const withNames = (text: string): string => text.replace(/gw-[a-z2-7]{26}/g, (id) => registry.name(id) ?? id);

  documents.overlay((scope, concern, home) => {
    const found = reached.get(documentKey(scope, concern));
    return found?.homes.has(home) ? found : undefined;
  });
  registry.watch({
    presence: (id) => void news.add(id),
    reported: (id, _concern, _reported: Reported) => void news.add(id),
    running: (id) => void (active().length > 0 && news.add(id)),
  });
  gateways.onChange((id, record) => {
    if (record && !record.revoked) return;
    for (const r of active()) if (r.homes.some((h) => h.home === id)) inTurn(() => feed(r.id, { kind: 'gone', home: id })).catch(onError);
  });
  for (const record of await store.list<RolloutRecord>(COLLECTION)) keep(record);
  for (const record of active()) for (const { home } of record.homes) news.add(home);

  async function tick(): Promise<void> {
    const heard = new Set(news);
    news.clear();
    for (const record of active()) {
      const ours = heard.size === 0 ? [] : record.homes.filter((h) => heard.has(h.home));
      try {
        if (ours.length > 0) await feed(record.id, { kind: 'heard', homes: ours.map((h) => heardOf(record, h.home)) });
        const state = records.get(record.id) ?? record;
        const due = deadline(state);
        if (due !== undefined && now() >= due) await feed(record.id, { kind: 'timer', ...(state.status === 'rolling back' ? {} : { figures: figures(state) }) });
      } catch (e) {
        // What was heard is heard again: the registry knows it.
        for (const { home } of ours) news.add(home);
        onError(e as Error);
      }
    }
    for (const id of Array.from(untold)) {
      const record = records.get(id);
      if (record) tell(record);
    }
  }

  return {
    start: (plan, by) =>
      inTurn(async () => {
        const homes = planned(plan);
        const other = inTheWay(plan, new Set(homes.map((h) => h.home)));
        if (other) refuse(409, `rollout ${other.id} of ${other.plan.concern} by ${other.by} goes on among these homes: wait for its end, or roll it back`);
        const at = now();
        const before = figuresOf(new Set(homes.map((h) => h.home)), at - BEFORE, at);
        const stepped = begin({ id: newId(), by, plan, before }, homes, at);
        const was = documents.current(plan.scope, plan.concern)?.document ?? null;
        await perform(stepped, { by, action: 'rollouts.start', target: `${scopeKey(plan.scope)} ${plan.concern}`, before: was, after: plan.document });
        return shown(records.get(stepped.state.id) ?? stepped.state);
      }),
    list: () => [...records.values()].toSorted((a, b) => b.startedAt - a.startedAt).map(listed),
    get: (id) => {
      const record = records.get(id);
      return record && shown(record);
    },
    act: (id, action, by) =>
      inTurn(async () => {
        const before = records.get(id) ?? refuse(404, `there is no rollout ${id}`);
        await feed(id, { kind: action, by }, { by, action: `rollouts.${action}`, target: id });
        const after = records.get(id) ?? before;
        if (after === before) refuse(409, `a rollout that is ${before.status} cannot be asked to ${action}`);
        return shown(after);
      }),
    involved: (id) => {
      const record = active().find((r) => r.homes.some((h) => h.home === id));
      return record && shown(record);
    },
    tick: () => inTurn(tick),
  };
}

/** Without what only the judgement needs. */
const shownFigures = ({ perMinute, success, p50, p90, p99 }: AttemptFigures): HandoverFigures => ({ perMinute, success, p50, p90, p99 });
