/** Percentiles and sums over the handovers of the last minutes, as the cloud's `live` part would make them. */
import type { HandoverFigures } from '../../cloud/api/resources/handovers.ts';
import type { Overview } from '../../cloud/api/resources/network.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;

const percentile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function since(world: World, from: number) {
  const index = world.handovers.findLastIndex((h) => h.at < from);
  return world.handovers.slice(index + 1);
}

export function figures(world: World, now: number): HandoverFigures {
  const recent = since(world, now - 5 * MINUTE);
  const durations = recent.flatMap((h) => h.duration ?? []).toSorted((a, b) => a - b);
  const passed = Math.max(1, Math.min(5, (now - world.startedAt) / MINUTE));
  const last = world.history.at(-1);
  if (recent.length < 20) return { perMinute: last?.handovers ?? 0, success: last?.success ?? 1, p50: last?.p50 ?? 0, p90: (last?.p50 ?? 0) * 2, p99: last?.p99 ?? 0 };
  return { perMinute: Math.round(recent.length / passed), success: recent.filter((h) => h.success).length / recent.length, p50: percentile(durations, 0.5), p90: percentile(durations, 0.9), p99: percentile(durations, 0.99) };
}

export const counts = (world: World) => ({
  homes: { online: world.homes.filter((h) => h.status === 'online' || h.status === 'degraded' || h.status === 'paused').length, total: world.homes.length },
  subscribers: world.people.filter((p) => p.active).length,
});

export const overview = (world: World, now: number): Overview => ({
  ...counts(world),
  handovers: figures(world, now),
  alerts: world.alerts.filter((a) => a.endedAt === undefined),
  ticker: world.handovers.slice(-50).toReversed(),
  history: world.history,
  missing: world.lmas.filter((l) => !l.reachable).map((l) => `${l.name} does not answer on its control socket.`),
});

/** One more minute of history. */
export function minute(world: World, now: number): void {
  const { perMinute, success, p50, p99 } = figures(world, now);
  const { homes, subscribers } = counts(world);
  world.history.push({ at: now, handovers: perMinute, success, p50, p99, subscribers, online: homes.online });
  if (world.history.length > 60) world.history.shift();
}
