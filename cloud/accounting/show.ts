/** What the control socket tells of accounting, of all services. */
import type { Handlers, StreamHandler } from '../../runtime/control.ts';
import type { Accounting } from './accounting.ts';
import { readQuestion } from './addressSearch.ts';

/** By the name of the service. */
export type Accountings = ReadonlyMap<string, Accounting>;

export const accountingHandlers = (all: Accountings): Handlers => ({
  'show lma accounting': () => [...all].map(([service, a]) => ({ service, ...a.statistics() })),
  'show address-log': async ({ address, time }) => {
    if (all.size === 0) throw new Error('there is no address log: name a folder for it, accounting: address-log: folder: ...');
    const question = readQuestion(address, time);
    const found = await Promise.all([...all.values()].map((a) => a.whoHad(question)));
    return found.flat().toSorted((a, b) => (a.since < b.since ? -1 : 1));
  },
});

export const accountingStreams = (all: Accountings): Readonly<Record<string, StreamHandler>> => ({
  'accounting events': () => (stream) => {
    for (const a of all.values()) a.listen(stream);
  },
});
