/** The phone left, or gave one family back (RFC 5213 §6.9.1.4, 5844 §3.2.3.3). Never retransmitted. */
import { HANDOFF } from '../../protocol/mobility/codes.ts';
import { timestampOf } from '../../protocol/units.ts';
import type { Entry, Outstanding } from './binding.ts';
import { buildBindingUpdate } from './bindingUpdate.ts';
import type { Profile } from './profile.ts';
import { releaseLocally } from './release.ts';
import { become, drop, type Context } from './state.ts';
import { endpointTo } from './transport.ts';

/** The phone is gone: lifetime 0, then everything goes on the PBA or after INITIAL_BINDACK_TIMEOUT. */
export function deregister(c: Context, entry: Entry, reason: string): void {
  const hadSession = entry.state.name === 'active' || entry.state.name === 'registering';
  const outstanding = hadSession ? sendDeregistration(c, entry, {}) : undefined;
  if (!outstanding) return drop(c, entry, reason);
  delete entry.probe;
  const giveUpAt = c.now.at + c.mag.config.timers.retransmitInitial;
  become(c, entry, { name: 'deregistering', request: { kind: 'move', outstanding: [outstanding], interval: 0, retransmitAt: Infinity }, giveUpAt }, reason);
}

/** DHCPRELEASE or DHCPDECLINE: IPv4 alone goes, never the prefixes (RFC 5844 §3.4.3). */
export function releaseIpv4(c: Context, entry: Entry, conflict: boolean): void {
  if (entry.state.name !== 'active' || !entry.assigned.ipv4) return;
  sendDeregistration(c, entry, { only: 'ipv4', addressConflict: conflict });
  entry.ipv4Released = true;
  releaseLocally(c, entry);
}

/** One PBU with lifetime 0; undefined if there is no way to the LMA now. */
export function sendDeregistration(c: Context, entry: Entry, what: { readonly only?: 'ipv4'; readonly addressConflict?: boolean }): Outstanding | undefined {
  const to = entry.lma && endpointTo(entry.lma, c.mag.careOf);
  if (!to || !entry.lma || !entry.profile) return undefined;
  c.mag.sequence = (c.mag.sequence + 1) & 0xffff;
  const wish = {
    sequence: c.mag.sequence,
    ...(c.mag.config.timestamps ? { timestamp: timestampOf(c.now.wall) } : {}),
    lifetime: 0,
    handoff: HANDOFF.UNKNOWN,
    initial: false,
    forceUdp: false,
    wanMtu: c.mag.careOf.mtu,
    ...what,
  };
  c.effects.push({ kind: 'send', to, peer: entry.lma.id, message: buildBindingUpdate(c.mag.config, entry as Entry & { profile: Profile }, wish) });
  return { sequence: wish.sequence, ...(wish.timestamp === undefined ? {} : { timestamp: wish.timestamp }), sentAt: c.now.at, handoff: wish.handoff, forceUdp: false, greKey: false };
}
