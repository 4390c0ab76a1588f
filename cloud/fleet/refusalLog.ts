/** What the broker refused, on its way into the audit log: an entry each, as long as the store keeps up. */
import type { Refusal } from '../broker/ports.ts';
import type { Audit } from './audit.ts';

/** Entries that wait for the store. Strangers make them: what is more is counted, and the log says how many. */
const MOST_WAITING = 1000;

export function createRefusalLog(audit: Pick<Audit, 'record'>, onError: (error: Error) => void): (refusal: Refusal) => void {
  let [waiting, lost] = [0, 0];

  async function write({ who, address, action, target, reason, times }: Refusal): Promise<void> {
    const more = times > 1 ? ` (${times} times)` : '';
    waiting += 1;
    await audit.record({ by: who === '' ? `somebody at ${address}` : who, action: `broker.${action} refused`, target, reason: `${reason}${more}, from ${address}` }).catch(onError);
    waiting -= 1;
    if (waiting > 0 || lost === 0) return;
    onError(new Error(`${lost} refusals of the broker are not in the audit log, because the store did not take them in time`));
    lost = 0;
  }

  return (refusal) => {
    if (waiting < MOST_WAITING) void write(refusal);
    else lost += 1;
  };
}
