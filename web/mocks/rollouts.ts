/** Rollouts of the simulated fleet: the preview as a diff, and waves that go on by themselves. */
import type { DocumentVersion, Preview, Rollout, RolloutPlan, Scope } from '../../cloud/api/resources/rollouts.ts';
import type { Home } from '../../cloud/api/resources/homes.ts';
import { checkDocument } from '../../runtime/fleet/documents.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import { figures } from './figures.ts';
import type { Publish } from './simulate.ts';
import { record, type World } from './world.ts';

/** Shown faster than they would be watched. */
const WAVE = 12_000;

type Leaves = Map<string, unknown>;
function leavesOf(value: unknown, path = '', into: Leaves = new Map()): Leaves {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return into.set(path, value);
  for (const [key, inner] of Object.entries(value)) leavesOf(inner, path === '' ? key : `${path}.${key}`, into);
  return into;
}

export const homesIn = (world: World, scope: Scope): Home[] => world.homes.filter((h) => scope.kind === 'fleet' || (scope.kind === 'group' ? h.group === scope.id : h.id === scope.id));
const sameScope = (a: Scope, b: Scope): boolean => a.kind === b.kind && ('id' in a ? a.id : '') === ('id' in b ? b.id : '');
export const documentOf = (world: World, scope: Scope, concern: Concern): DocumentVersion | undefined => world.documents.find((d) => d.concern === concern && sameScope(d.scope, scope));

export function preview(world: World, { scope, concern, document }: Pick<RolloutPlan, 'scope' | 'concern' | 'document'>): Preview {
  const after = leavesOf(document);
  const checked = checkDocument(concern, document);
  const problems = checked.ok ? [] : checked.problems;
  const before = leavesOf(documentOf(world, scope, concern)?.document ?? {});
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((p) => p !== '' && JSON.stringify(before.get(p)) !== JSON.stringify(after.get(p)));
  const homes = homesIn(world, scope).filter((h) => h.status !== 'revoked');
  if (paths.length === 0) return { homes: [], problems, unchanged: homes.length };
  return { homes: homes.map(({ id, name }) => ({ home: id, name, changes: paths.map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null })) })), problems, unchanged: 0 };
}

export function start(world: World, plan: RolloutPlan, by: string, now: number): Rollout {
  const targets = preview(world, plan).homes;
  let wave = 1;
  let left = plan.canary;
  let size = plan.canary;
  const homes = targets.map(({ home, name }) => {
    if (left === 0) {
      wave += 1;
      size = Math.max(1, Math.round(size * plan.ramp));
      left = size;
    }
    left -= 1;
    return { home, name, wave, status: 'waiting' as const };
  });
  const rollout: Rollout = { id: `rollout-${world.rollouts.length + 1}`, scope: plan.scope, concern: plan.concern, status: 'canary', reason: `Wave 1 of ${wave} is being sent.`, by, startedAt: now, total: homes.length, sent: 0, applied: 0, failed: 0, before: figures(world, now), homes };
  world.rollouts.push(rollout);
  world.documents = [...world.documents.filter((d) => !(d.concern === plan.concern && sameScope(d.scope, plan.scope))), { scope: plan.scope, concern: plan.concern, document: plan.document, by, at: now }];
  record(world, { at: now, by, action: 'rollouts.start', target: rollout.id, after: plan.document });
  return rollout;
}

function counted(rollout: Rollout): Rollout {
  const count = (...statuses: string[]) => rollout.homes.filter((h) => statuses.includes(h.status)).length;
  return { ...rollout, sent: rollout.homes.length - count('waiting'), applied: count('applied', 'partial'), failed: count('rejected', 'rolledback') };
}

/** The state of a rollout `age` ms after its start: a wave every twelve seconds, and homes of a wave report one after the other. */
function stepped(world: World, rollout: Rollout, now: number): Rollout {
  const waves = rollout.homes.at(-1)?.wave ?? 1;
  const current = 1 + Math.floor((now - rollout.startedAt) / WAVE);
  const homes = rollout.homes.map((h) => {
    if (h.wave > current || h.status === 'applied' || h.status === 'rejected') return h;
    if (h.status === 'waiting') return { ...h, status: 'pending' as const, at: now };
    const offline = world.homes.find((home) => home.id === h.home)?.status === 'offline';
    return offline || world.random.next() < 0.4 ? h : { ...h, status: world.random.next() < 0.006 ? ('rejected' as const) : ('applied' as const), at: now };
  });
  if (current > waves) {
    const waiting = homes.filter((h) => h.status === 'pending').length;
    return { ...rollout, homes, status: 'done', endedAt: now, reason: waiting > 0 ? `All waves were sent; ${waiting} homes are offline and get it when they are back.` : 'All homes run it.', since: figures(world, now) };
  }
  return { ...rollout, homes, status: current === 1 ? 'canary' : 'ramp', reason: `Wave ${current} of ${waves}: watching success and time before the next one.`, since: figures(world, now) };
}

export function stepRollouts(world: World, now: number, publish: Publish): void {
  for (const [i, rollout] of world.rollouts.entries()) {
    if (rollout.status === 'canary' || rollout.status === 'ramp') world.rollouts[i] = counted(stepped(world, rollout, now));
    else if (rollout.status === 'rolling back') world.rollouts[i] = counted({ ...rollout, status: 'rolled back', endedAt: now, reason: 'A person rolled it back; all homes run what they ran before.', homes: rollout.homes.map((h) => (h.status === 'waiting' ? h : { ...h, status: 'rolledback', at: now })) });
    else continue;
    const changed = world.rollouts[i];
    if (changed) publish('rollout', changed);
  }
}

export type RolloutAction = 'pause' | 'resume' | 'advance' | 'roll back';
export function act(world: World, id: string, action: RolloutAction): Rollout | undefined {
  const index = world.rollouts.findIndex((r) => r.id === id);
  const rollout = world.rollouts[index];
  if (!rollout) return undefined;
  const changes: Readonly<Record<RolloutAction, Partial<Rollout>>> = {
    pause: { status: 'paused', reason: 'A person paused it.' },
    resume: { status: 'ramp', reason: 'A person resumed it.' },
    advance: { startedAt: rollout.startedAt - WAVE, status: 'ramp', reason: 'A person let the next wave go at once.' },
    'roll back': { status: 'rolling back', reason: 'A person is rolling it back.' },
  };
  const changed = { ...rollout, ...changes[action] };
  world.rollouts[index] = changed;
  return changed;
}
