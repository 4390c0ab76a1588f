import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { radioMarks } from '../../../agent/fleet/radio.ts';
import { ownBssids } from '../../../agent/wifi/survey/survey.ts';

const A = '-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n';
const [HERE, THERE] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];

it('two gateways of a fleet have one mark for one radio, however its name and the authority are written; another fleet has another', () => {
  const [here, there] = [radioMarks(A, [HERE], [THERE]), radioMarks(A.replaceAll('\n', '\r\n'), [THERE.toUpperCase()], [HERE, HERE])];
  expect(here?.own).toEqual(there?.near);
  expect(here?.near).toEqual(there?.own);
  expect(here?.own).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  expect(radioMarks(A.replace('AAAA', 'AAAB'), [HERE], [])?.own).not.toEqual(here?.own);
  expect(JSON.stringify(here)).not.toContain('0a');
});

it('is bounded, and nothing where there is no radio', () => {
  const many = Array.from({ length: 300 }, (_, i) => `02:00:00:00:01:${i}`);
  const radio = radioMarks(A, many, many);
  expect([radio?.own.length, radio?.near.length, radioMarks(A, [], [])]).toEqual([16, 64, undefined]);
});

it('a gateway tells of its radios, and of no other interface', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-net-'));
  for (const [name, mac, radio] of [['wlan0', HERE, true], ['wlan0-1', THERE, true], ['eth0', '02:00:00:00:00:0c', false]] as const) {
    mkdirSync(join(folder, name, ...(radio ? ['phy80211'] : [])), { recursive: true });
    writeFileSync(join(folder, name, 'address'), `${mac}\n`);
  }
  expect(ownBssids(folder)).toEqual(new Set([HERE, THERE]));
  rmSync(folder, { recursive: true });
});
