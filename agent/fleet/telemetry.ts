/** Streams that are sent while somebody looks, and stop by themselves: the command `telemetry`. */
import type { Millis } from '../../protocol/units.ts';
import type { CommandHandler, Gateway, World } from './ports.ts';

export interface TelemetryOptions {
  readonly streams: Gateway['telemetry'];
  readonly world: World;
  /** Lost where there is no broker: the next one says more. */
  readonly send: (stream: string, value: unknown) => void;
}

export interface Telemetry {
  readonly command: CommandHandler;
  /** Who looked may be gone. */
  stopAll(): void;
}

const LONGEST: Millis = 30 * 60_000;
const EVERY: Millis = 5000;

export function createTelemetry({ streams, world, send }: TelemetryOptions): Telemetry {
  const running = new Map<string, () => void>();

  function stop(stream: string): void {
    running.get(stream)?.();
    running.delete(stream);
  }

  function begin(stream: string, sample: () => unknown, until: Millis): void {
    const tell = (): void => {
      running.delete(stream);
      if (world.now().at > until) return;
      running.set(stream, world.after(EVERY, tell));
      send(stream, { at: world.now().wall, value: sample() });
    };
    tell();
  }

  return {
    command({ stream, seconds = LONGEST / 1000 }) {
      const sample = typeof stream === 'string' && Object.hasOwn(streams, stream) ? streams[stream] : undefined;
      if (typeof stream !== 'string' || !sample) throw new Error(`expected a stream (${Object.keys(streams).join(', ')}), and seconds: 0 to stop it`);
      if (typeof seconds !== 'number' || !(seconds >= 0)) throw new Error('expected seconds, 0 to stop the stream');
      stop(stream);
      const time = Math.min(seconds * 1000, LONGEST);
      if (time > 0) begin(stream, sample, world.now().at + time);
      return { result: { stream, seconds: time / 1000, every: EVERY / 1000 } };
    },
    stopAll: () => {
      for (const stream of running.keys()) stop(stream);
    },
  };
}
