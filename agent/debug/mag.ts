/** `debug ipv6 mobile mag info|event`, `debug tunnel` and `debug dot1x events`: what passes through the MAG's loop. */
import { describeTransition } from '../../protocol/entity.ts';
import type { Veil } from '../../protocol/print.ts';
import type { Debug } from '../../runtime/debug.ts';
import type { MagEffect, MagEvent } from '../mag/events.ts';
import { describeEffect, describeEvent } from './words.ts';

export const MAG_INFO = 'ipv6 mobile mag info';
export const MAG_EVENT = 'ipv6 mobile mag event';
export const TUNNEL = 'tunnel';
export const DOT1X = 'dot1x events';
type Topic = typeof MAG_INFO | typeof MAG_EVENT | typeof TUNNEL | typeof DOT1X;

/** Observes one step of the loop: the event and what it led to. */
export function magDebug(debug: Debug<Topic>, veil: Veil): (event: MagEvent, effects: readonly MagEffect[]) => void {
  const topics: readonly (readonly [Topic, (event: MagEvent, effects: readonly MagEffect[], veil: Veil) => string[]])[] = [
    [MAG_INFO, infoLines],
    [MAG_EVENT, eventLines],
    [TUNNEL, tunnelLines],
    [DOT1X, stationLines],
  ];
  return (event, effects) => {
    for (const [topic, lines] of topics) if (debug.on(topic)) debug.say(topic, () => lines(event, effects, veil));
  };
}

/** Every event with all of its effects; a frame or a tick that leads to nothing is left out. */
function eventLines(event: MagEvent, effects: readonly MagEffect[], veil: Veil): string[] {
  if (effects.length === 0 && (event.kind === 'seen' || event.kind === 'timer')) return [];
  return [describeEvent(event, veil), ...effects.flatMap((e) => describeEffect(e, veil) ?? []).map((line) => `  ${line}`)];
}

/** Changes of state with their facts, and what was refused. */
function infoLines(event: MagEvent, effects: readonly MagEffect[], veil: Veil): string[] {
  const own = event.kind === 'careOf' || event.kind === 'clock' || event.kind === 'disconnect' || event.kind === 'retryDenied' ? [describeEvent(event, veil)] : [];
  return [
    ...own,
    ...effects.flatMap((e) => {
      if (e.kind === 'transition') return [`${describeTransition({ ...e, subject: veil(e.subject) })}${Object.entries(e.detail ?? {}).map(([k, v]) => ` ${k}=${v}`).join('')}`];
      return e.kind === 'deauthenticate' || e.kind === 'discard' ? (describeEffect(e, veil) ?? []) : [];
    }),
  ];
}

function tunnelLines(event: MagEvent, effects: readonly MagEffect[], veil: Veil): string[] {
  const of: readonly MagEffect['kind'][] = ['setPath', 'removePath', 'keepalive'];
  const lines = effects.filter((e) => of.includes(e.kind)).flatMap((e) => describeEffect(e, veil) ?? []);
  return event.kind === 'careOf' ? [describeEvent(event, veil), ...lines] : lines;
}

/** Which stations may use the access links, and who sent them away. */
function stationLines(event: MagEvent, effects: readonly MagEffect[], veil: Veil): string[] {
  const sent = effects.filter((e) => e.kind === 'deauthenticate').flatMap((e) => describeEffect(e, veil) ?? []);
  switch (event.kind) {
    case 'stationAttached':
      return [`${describeEvent(event, veil)}${event.station.identity === undefined ? '' : ` as ${veil(event.station.identity)}`}`, ...sent];
    case 'stationDetached':
    case 'stationList':
    case 'disconnect':
      return [describeEvent(event, veil), ...sent];
    default:
      return sent;
  }
}
