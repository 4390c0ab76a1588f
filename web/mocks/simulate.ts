/** What happens by itself in the simulated fleet: people walk, homes come and go, alerts come and end, a rollout goes on. */
import type { Alert, LiveEvents } from '../../cloud/api/resources/network.ts';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import { counts, figures, minute } from './figures.ts';
import { walk } from './handovers.ts';
import { stepRollouts } from './rollouts.ts';
import { record, type World } from './world.ts';

export type Publish = <K extends keyof LiveEvents>(kind: K, value: LiveEvents[K]) => void;

export interface Simulation {
  /** Handovers a second from now on. */
  rate: number;
  /** Everything up to `now`. */
  step(now: number): void;
}

const OVERVIEW_EVERY = 2000;
const STORY_EVERY = 9000;
/** A batch is one message: a browser must not be told 200 times a second. */
const BATCH_EVERY = 100;

export function createSimulation(world: World, publish: Publish, rate: number): Simulation {
  const { random } = world;
  let last = world.startedAt;
  let due = 0;
  let [overviewAt, storyAt, minuteAt] = [last, last, last];
  let told = last;
  let batch: HandoverSummary[] = [];
  const simulation: Simulation = {
    rate,
    step(now) {
      due += ((now - last) / 1000) * simulation.rate;
      last = now;
      for (; due >= 1; due -= 1) {
        const summary = walk(world, random.pick(world.people), now);
        if (summary) batch.push(summary);
      }
      if (batch.length > 0 && now - told >= BATCH_EVERY) {
        publish('handovers', batch);
        batch = [];
        told = now;
      }
      if (now - overviewAt >= OVERVIEW_EVERY) {
        overviewAt = now;
        traffic(world);
        stepRollouts(world, now, publish);
        publish('overview', { ...counts(world), handovers: figures(world, now) });
      }
      if (now - storyAt >= STORY_EVERY) {
        storyAt = now;
        story(world, now, publish);
      }
      if (now - minuteAt >= 60_000) {
        minuteAt = now;
        minute(world, now);
      }
    },
  };
  return simulation;
}

function traffic(world: World): void {
  for (const person of world.people) {
    if (!person.active) continue;
    person.bytesDown += world.random.whole(0, 400_000);
    person.bytesUp += world.random.whole(0, 40_000);
  }
}

function story(world: World, now: number, publish: Publish): void {
  const { random } = world;
  const open = world.alerts.filter((a) => a.endedAt === undefined);
  if (open.length > 3 || (open.length > 0 && random.next() < 0.4)) return end(world, random.pick(open), now, publish);
  const home = random.pick(world.homes);
  if (home.status === 'online') {
    Object.assign(home, { status: 'offline', reasons: ['The gateway has not been heard for 90 s. Ask its owner whether it has power and internet.'], lastSeen: now - 90_000 });
    world.events.push({ number: world.events.length + 1, at: now, home: home.id, level: 'warn', text: 'The connection to the broker was lost.' });
    open.push(raise(world, now, { level: 'error', text: `${home.name} is offline.`, advice: 'Subscribers there have no network until it is back; those who walk on keep theirs. Ask its owner whether it has power and internet.', home: home.id }, publish));
  } else if (home.status === 'offline' || home.status === 'degraded') {
    Object.assign(home, { status: 'online', reasons: [], lastSeen: now, since: now });
    world.events.push({ number: world.events.length + 1, at: now, home: home.id, level: 'info', text: 'The gateway is connected again.' });
  }
  publish('home', home);
}

/** Adds an alert and tells it. */
export function raise(world: World, now: number, alert: Omit<Alert, 'id' | 'since'>, publish: Publish): Alert {
  const raised: Alert = { id: `alert-${world.alerts.length + 1}`, since: now, ...alert };
  world.alerts.push(raised);
  publish('alert', raised);
  return raised;
}

function end(world: World, alert: Alert, now: number, publish: Publish): void {
  const ended: Alert = { ...alert, endedAt: now };
  world.alerts = world.alerts.map((a) => (a.id === alert.id ? ended : a));
  publish('alert', ended);
  const home = world.homes.find((h) => h.id === alert.home);
  if (!home || home.status === 'revoked') return;
  Object.assign(home, { status: 'online', reasons: [], lastSeen: now, since: now });
  publish('home', home);
}

/** A past: an hour of roams, some alerts, an audit log that somebody wrote. */
export function past(world: World, now: number): void {
  for (let i = 600; i > 0; i -= 1) walk(world, world.random.pick(world.people), now - i * 1500);
  const quiet: Publish = () => undefined;
  const offline = world.homes.filter((h) => h.status === 'offline').slice(0, 3);
  for (const [i, home] of offline.entries()) raise(world, now - (i + 1) * 400_000, { level: 'error', text: `${home.name} is offline.`, advice: 'Ask its owner whether it has power and internet.', home: home.id }, quiet);
  raise(world, now - 5_400_000, { level: 'warn', text: 'The pool v4-homes of lma-2 is 86 % used.', advice: 'Add a range to the pool, or shorten the binding lifetime.', lma: 'lma-2' }, quiet);
  const acts = ['homes.claim', 'rollouts.start', 'homes.change', 'session.begin', 'commands.ping', 'subscribers.reveal'];
  for (let i = 60; i > 0; i -= 1) {
    const action = world.random.pick(acts);
    const target = action === 'subscribers.reveal' ? world.random.pick(world.people).id : world.random.pick(world.homes).id;
    record(world, { at: now - i * 3_600_000, by: world.random.pick(world.users).name, action, target, ...(action === 'subscribers.reveal' ? { reason: 'Ticket 4711: cannot connect at home' } : {}) });
  }
}
