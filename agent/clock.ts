/** Whether our timestamps may be believed: somebody disciplines the clock, or the configuration says so. */
import type { Millis } from '../protocol/units.ts';
import { clockSynchronised } from '../runtime/clock.ts';
import type { AgentConfig } from './config.ts';

/** How often adjtimex is asked: a router without a battery gets its time minutes after its uplink. */
const CLOCK_INTERVAL: Millis = 2000;

/** Tells at once, and whenever it changes. */
export function watchClock(config: Pick<AgentConfig, 'clock'>, onChange: (synchronised: boolean) => void): { stop(): void } {
  const look = (): boolean => config.clock === 'assume-synchronised' || clockSynchronised();
  let last = look();
  onChange(last);
  const timer = setInterval(() => {
    const is = look();
    if (is === last) return;
    last = is;
    onChange(is);
  }, CLOCK_INTERVAL);
  return { stop: () => clearInterval(timer) };
}
