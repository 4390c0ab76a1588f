/** Control sockets and timers as they are. */
import { ask, subscribe } from '../../runtime/control.ts';
import type { Wire } from './lmaFeed.ts';

export const wire: Wire = {
  ask,
  subscribe,
  after(ms, call) {
    const timer = setTimeout(call, ms).unref();
    return () => clearTimeout(timer);
  },
};
