import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Refusal } from '../../../cloud/broker/ports.ts';
import { createAudit } from '../../../cloud/fleet/audit.ts';
import { createRefusalLog } from '../../../cloud/fleet/refusalLog.ts';
import { createMemoryStore } from '../memoryStore.ts';

const refusal = (n: number, more: Partial<Refusal> = {}): Refusal => ({ who: `gw-${n}`, address: '198.51.100.7', action: 'publish', target: 'x', reason: 'not its topic', at: n, times: 1, ...more });

it('each is an entry; while the store hangs a thousand wait, and how many were more is said once it is back', async () => {
  const store = createMemoryStore();
  const errors: string[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const audit = createAudit({
    store: {
      ...store,
      async commit(changes) {
        await gate;
        await store.commit(changes);
      },
    },
    now: () => 1,
    onError: (e) => void errors.push(e.message),
  });
  const log = createRefusalLog(audit, (e) => void errors.push(e.message));
  log(refusal(0, { who: '', times: 7 }));
  for (let n = 1; n < 5000; n++) log(refusal(n));
  open();
  while ((await audit.count()) < 1000) await setImmediate();
  await setImmediate();
  expect(errors).toEqual(['4000 refusals of the broker are not in the audit log, because the store did not take them in time']);
  log(refusal(5000));
  await setImmediate();
  const entries = await audit.list();
  expect(entries[0]).toMatchObject({ by: 'somebody at 198.51.100.7', action: 'broker.publish refused', reason: 'not its topic (7 times), from 198.51.100.7' });
  expect(entries.map((e) => e.by).slice(1)).toEqual([...Array.from({ length: 999 }, (_, n) => `gw-${n + 1}`), 'gw-5000']);
  expect(errors).toHaveLength(1);
});
