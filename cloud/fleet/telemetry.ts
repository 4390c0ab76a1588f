/** Streams of a gateway that run only while somebody looks: each look keeps them going for a minute, and they stop by themselves. */
import { topics, type GatewayId } from '../../runtime/fleet/topics.ts';
import { refuse } from '../api/route.ts';
import type { Gateways } from './gateways.ts';
import type { Registry } from './parts.ts';
import type { Bus } from './ports.ts';
import { gatewayOf, lastOf } from './topicOf.ts';

export interface Sample {
  readonly at: number;
  readonly value: unknown;
}

export interface Telemetry {
  /** The latest of this stream, once there is one; the gateway is asked for more. @throws Refused */
  look(home: GatewayId, stream: string): Promise<Sample | undefined>;
  /** About once a minute: forgets what nobody looks at. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export interface TelemetryOptions {
  readonly bus: Bus;
  readonly gateways: Pick<Gateways, 'get'>;
  readonly registry: Pick<Registry, 'details' | 'online'>;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Of the gateway's stream, from the last time that it was asked. */
const SECONDS = 60;

interface Watched {
  readonly until: number;
  readonly sample?: Sample;
}

/** Resolves when it hears the streams. */
export async function createTelemetry({ bus, gateways, registry, now, newId }: TelemetryOptions): Promise<Telemetry> {
  const watched = new Map<string, Watched>();
  const keyOf = (home: GatewayId, stream: string): string => `${home}/${stream}`;

  const subscription = await bus.subscribe(topics.telemetry('+', '+'), (topic, payload) => {
    const key = keyOf(gatewayOf(topic), lastOf(topic));
    const asked = watched.get(key);
    // What nobody asked for is not kept, whatever a gateway sends.
    if (asked && typeof payload === 'object' && payload !== null && 'value' in payload) watched.set(key, { ...asked, sample: { at: now(), value: payload.value } });
  });

  return {
    async look(home, stream) {
      const record = gateways.get(home) ?? refuse(404, `there is no home ${home}`);
      const streams = registry.details(home)?.can.telemetry ?? [];
      if (record.revoked || !registry.online(home)) refuse(409, `${record.name} is not connected: it tells nothing now`);
      if (!streams.includes(stream)) refuse(404, `${record.name} has no stream ${stream}; it has ${streams.join(', ')}`);
      const key = keyOf(home, stream);
      const before = watched.get(key);
      // Asked again when half of the time is over: whoever looks every few seconds costs a command in half a minute.
      if (!before || before.until - now() < (SECONDS * 1000) / 2) {
        watched.set(key, { ...before, until: now() + SECONDS * 1000 });
        await bus.publish(topics.command(home, newId()), { name: 'telemetry', arguments: { stream, seconds: SECONDS }, expires: now() + SECONDS * 1000 });
      }
      return watched.get(key)?.sample;
    },
    async tick() {
      for (const [key, { until }] of watched) if (until < now()) watched.delete(key);
    },
    close: () => subscription.close(),
  };
}
