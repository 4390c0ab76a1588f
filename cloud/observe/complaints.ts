/**
 * What was dropped, in the log with who sent it and what to do; the same again within a minute is only counted, so that no flood
 * from outside becomes a flood in the log.
 */
import type { Endpoint } from '../../protocol/entity.ts';
import type { Millis } from '../../protocol/units.ts';
import { endpointInWords } from '../../runtime/debugPackets.ts';
import type { Log } from '../../runtime/log.ts';
import { adviceForDiscard } from './advice.ts';

export type Complain = (reason: string, from: Endpoint | undefined) => void;

const SILENCE: Millis = 60_000;
/** Senders are told apart up to this; sources can be forged. */
const MOST = 256;

export function createComplaints(log: Log, now: () => Millis): Complain {
  const told = new Map<string, Millis>();
  return (reason, from) => {
    const at = now();
    const sender = from === undefined ? undefined : endpointInWords(from);
    for (const [key, last] of told) {
      if (at - last < SILENCE) break;
      told.delete(key);
    }
    const own = `${reason} ${from?.remote ?? ''}`;
    const key = told.has(own) || told.size < MOST ? own : reason;
    if (told.has(key)) return;
    told.set(key, at);
    const advice = adviceForDiscard(reason);
    log('warn', `dropped: ${reason}`, { ...(sender === undefined ? {} : { from: sender }), ...(advice === undefined ? {} : { advice }) });
  };
}
