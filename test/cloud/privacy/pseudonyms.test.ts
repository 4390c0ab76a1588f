import { readFileSync, statSync, chmodSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, epochsDue } from '../../../cloud/privacy/epochs.ts';
import { addressKey, canonicalMac } from '../../../cloud/privacy/words.ts';
import { ANNA, BERT, OWNER, REASON, START, within } from './world.ts';

test('a subscriber has one pseudonym, whatever the phone, and another has another', () =>
  within(async ({ privacy: { pseudonyms } }) => {
    const anna = pseudonyms.of(ANNA);
    expect(anna).toMatch(/^mn-[0-9a-f]{16}$/);
    expect([pseudonyms.of({ nai: 'anna@EXAMPLE.com', mac: '02:00:00:00:00:99' }), pseudonyms.of(BERT) === anna, pseudonyms.of({ nai: 'Anna@example.com' }) === anna]).toEqual([anna, false, false]);
  }));

test('two installations give two pseudonyms, and a restart gives the same', () =>
  within(async (one) =>
    within(async (two) => {
      const anna = one.privacy.pseudonyms.of(ANNA);
      expect([(await one.open()).pseudonyms.of(ANNA), two.privacy.pseudonyms.of(ANNA) === anna]).toEqual([anna, false]);
    }),
  ));

test('the keys are in a file that its owner alone may read; a file that others could read is told of', () =>
  within(async (world) => {
    expect(statSync(world.keyFile).mode & 0o777).toBe(0o600);
    chmodSync(world.keyFile, 0o644);
    await world.open();
    expect(statSync(world.keyFile).mode & 0o777).toBe(0o600);
    expect(world.errors).toEqual([expect.stringMatching(/could be read by others/)]);
  }));

test('with a new epoch everybody is somebody else; a search finds them in all epochs whose key is kept, the newest first', () =>
  within(async ({ privacy, days }) => {
    const names: string[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      names.unshift(privacy.pseudonyms.of(ANNA));
      days(30);
      await privacy.tick();
    }
    names.unshift(privacy.pseudonyms.of(ANNA));
    expect(new Set(names).size).toBe(4);
    await privacy.pseudonyms.flush();
    expect(await privacy.pseudonyms.search(' anna@example.com ')).toEqual(names);
    for (const text of ['02-00-00-00-00-01', '0200.0000.0001', '192.0.2.7', '2001:DB8:1:2::99', '2001:db8:1:2::/64']) expect(await privacy.pseudonyms.search(text)).toEqual(names);
    expect(await privacy.pseudonyms.search('192.0.2.8')).toEqual([]);
    expect(await privacy.pseudonyms.search('')).toEqual([]);
    expect(await privacy.pseudonyms.search(names[2] ?? '')).toEqual([names[2]]);
  }));

test('an epoch whose names stand nowhere any more loses its key: what is left of it names nobody', () =>
  within(async (world) => {
    const { privacy, days, keyFile, store } = world;
    const old = privacy.pseudonyms.of(ANNA);
    await privacy.tick();
    const secrets = () => (JSON.parse(readFileSync(keyFile, 'utf8')) as { epochs: { secret: string }[] }).epochs.map((e) => e.secret);
    const [first] = secrets();
    days(30);
    await privacy.tick();
    privacy.pseudonyms.of(ANNA);
    await privacy.tick();
    days(89);
    await privacy.tick();
    expect(secrets()).toContain(first);
    days(1);
    await privacy.tick();
    expect(secrets()).not.toContain(first);
    expect(await privacy.pseudonyms.search(ANNA.nai)).not.toContain(old);
    expect((await store.list('sealed')).map((r) => r.id)).not.toContain(old);
    await expect(privacy.reveal(old, REASON, OWNER)).rejects.toThrow(/not known any more/);
    expect(world.errors).toEqual([]);
  }));

test('a clock that is set back begins and destroys nothing; one that is set forward begins one epoch', () =>
  within(async ({ privacy, clock, keyFile }) => {
    const epochs = () => (JSON.parse(readFileSync(keyFile, 'utf8')) as { epochs: unknown[] }).epochs.length;
    await privacy.tick();
    const before = privacy.pseudonyms.of(ANNA);
    clock.now = 0;
    await privacy.tick();
    expect([epochs(), privacy.pseudonyms.of(ANNA)]).toEqual([1, before]);
    clock.now = START + 70 * DAY;
    await privacy.tick();
    expect([epochs(), privacy.pseudonyms.of(ANNA) === before, privacy.settings.get().pseudonyms.epochBegan]).toEqual([2, false, clock.now]);
  }));

test('a shorter rotation counts from when the epoch began, and the longest retention keeps a key', () => {
  const settings = { pseudonyms: { rotateDays: 7, epochBegan: 0 }, retention: { handovers: 1, events: 2, subscribers: 3, audit: 1000 } };
  const epochs = [{ id: 3, began: 20 * DAY }, { id: 2, began: 10 * DAY }, { id: 1, began: 0 }];
  expect(epochsDue(epochs, settings, 26 * DAY)).toEqual({ begin: false, destroy: [2, 1] });
  expect(epochsDue(epochs, settings, 22 * DAY)).toEqual({ begin: false, destroy: [1] });
  expect(epochsDue(epochs, settings, 27 * DAY).begin).toBe(true);
  expect(epochsDue([], settings, 0)).toEqual({ begin: true, destroy: [] });
});

test('what is sealed is written once a day at most, also when it is heard of a thousand times', () =>
  within(async ({ privacy, memory, days }) => {
    const heard = async () => {
      for (let i = 0; i < 1000; i++) privacy.pseudonyms.of(i % 2 === 0 ? ANNA : BERT);
      await privacy.pseudonyms.flush();
    };
    await heard();
    await heard();
    expect(memory.commits).toHaveLength(1);
    days(1);
    await heard();
    privacy.pseudonyms.of({ ...ANNA, mac: '02:00:00:00:00:77' });
    await privacy.pseudonyms.flush();
    expect(memory.commits.map((c) => c.length)).toEqual([2, 2, 1]);
    expect(await privacy.pseudonyms.search(ANNA.mac)).toEqual(await privacy.pseudonyms.search('02:00:00:00:00:77'));
  }));

test('what is told without the phone and its addresses forgets neither, and writes nothing, also after a restart', () =>
  within(async (world) => {
    const { privacy, memory } = world;
    const anna = privacy.pseudonyms.of({ nai: ANNA.nai });
    privacy.pseudonyms.of(ANNA);
    for (const told of [{ nai: ANNA.nai }, { nai: ANNA.nai, mac: ANNA.mac }, ANNA]) privacy.pseudonyms.of(told);
    await privacy.pseudonyms.flush();
    const again = await world.open();
    for (const told of [{ nai: ANNA.nai }, { nai: ANNA.nai, mac: ANNA.mac }]) again.pseudonyms.of(told);
    await again.pseudonyms.flush();
    expect(memory.commits).toHaveLength(1);
    world.days(1);
    again.pseudonyms.of({ nai: ANNA.nai });
    await again.pseudonyms.flush();
    expect([memory.commits.length, await again.reveal(anna, REASON, OWNER), await again.pseudonyms.search('192.0.2.7')]).toEqual([2, { nai: ANNA.nai, mac: ANNA.mac, audit: 1 }, [anna]]);
  }));

test('a name that is only compared is not kept', () =>
  within(async ({ privacy, memory }) => {
    const name = privacy.pseudonyms.name(ANNA.nai);
    await privacy.pseudonyms.flush();
    expect([memory.commits.length, privacy.pseudonyms.of(ANNA)]).toEqual([0, name]);
  }));

test('what the store refuses to take goes with the next flush, and can be revealed meanwhile', () =>
  within(async ({ privacy, memory, errors }) => {
    const anna = privacy.pseudonyms.of(ANNA);
    memory.refuse((changes) => (changes.some((c) => 'put' in c && c.put === 'sealed') ? 'the disk is full' : undefined));
    await privacy.tick();
    expect(errors).toEqual(['the disk is full']);
    expect(await privacy.reveal(anna, REASON, OWNER)).toMatchObject({ nai: ANNA.nai, mac: ANNA.mac });
    memory.refuse(undefined);
    await privacy.close();
    expect((await memory.list('sealed')).map((r) => r.id)).toEqual([anna]);
  }));

test('every spelling of a MAC is one, and every address of a /64 is its subscriber', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.constantFrom(':', '-', ''), fc.boolean(), (octets, separator, upper) => {
      const pairs = [...octets].map((o) => o.toString(16).padStart(2, '0'));
      const text = pairs.join(separator);
      expect(canonicalMac(upper ? text.toUpperCase() : text)).toBe(pairs.join(':'));
    }),
  );
  expect(['anna', '02:00:00:00:00', '02:00:00:00:00:0g', '0:2:0:0:0:1'].map(canonicalMac)).toEqual([undefined, undefined, undefined, undefined]);
  expect(['2001:db8::1', '2001:db8:0:0:ffff::/64', '192.0.2.1/32', 'anna@example.com', '300.1.1.1'].map(addressKey)).toEqual(['2001:db8::/64', '2001:db8::/64', '192.0.2.1', undefined, undefined]);
});
