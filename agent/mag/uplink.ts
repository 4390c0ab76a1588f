/** What the gateway itself stands on comes, goes or changes: its addresses, its clock. */
import { requestOf, type Entry, type State } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import { isPresent } from './presence.ts';
import { register } from './registration.ts';
import { reregister, startAnewIfPresent } from './sighting.ts';
import type { Context, Mag } from './state.ts';
import { endpointTo, tunnelMtu, type CareOf } from './transport.ts';

/** The home has a new address: every binding is registered anew from it, phones notice nothing. */
export function onCareOf(c: Context, careOf: CareOf): void {
  const before = c.mag.careOf;
  c.mag.careOf = careOf;
  const changed = before.ipv4 !== careOf.ipv4 || before.ipv6 !== careOf.ipv6 || before.mtu !== careOf.mtu;
  for (const e of entriesOf(c.mag.list)) {
    if (!resume(c, e, 'care-of address', 'the uplink is there') && changed) follow(c, e);
  }
}

/** The clock was set, so timestamps may leave (RFC 5213 §5.5). */
export function onClock(c: Context, synchronised: boolean): void {
  const before = c.mag.clockSynchronised;
  c.mag.clockSynchronised = synchronised;
  if (synchronised && !before) for (const e of entriesOf(c.mag.list)) resume(c, e, 'clock', 'the clock is synchronised');
}

/** True if this binding waited for what has come, and goes on. */
function resume(c: Context, e: Entry, what: Extract<State, { name: 'waiting' }>['for'], reason: string): boolean {
  if (e.lma && !endpointTo(e.lma, c.mag.careOf)) return false;
  if (e.state.name === 'waiting' && e.state.for === what) {
    startAnewIfPresent(c, e, reason);
    return true;
  }
  const request = requestOf(e.state);
  if (e.state.name !== 'active' || request?.outstanding.length !== 0 || (e.probe && e.probe.purpose !== 'presence')) return false;
  if (request.kind === 'refresh' && isPresent(c, e) && !usesOther(e, c.mag)) register(c, e, 'refresh', reason);
  else reregister(c, e, reason);
  return true;
}

function follow(c: Context, e: Entry): void {
  if (e.state.name === 'registering' && isPresent(c, e)) register(c, e, e.state.request.kind, 'the uplink changed');
  else if (e.state.name === 'active' && usesOther(e, c.mag)) reregister(c, e, 'the home has a new address');
}

/** Is the path another than the one that a PBU would ask for now? A home without any uplink keeps what it has. */
function usesOther(e: Entry, mag: Mag): boolean {
  const to = e.lma && endpointTo(e.lma, mag.careOf);
  if (!to || !e.path) return false;
  const { local, transport, mtu } = e.path.tunnel;
  return local !== to.local || mtu !== tunnelMtu(transport, mag.careOf.mtu, e.assigned.mtu);
}
