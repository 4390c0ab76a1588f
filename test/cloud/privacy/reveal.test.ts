import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SealedRecord } from '../../../cloud/privacy/sealed.ts';
import { ANNA, BERT, OWNER, REASON, within } from './world.ts';

const OPERATOR = { user: 'otto', role: 'operator' } as const;

test('a reveal is in the audit log before it is answered, with who, why and which pseudonym, and without whom', () =>
  within(async ({ privacy, audit }) => {
    const anna = privacy.pseudonyms.of(ANNA);
    const answer = await privacy.reveal(anna, `  ${REASON}: ANNA@example.com, 02:00:00:00:00:01  `, OWNER);
    expect(answer).toEqual({ nai: ANNA.nai, mac: ANNA.mac, audit: 1 });
    expect(await audit.list()).toMatchObject([{ by: 'olga', action: 'subscribers.reveal', target: anna, reason: `${REASON}: (the subscriber), (the subscriber)` }]);
    expect(JSON.stringify(await audit.list())).not.toMatch(/anna|02:00/i);
  }));

test('when it cannot be written down it is not answered', () =>
  within(async ({ privacy, memory }) => {
    const anna = privacy.pseudonyms.of(ANNA);
    await privacy.pseudonyms.flush();
    memory.refuse('the disk is full');
    await expect(privacy.reveal(anna, REASON, OWNER)).rejects.toThrow('the disk is full');
  }));

test.each([
  ['a viewer', { user: 'v', role: 'viewer' } as const, REASON, 403],
  ['an operator where only owners may', OPERATOR, REASON, 403],
  ['no real reason', OWNER, '   because  ', 400],
])('%s is refused, and the log stays empty', (_, by, reason, status) =>
  within(async ({ privacy, audit }) => {
    const anna = privacy.pseudonyms.of(ANNA);
    await expect(privacy.reveal(anna, reason, by)).rejects.toMatchObject({ status });
    expect(await audit.list()).toEqual([]);
  }),
);

test('an operator may where that is configured', () => within(async ({ privacy }) => expect(await privacy.reveal(privacy.pseudonyms.of(BERT), REASON, OPERATOR)).toMatchObject({ nai: BERT.nai }), { revealRole: 'operator' }));

test('one person reveals a few an hour, guesses counted; another person is not kept waiting', () =>
  within(
    async ({ privacy, clock }) => {
      const anna = privacy.pseudonyms.of(ANNA);
      await privacy.reveal(anna, REASON, OWNER);
      for (const id of ['mn-0000000000000000', 'mn-0000000000000001']) await expect(privacy.reveal(id, REASON, OWNER)).rejects.toMatchObject({ status: 404 });
      await expect(privacy.reveal(anna, REASON, OWNER)).rejects.toMatchObject({ status: 429, retryAfter: 1200 });
      expect(await privacy.reveal(anna, REASON, { user: 'other', role: 'owner' })).toMatchObject({ nai: ANNA.nai });
      clock.now += 1_200_000;
      expect(await privacy.reveal(anna, REASON, OWNER)).toMatchObject({ nai: ANNA.nai });
      await expect(privacy.reveal('anna@example.com', REASON, OWNER)).rejects.toMatchObject({ status: 400 });
    },
    { revealsPerHour: 3 },
  ));

test('a box that was changed, or lies under another pseudonym, opens for nobody', () =>
  within(async (world) => {
    const { privacy, store } = world;
    const [anna, bert] = [privacy.pseudonyms.of(ANNA), privacy.pseudonyms.of(BERT)];
    await privacy.pseudonyms.flush();
    const sealed = (await store.get<SealedRecord>('sealed', anna)) as SealedRecord;
    const again = await world.open();
    await store.commit([{ put: 'sealed', record: { ...sealed, id: bert } }]);
    await expect(again.reveal(bert, REASON, OWNER)).rejects.toMatchObject({ status: 404 });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const octets = Buffer.from(sealed.box, 'base64');
        octets[at % octets.length] = (octets[at % octets.length] as number) ^ change;
        await store.commit([{ put: 'sealed', record: { ...sealed, box: octets.toString('base64') } as SealedRecord }]);
        await expect(again.reveal(anna, REASON, { user: `u${Math.random()}`, role: 'owner' })).rejects.toMatchObject({ status: 404 });
      }),
      { numRuns: 40 },
    );
    await store.commit([{ put: 'sealed', record: { ...sealed, box: 'AAAA' } as SealedRecord }]);
    await expect(again.reveal(anna, REASON, { user: 'x', role: 'owner' })).rejects.toMatchObject({ status: 404 });
  }));
