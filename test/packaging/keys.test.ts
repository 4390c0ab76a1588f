/** Keys for signing: made once and whole, kept from others, and never made over what is there. */
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeKeys, signingKeys } from '../../packaging/keys.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'roamstead-keys-'))));
afterEach(() => rmSync(folder, { recursive: true }));
/** A development key, of which each test has a copy: an RSA key takes a while. */
let made: string;
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'roamstead-keys-made-'));
  signingKeys({ XDG_STATE_HOME: made });
});
afterAll(() => rmSync(made, { recursive: true }));
const octets = (file: string): string => readFileSync(join(folder, file), 'utf8');

it('are two files that only their owner reads, and there is no second making', () => {
  makeKeys(folder, 'town');
  expect(readdirSync(folder)).toEqual(['town.rsa', 'town.sec']);
  expect(readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777)).toEqual([0o600, 0o600]);
  const before = [octets('town.rsa'), octets('town.sec')];
  expect(() => makeKeys(folder, 'town')).toThrow(`signing: ${folder} has keys already; choose another folder, or remove town.rsa and town.sec`);
  expect([octets('town.rsa'), octets('town.sec')]).toEqual(before);
  expect(signingKeys({ ROAMSTEAD_SIGNING_KEYS: folder })).toMatchObject({ apkName: 'town.rsa.pub', development: false });
});

it.each(['rsa', 'sec'])('of which a maker that was interrupted left out .%s: that one is made, the other stays', (ending) => {
  cpSync(made, folder, { recursive: true });
  const first = signingKeys({ XDG_STATE_HOME: folder });
  const below = (file: string): string => join('roamstead', 'signing-DEVELOPMENT', `roamstead-DEVELOPMENT.${file}`);
  const other = below(ending === 'rsa' ? 'sec' : 'rsa');
  const before = octets(other);
  rmSync(join(folder, below(ending)));
  const again = signingKeys({ XDG_STATE_HOME: folder });
  expect([octets(other), again.development, again.folder]).toEqual([before, true, first.folder]);
  expect(signingKeys({ XDG_STATE_HOME: folder }).opkg.number).toBe(again.opkg.number);
});

it('that others may read, or that are not named where names are expected, sign nothing', () => {
  cpSync(join(made, 'roamstead', 'signing-DEVELOPMENT'), folder, { recursive: true });
  chmodSync(join(folder, 'roamstead-DEVELOPMENT.sec'), 0o640);
  expect(() => signingKeys({ ROAMSTEAD_SIGNING_KEYS: folder })).toThrow(`signing: others may read ${folder}/roamstead-DEVELOPMENT.sec; chmod 600 it`);
  expect(() => signingKeys({ ROAMSTEAD_SIGNING_KEYS: join(folder, 'none') })).toThrow('has 0 files *.rsa, expected one');
  expect(() => signingKeys({ ROAMSTEAD_SIGNING_KEYS: '' })).toThrow('ROAMSTEAD_SIGNING_KEYS is empty');
});
