/**
 * Another configuration at run time: LMAs, timers, limits. No session ends by it. One stays with its LMA, also with one that is
 * not on the list any more; an LMA that has another address is registered with there.
 */
import { seconds } from '../../protocol/units.ts';
import { entriesOf } from './bindingUpdateList.ts';
import type { LmaPeer, MagConfig } from './config.ts';
import { announce as announceRestart, rearrange, refreshSoon } from './heartbeat.ts';
import { onlyOver } from './redirect.ts';
import type { Context, Mag } from './state.ts';
import { refreshAfter } from './timers.ts';

export interface Configure extends Pick<MagConfig, 'lmas' | 'timers' | 'heartbeat' | 'maximumGuests'> {
  readonly kind: 'configure';
}

export function configure(c: Context, { lmas, timers, heartbeat, maximumGuests }: Configure): void {
  const { mag, now } = c;
  const { maximumGuests: _, heartbeat: __, ...config } = mag.config;
  mag.config = { ...config, lmas, timers, ...(heartbeat ? { heartbeat } : {}), ...(maximumGuests === undefined ? {} : { maximumGuests }) };
  const moved = entriesOf(mag.list).filter((e) => {
    const lma = e.lma && mag.config.lmas.find((l) => l.id === e.lma?.id);
    if (!e.lma || !lma) return false;
    const before = e.lma;
    e.lma = e.assignedLma ? onlyOver(lma, e.assignedLma.ipv6 ? 'ipv6' : 'ipv4') : lma;
    if (e.assignedLma) e.assignedLma = e.lma;
    return before.ipv6 !== e.lma.ipv6 || before.ipv4 !== e.lma.ipv4;
  });
  for (const e of entriesOf(mag.list)) {
    // Not later than the timers say now; each at its own time, as they were spread before.
    if (e.state.name === 'active' && !e.state.request && e.state.refreshAt !== Infinity) e.state = { ...e.state, refreshAt: Math.min(e.state.refreshAt, now.at + refreshAfter(mag, e, (e.state.grantedUntil - now.at) / seconds(1))) };
    // There may be an LMA for it now.
    if (e.state.name === 'denied' && e.state.until === 'attach' && e.state.status === undefined) e.state = { ...e.state, retryAt: now.at };
  }
  refreshSoon(c, moved);
  rearrange(c);
  announceRestart(c);
}

/** Those of the list, and those that hold sessions from before it was another. */
export function lmasInUse({ config, list }: Mag): readonly LmaPeer[] {
  const former = new Map<string, LmaPeer>();
  for (const { lma } of entriesOf(list)) if (lma && !config.lmas.some((l) => l.id === lma.id)) former.set(lma.id, lma);
  return [...config.lmas, ...former.values()];
}
