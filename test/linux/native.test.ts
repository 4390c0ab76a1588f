import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { check, errnoName, locateAddon, NativeError } from '../../linux/native.ts';

const folder = mkdtempSync(join(tmpdir(), 'roamstead-native-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the addon is found', () => {
  const file = join(folder, 'build', `roamstead-${process.arch}.node`);
  mkdirSync(join(folder, 'build'));
  writeFileSync(file, '');

  test.each(['linux/native.ts', 'dist/roamstead.mjs', 'a/b/c/d.mjs'])('above %s', (from) => expect(locateAddon(join(folder, from), {})).toBe(file));
  test('where ROAMSTEAD_NATIVE says', () => expect(locateAddon(join(folder, 'x.mjs'), { ROAMSTEAD_NATIVE: '/opt/addon.node' })).toBe('/opt/addon.node'));
  test('nowhere', () => expect(locateAddon('/nonexistent/x.mjs', {})).toBeUndefined());
});

describe('refusals', () => {
  test('a result that is no error passes', () => expect(check('work', 5)).toBe(5));
  test('an error says what was tried and what to do', () => {
    expect(() => check('open the raw socket', -1)).toThrow('open the raw socket: EPERM (run as root, or with CAP_NET_ADMIN and CAP_NET_RAW)');
    expect(() => check('open x', -2)).toThrow(/^open x: ENOENT$/);
    expect(() => check('open x', -2, 'create it')).toThrow(/^open x: ENOENT \(create it\)$/);
    expect(new NativeError('open x', 'ENODEV').errno).toBe('ENODEV');
  });
  test.each([[-1, 'EPERM'], [-11, 'EAGAIN'], [-95, 'EOPNOTSUPP'], [-110, 'ETIMEDOUT'], [-524, 'errno 524']])('%i is %s', (n, name) => expect(errnoName(n)).toBe(name));
});
