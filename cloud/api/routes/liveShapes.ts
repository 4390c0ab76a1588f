/** Shapes of what happens now: what cloud/api/resources/ says as types. */
import * as v from 'valibot';

const place = v.object({ home: v.string(), name: v.string() });
const figures = v.object({ perMinute: v.number(), success: v.number(), p50: v.number(), p90: v.number(), p99: v.number() });

const summaryEntries = {
  id: v.string(),
  at: v.number(),
  subscriber: v.string(),
  kind: v.picklist(['attach', 'handover', 'move']),
  from: v.optional(place),
  to: place,
  success: v.boolean(),
  reason: v.string(),
  duration: v.optional(v.number()),
};
export const handoverSummary = v.object(summaryEntries);
export const handover = v.object({
  ...summaryEntries,
  lma: v.optional(v.string()),
  stages: v.array(v.object({ name: v.picklist(['associated', 'profile', 'pbuSent', 'pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched', 'firstPacket']), end: v.picklist(['home', 'lma']), at: v.number() })),
  packetsLost: v.optional(v.number()),
  packetsHeld: v.optional(v.number()),
  messages: v.array(v.object({ at: v.number(), from: v.string(), to: v.string(), name: v.string(), fields: v.array(v.string()) })),
  capture: v.boolean(),
  missing: v.array(v.string()),
});

export const alert = v.object({
  id: v.string(),
  level: v.picklist(['warn', 'error']),
  text: v.string(),
  advice: v.string(),
  since: v.number(),
  endedAt: v.optional(v.number()),
  home: v.optional(v.string()),
  lma: v.optional(v.string()),
  acknowledgedBy: v.optional(v.string()),
});

export const overview = v.object({
  homes: v.object({ online: v.number(), total: v.number() }),
  subscribers: v.number(),
  handovers: figures,
  alerts: v.array(alert),
  ticker: v.array(handoverSummary),
  history: v.array(v.object({ at: v.number(), handovers: v.number(), success: v.number(), p50: v.number(), p99: v.number(), subscribers: v.number(), online: v.number() })),
  missing: v.array(v.string()),
});

export const subscriber = v.object({
  id: v.string(),
  home: v.optional(v.string()),
  homeName: v.optional(v.string()),
  lma: v.string(),
  since: v.number(),
  lastHandover: v.optional(v.number()),
  handovers: v.number(),
  state: v.picklist(['active', 'released']),
  addresses: v.array(v.string()),
  bytesUp: v.number(),
  bytesDown: v.number(),
});

export const lma = v.object({
  name: v.string(),
  reachable: v.boolean(),
  reason: v.optional(v.string()),
  bindings: v.number(),
  pools: v.array(v.object({ name: v.string(), service: v.string(), family: v.picklist(['ipv4', 'ipv6']), size: v.number(), used: v.number() })),
  gateways: v.number(),
  role: v.optional(v.string()),
  statistics: v.record(v.string(), v.unknown()),
});

export const topology = v.object({
  homes: v.array(v.object({ id: v.string(), name: v.string(), status: v.picklist(['online', 'degraded', 'offline', 'paused', 'revoked']), subscribers: v.number(), position: v.optional(v.object({ latitude: v.number(), longitude: v.number() })) })),
  lmas: v.array(v.object({ name: v.string(), reachable: v.boolean(), bindings: v.number() })),
  tunnels: v.array(v.object({ home: v.string(), lma: v.string(), subscribers: v.number() })),
  moves: v.array(v.object({ from: v.string(), to: v.string(), count: v.number() })),
  neighbours: v.array(v.object({ from: v.string(), to: v.string() })),
});

export const revoked = v.object({ bindings: v.number(), unanswered: v.number(), refused: v.number() });
export const refreshed = v.object({ bindings: v.number(), gateways: v.number() });
