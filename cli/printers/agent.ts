/** What the home's owner is told. */
import type { Sharing } from '../../agent/fleet/sharing.ts';
import type { AgentStatus, FleetStatus } from '../../agent/fleet/status.ts';
import type { GiveUpReport } from '../../agent/mag/ownRevocation.ts';

const rate = (bits: number): string => `${bits / 1e6} Mbit/s`;
const guests = (count: number): string => `${count} guest${count === 1 ? '' : 's'}`;
const time = (wall: number): string => new Date(wall).toISOString();

function lmaLine({ id, reachable, since, roundTrip }: AgentStatus['lmas'][number]): string {
  if (!reachable) return `${id} ${since === undefined ? 'has not been heard of' : `has been silent since ${time(since)}`}`;
  return `${id} answers${since === undefined ? '' : ` since ${time(since)}`}${roundTrip === undefined ? '' : `, round trip ${roundTrip} ms`}`;
}

function limitsOf(cap: Sharing['cap']): string {
  const said = [
    ...(cap['maximum-guests'] === undefined ? [] : [guests(cap['maximum-guests'])]),
    ...(cap['up-rate'] === undefined ? [] : [`${rate(cap['up-rate'])} up`]),
    ...(cap['down-rate'] === undefined ? [] : [`${rate(cap['down-rate'])} down`]),
  ];
  return said.join(', ') || 'none';
}

function fleetLines({ gateway, state, why, since, code, qr, home, group, certificateExpires, documents }: FleetStatus): string[] {
  return [
    `Gateway:  ${gateway}`,
    ...(home === undefined ? [] : [`Home:     ${home}, group ${group ?? ''}, certificate until ${time(certificateExpires ?? 0)}`]),
    `Fleet:    ${state} since ${time(since)}: ${why}`,
    ...documents.map(({ concern, running, reported }) => {
      const judged = reported ? `, revision ${reported.rev} ${reported.status}` : '';
      return `  ${concern.padEnd(8)} ${running === null ? "the file's" : `revision ${running}`}${judged}${(reported?.problems ?? []).map((p) => `\n    ${p.path === '' ? '' : `${p.path}: `}${p.reason}${p.substitution === undefined ? '' : ` (${p.substitution})`}`).join('')}`;
    }),
    ...(code === undefined ? [] : ['', `Code:     ${code}`, ...(qr === undefined ? [] : [qr])]),
  ];
}

export function printAgentStatus(s: AgentStatus): string {
  const { sharing } = s;
  return `${[
    `${s.identity}: ${s.state}: ${s.why}`,
    `Sharing:  ${guests(sharing.guests)}, ${sharing.octetsUp} octets up and ${sharing.octetsDown} down since the start`,
    `Limits:   ${limitsOf(sharing.limits)}; your own: ${limitsOf(sharing.cap)}`,
    `LMAs:     ${s.lmas.map(lmaLine).join('; ') || 'none'}`,
    ...s.problems.map((p) => `Problem:  ${time(p.at)} ${p.text}${p.times > 1 ? ` (${p.times} times)` : ''}`),
    `Version:  ${s.version}`,
    ...(s.fleet ? fleetLines(s.fleet) : []),
  ].join('\n')}\n`;
}

export const printUnclaimed = (fleet: FleetStatus): string => `${fleetLines(fleet).join('\n')}\n`;
export const printPause = ({ bindings, unanswered }: GiveUpReport): string => `paused: ${guests(bindings)} ${bindings === 1 ? 'was' : 'were'} told to go${unanswered > 0 ? `; of ${unanswered} of them the LMA has not confirmed it` : ''}\n`;
export const printCap = (cap: Sharing['cap']): string => `your own limits: ${limitsOf(cap)}\n`;
