/** The whole mock: a simulated fleet behind the HTTP API, for work on the dashboard and for its browser tests. */
import type { AddressInfo } from 'node:net';
import { accessRoutes, type Door } from './accessRoutes.ts';
import { fleetRoutes } from './fleetRoutes.ts';
import { homeRoutes } from './homeRoutes.ts';
import { start as startRollout } from './rollouts.ts';
import { createFeed, mockServer } from './server.ts';
import { createSimulation, past, type Publish } from './simulate.ts';
import { subscriberRoutes } from './subscriberRoutes.ts';
import { usualDocuments } from './usualDocuments.ts';
import { buildWorld, type World } from './world.ts';

export interface MockOptions {
  /** The built dashboard. */
  readonly files: string;
  /** 0 = any free one. */
  readonly port?: number;
  readonly homes?: number;
  readonly subscribers?: number;
  readonly seed?: number;
  /** Handovers a second. */
  readonly rate?: number;
  /** Names with script in them. */
  readonly hostile?: boolean;
  /** As a new installation is: nobody has been there. */
  readonly firstRun?: boolean;
  readonly now?: () => number;
}

export interface Mock {
  readonly url: string;
  readonly world: World;
  /** Handovers a second from now on. */
  rate(perSecond: number): void;
  /** As the cloud would tell it. */
  readonly publish: Publish;
  close(): Promise<void>;
}

const STEP = 50;

export async function startMock({ files, port = 0, homes = 300, subscribers = 2000, seed = 1, rate = 6, hostile = false, firstRun = false, now = Date.now }: MockOptions): Promise<Mock> {
  const world = buildWorld({ homes, subscribers, seed, now: now(), hostile });
  past(world, now());
  const feed = createFeed();
  const door: Door = firstRun ? { setUpNeeded: true, user: undefined } : { setUpNeeded: false, user: { name: 'ada', role: 'owner' } };
  world.documents = usualDocuments(now());
  const finished = startRollout(world, { scope: { kind: 'group', id: 'pilot' }, concern: 'timers', document: { 'discover-mn-detach': { delay: 0.3 } }, canary: 3, ramp: 3, watch: 60, tolerance: { success: 0.02, time: 1.5 } }, 'grace', now() - 86_400_000);
  world.rollouts[0] = { ...finished, status: 'done', endedAt: now() - 86_000_000, reason: 'All homes run it.', sent: finished.total, applied: finished.total, homes: finished.homes.map((h) => ({ ...h, status: 'applied', at: now() - 86_100_000 })) };
  startRollout(world, { scope: { kind: 'fleet' }, concern: 'timers', document: { timers: { 'binding-refresh-time': 240 } }, canary: 6, ramp: 2.5, watch: 120, tolerance: { success: 0.02, time: 1.5 } }, 'ada', now() - 20_000);
  const routes = [...accessRoutes(world, door), ...fleetRoutes(world, feed.publish), ...homeRoutes(world, feed.publish), ...subscriberRoutes(world)];
  const server = mockServer({ routes, feed, user: () => door.user, now, files });
  const simulation = createSimulation(world, feed.publish, rate);
  const timer = setInterval(() => simulation.step(now()), STEP);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    world,
    publish: feed.publish,
    rate(perSecond) {
      simulation.rate = perSecond;
    },
    async close() {
      clearInterval(timer);
      feed.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
