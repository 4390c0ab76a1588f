/** What lies on the disk: no raw identity in any file of the fleet's folder, and in the sealed one only encrypted. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAudit } from '../../../cloud/fleet/audit.ts';
import { openFileStore } from '../../../cloud/fleet/store/fileStore.ts';
import { openPrivacy } from '../../../cloud/privacy/privacy.ts';
import { durableJson } from '../../../runtime/durableJson.ts';
import { OWNER, START } from './world.ts';

const subscriber = (i: number) => ({ nai: `subscriber${i}@example.com`, mac: `02:4d:00:00:00:${i.toString(16).padStart(2, '0')}`, addresses: [`198.51.100.${i}`, `2001:db8:77:${i}::/64`] });
/** Also in other spellings, in hex and in base64. */
const shapesOf = (text: string): string[] => [text, text.replaceAll(':', ''), Buffer.from(text).toString('hex'), ...[0, 1, 2].map((pad) => Buffer.from(' '.repeat(pad) + text).toString('base64').slice(pad === 0 ? 0 : 4, -4))];

test('no raw identity is in any file, before, during and after everything that is done with one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rs-leaks-'));
  const files = (): string[] => (readdirSync(folder, { recursive: true }) as string[]).filter((f) => statSync(join(folder, f)).isFile());
  const people = Array.from({ length: 9 }, (_, i) => subscriber(i + 1));
  const raw = people.flatMap((p) => [p.nai, p.mac, ...p.addresses].flatMap(shapesOf));
  const leaks = (): string[] => files().flatMap((f) => raw.filter((r) => readFileSync(join(folder, f), 'latin1').toLowerCase().includes(r.toLowerCase())).map((r) => `${f}: ${r}`));
  const clock = { now: START };
  const said: string[] = [];
  const onError = (e: Error): void => void said.push(e.message);
  let store = await openFileStore({ folder: join(folder, 'store'), onError, checkpointOctets: 2000, segmentOctets: 1000 });
  const open = () => {
    const audit = createAudit({ store, now: () => clock.now, remember: durableJson(join(folder, 'audit-head.json')), onError });
    return openPrivacy({ store, audit, folder, now: () => clock.now, onError, onErased: () => undefined, patience: 0 });
  };
  try {
    let privacy = await open();
    const names = people.map((p) => privacy.pseudonyms.of(p));
    await store.commit(names.map((name, i) => ({ append: 'handovers', record: { at: START + i, subscriber: name } as { at: number } })));
    await privacy.tick();
    expect(leaks()).toEqual([]);
    for (const [i, name] of names.slice(0, 4).entries()) expect((await privacy.reveal(name, `for ${people[i]?.nai} with ${people[i]?.mac}`, OWNER)).nai).toBe(people[i]?.nai);
    for (const p of people.slice(0, 2)) await privacy.erase(p.nai, `asked for by ${p.nai}`, OWNER);
    await privacy.erase(people[2]?.addresses[0] ?? '', 'the one with 198.51.100.3', OWNER);
    expect(leaks()).toEqual([]);
    clock.now += 31 * 86_400_000;
    await privacy.tick();
    for (const p of people.slice(4)) privacy.pseudonyms.of(p);
    await privacy.close();
    await store.close();
    expect(leaks()).toEqual([]);
    expect(files().filter((f) => readFileSync(join(folder, f), 'latin1').includes('"box"'))).toEqual(['store/collections/sealed.json']);

    store = await openFileStore({ folder: join(folder, 'store'), onError });
    privacy = await open();
    const [found] = await privacy.pseudonyms.search(people[5]?.mac ?? '');
    expect((await privacy.reveal(found ?? '', 'the proof that it can be found', OWNER)).nai).toBe(people[5]?.nai);
    expect([leaks(), said]).toEqual([[], []]);
    // The check itself finds what there is to find.
    writeFileSync(join(folder, 'leak'), `mac=024D00000004 ${Buffer.from(JSON.stringify(people[6])).toString('base64')}`);
    expect(leaks()).toEqual(expect.arrayContaining(['leak: 024d00000004', expect.stringMatching(/^leak: \w{15,}/)]));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
