import { expect, test } from 'vitest';
import type { FleetStore, Streamed } from '../../../cloud/fleet/ports.ts';
import { ANNA, BERT, OWNER, REASON, within } from './world.ts';

const line = (at: number, subscriber: string) => ({ at, subscriber, to: { home: 'gw-a' }, more: ['x', { subscriber }] }) as Streamed;
const subscribersOf = async (store: FleetStore, stream: string) => (await store.read<Streamed & { readonly subscriber: string }>(stream)).map((l) => l.subscriber);

test('one subscriber is erased from every epoch, from history, from memory, and the log does not say whom', () =>
  within(async ({ privacy, store, days, clock, erased, audit }) => {
    const annas: string[] = [];
    const berts: string[] = [];
    for (let i = 0; i < 2; i++) {
      const [anna, bert] = [privacy.pseudonyms.of(ANNA), privacy.pseudonyms.of(BERT)];
      annas.push(anna);
      berts.push(bert);
      await store.commit([anna, bert].flatMap((id) => [{ append: 'handovers', record: line(clock.now, id) }, { append: 'events', record: line(clock.now, id) }, { put: 'alerts', record: { id: `alert of ${id}`, text: `${id} roams too much` } as { id: string } }]));
      await privacy.tick();
      if (i === 0) days(30);
    }
    await privacy.tick();
    annas.push(privacy.pseudonyms.of(ANNA));
    const answer = await privacy.erase(ANNA.nai, `asked for by ${ANNA.nai} in a letter`, OWNER);
    expect(answer.lines).toBe(4);
    expect(new Set(answer.pseudonyms)).toEqual(new Set(annas));
    expect(erased).toEqual(answer.pseudonyms);
    expect(await subscribersOf(store, 'handovers')).toEqual(berts);
    expect(await subscribersOf(store, 'events')).toEqual(berts);
    expect((await store.list('alerts')).every((a) => !annas.some((id) => a.id.includes(id)))).toBe(true);
    await privacy.pseudonyms.flush();
    expect((await store.list('sealed')).map((r) => r.id).filter((id) => annas.includes(id))).toEqual([]);
    for (const id of annas) await expect(privacy.reveal(id, REASON, OWNER)).rejects.toMatchObject({ status: 404 });
    const said = JSON.stringify(await audit.list());
    expect([...annas, ANNA.nai].filter((word) => said.includes(word))).toEqual([]);
    expect(await audit.list()).toMatchObject([{ action: 'subscribers.erase', target: 'one subscriber', reason: 'asked for by (the subscriber) in a letter', after: { lines: 4, sessions: { ended: 0, left: 0 } } }]);
  }));

test('a line that is written while history is looked through goes, too', async () => {
  const told: string[] = [];
  await within(
    async ({ privacy, store, audit }) => {
      const anna = privacy.pseudonyms.of(ANNA);
      await privacy.pseudonyms.flush();
      const erasing = privacy.erase(ANNA.nai, REASON, OWNER);
      while ((await audit.list()).length === 0) await store.commit([{ append: 'handovers', record: line(1, anna) }]);
      await erasing;
      expect([await subscribersOf(store, 'handovers'), told]).toEqual([[], [anna]]);
    },
    { onErased: (ids) => void told.push(...ids) },
  );
});

test('sessions end first, and the answer says which could not be; of a name that several had none ends', () => {
  const told: unknown[] = [];
  return within(
    async ({ privacy, store, audit }) => {
      const anna = privacy.pseudonyms.of(ANNA);
      privacy.pseudonyms.of({ ...BERT, addresses: ['192.0.2.7'] });
      await privacy.pseudonyms.flush();
      await store.commit([{ append: 'handovers', record: line(1, anna) }]);
      await expect(privacy.erase('192.0.2.7', REASON, OWNER)).rejects.toMatchObject({ status: 409 });
      expect(told).toEqual([]);
      expect(await privacy.erase(ANNA.nai, REASON, OWNER)).toEqual({ pseudonyms: [anna], lines: 1, sessions: { ended: 2, left: 1 } });
      expect([told, (await audit.list()).at(-1)?.after]).toEqual([[[anna], 'nothing is gone yet'], { lines: 1, sessions: { ended: 2, left: 1 } }]);
    },
    {
      endSessions: async (ids) => {
        told.push(ids, 'nothing is gone yet');
        return { ended: 2, left: 1 };
      },
    },
  );
});

test('by MAC, by address and by pseudonym it is the same subscriber', async () => {
  for (const word of ['mac', 'address', 'pseudonym'] as const)
    await within(async ({ privacy, store }) => {
      const anna = privacy.pseudonyms.of(ANNA);
      privacy.pseudonyms.of(BERT);
      await privacy.pseudonyms.flush();
      const text = { mac: ANNA.mac, address: '192.0.2.7', pseudonym: anna }[word];
      expect((await privacy.erase(text, REASON, OWNER)).pseudonyms).toEqual([anna]);
      expect(await store.list('sealed')).toHaveLength(1);
    });
});

test('an address that two had names neither; one that nobody had is not found', () =>
  within(async ({ privacy, store }) => {
    privacy.pseudonyms.of(ANNA);
    privacy.pseudonyms.of({ ...BERT, addresses: ['192.0.2.7'] });
    await expect(privacy.erase('192.0.2.7', REASON, OWNER)).rejects.toMatchObject({ status: 409 });
    await expect(privacy.erase('192.0.2.8', REASON, OWNER)).rejects.toMatchObject({ status: 404 });
    await expect(privacy.erase(ANNA.nai, REASON, { user: 'v', role: 'viewer' })).rejects.toMatchObject({ status: 403 });
    await expect(privacy.erase(ANNA.nai, 'short', OWNER)).rejects.toMatchObject({ status: 400 });
    await privacy.pseudonyms.flush();
    expect(await store.list('sealed')).toHaveLength(2);
  }));

test('whoever is heard of again after that is somebody who was never seen', () =>
  within(async ({ privacy, store }) => {
    privacy.pseudonyms.of(ANNA);
    await privacy.erase(ANNA.nai, REASON, OWNER);
    await privacy.pseudonyms.flush();
    expect(await store.list('sealed')).toEqual([]);
    privacy.pseudonyms.of({ nai: ANNA.nai });
    await privacy.pseudonyms.flush();
    expect(await privacy.pseudonyms.search(ANNA.mac)).toEqual([]);
    expect(await store.list('sealed')).toHaveLength(1);
  }));
