/** Live events to browsers: server-sent events with resume. */
import type { LiveEvents } from './resources.ts';

/** What the parts say to whoever looks. Costs nothing when nobody does. */
export interface Live {
  publish<K extends keyof LiveEvents>(kind: K, value: LiveEvents[K]): void;
}
