/** What an agent does where neither a document nor its own file says otherwise, in the documents' words: agent/config.ts's defaults. */
import type { Concern } from './topics.ts';

export const BUILT_IN: Readonly<Record<Concern, unknown>> = {
  profiles: {},
  timers: {
    timers: { 'binding-lifetime': 3600, 'binding-refresh-time': 300, 'initial-retransmit-time': 1, 'max-retransmit-time': 32, 'bri-delay-min': 1000, 'bri-delay-max': 2000, 'bri-retries': 1 },
    'discover-mn-detach': { interval: 10, timeout: 2, retries: 3, delay: 0.5 },
    heartbeat: { enabled: true, interval: 60, timeout: 5, 'missing-allowed': 3 },
  },
  lmas: {},
  limits: { 'max-bindings': 512 },
};
