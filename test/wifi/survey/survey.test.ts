import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { iwSurvey, runProgram, type Run } from '../../../agent/wifi/survey/iwSurvey.ts';
import type { NeighbourSurvey, Sighting } from '../../../agent/wifi/survey/neighbours.ts';
import { loadNodeWifi, networkManagerSurvey } from '../../../agent/wifi/survey/networkManagerSurvey.ts';
import { loadNeighbours, storeNeighbours } from '../../../agent/wifi/survey/store.ts';
import { firstThatWorks, openSurvey, ownAddresses, type Survey, type SurveyConfig } from '../../../agent/wifi/survey/survey.ts';
import { DEBIAN } from './iwSamples.ts';

const folder = mkdtempSync(join(tmpdir(), 'roamstead-survey-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOME: Sighting = { bssid: '02:00:00:00:01:00', ssid: 'community', frequency: 2412, signal: -60, age: 0 };
const CONFIG: SurveyConfig = { interface: 'wlan0', interval: 300, ssid: 'community', source: 'auto', scan: false, keep: 3600 };

describe('a gateway that looks around', () => {
  let survey: Survey;
  let hears: () => Promise<readonly Sighting[]>;
  let looks: number;
  let logged: string[];
  let counted: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    hears = async () => [HOME];
    looks = 0;
    logged = [];
    counted = [];
  });
  afterEach(() => {
    survey.close();
    vi.useRealTimers();
  });
  function open(config: Partial<SurveyConfig> = {}, state = mkdtempSync(join(folder, 'state-'))): string {
    const source: NeighbourSurvey = { look: () => ((looks += 1), hears()) };
    survey = openSurvey({ config: { ...CONFIG, ...config }, folder: state, now: () => Date.now(), log: (_, line) => logged.push(line), onCount: (reason) => counted.push(reason), survey: source, own: () => new Set() });
    return state;
  }

  test('does so after its start, and again at each interval', async () => {
    open();
    expect([looks, survey.neighbours()]).toEqual([0, []]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(survey.neighbours()).toMatchObject([{ bssid: HOME.bssid, channel: 1, signal: -60, lastSeen: Date.now() }]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(looks).toBe(3);
  });

  test('waits for one look to end before the next', async () => {
    let end: (heard: readonly Sighting[]) => void = () => undefined;
    hears = () => new Promise((resolve) => (end = resolve));
    open();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(looks).toBe(1);
    end([HOME]);
    await vi.advanceTimersByTimeAsync(300_000);
    expect([looks, survey.neighbours().length]).toEqual([2, 1]);
  });

  test('knows its neighbours after a restart', async () => {
    const state = open();
    await vi.advanceTimersByTimeAsync(10_000);
    survey.close();
    open({}, state);
    expect(survey.neighbours()).toMatchObject([{ bssid: HOME.bssid }]);
    survey.close();
    open({ ssid: ['another'] }, state);
    expect(survey.neighbours()).toEqual([]);
  });

  test('says once why it cannot, and that it can again only by doing so', async () => {
    hears = () => Promise.reject(new Error('iw is not installed'));
    open();
    await vi.advanceTimersByTimeAsync(910_000);
    expect(logged).toEqual(['no survey of neighbouring homes on wlan0: iw is not installed; tried again every 300 s']);
    expect(counted).toHaveLength(4);
    hears = async () => [HOME];
    await vi.advanceTimersByTimeAsync(300_000);
    expect(survey.neighbours()).toHaveLength(1);
  });

  test('a state directory that is not there costs the memory, not the list', async () => {
    open({}, join(folder, 'nowhere'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(survey.neighbours()).toHaveLength(1);
    expect(logged).toEqual([expect.stringMatching(/ENOENT/)]);
  });

  test('hears nothing more after its end', async () => {
    let end: (heard: readonly Sighting[]) => void = () => undefined;
    hears = () => new Promise((resolve) => (end = resolve));
    const state = open();
    await vi.advanceTimersByTimeAsync(10_000);
    survey.close();
    end([HOME]);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect([looks, loadNeighbours(state)]).toEqual([1, []]);
  });
});

describe('the file', () => {
  const neighbour = { bssid: HOME.bssid, ssid: 'community', frequency: 2412, channel: 1, signal: -60, lastSeen: 5 };
  test('holds what it was given', () => {
    storeNeighbours(folder, [neighbour]);
    expect(loadNeighbours(folder)).toEqual([neighbour]);
  });

  test.each(['', '[]', '{"version":2,"neighbours":[]}', '{"version":1,"neighbours":[{"bssid":"x"}]}', 'null'])('%j is no list', (text) => {
    writeFileSync(join(folder, 'neighbours'), text);
    expect(loadNeighbours(folder)).toEqual([]);
  });
});

test('the first source that works is believed, and if none does, all say why', async () => {
  const works: NeighbourSurvey = { look: async () => [HOME] };
  const fails = (why: string): NeighbourSurvey => ({ look: () => Promise.reject(new Error(why)) });
  expect(await firstThatWorks([fails('a'), works, fails('b')]).look()).toEqual([HOME]);
  await expect(firstThatWorks([fails('nmcli is not installed'), fails('iw is not installed')]).look()).rejects.toThrow('nmcli is not installed; iw is not installed');
});

describe('iw', () => {
  const asked: string[] = [];
  const run =
    (answer: Record<string, string | Error> = {}): Run =>
    async (command, args) => {
      asked.push([command, ...args].join(' '));
      const got = answer[args[3] ?? ''] ?? '';
      if (got instanceof Error) throw got;
      return got;
    };
  const failure = (stderr: string): Error => Object.assign(new Error('Command failed'), { stderr });
  beforeEach(() => void (asked.length = 0));

  test('is asked for what was heard, and scans only if it is told to', async () => {
    await iwSurvey({ device: 'wlan0', scan: false, run: run() }).look();
    expect(asked).toEqual(['iw dev wlan0 scan dump']);
    asked.length = 0;
    await iwSurvey({ device: 'wlan0', scan: true, run: run() }).look();
    expect(asked).toEqual(['iw dev wlan0 scan trigger ap-force passive', 'iw dev wlan0 scan dump']);
  });

  test('that scans already need not be asked to', async () => {
    const busy = run({ trigger: failure('command failed: Device or resource busy (-16)\n'), dump: DEBIAN });
    expect(await iwSurvey({ device: 'wlan0', scan: true, run: busy }).look()).toHaveLength(2);
  });

  test.each([
    ['no such device', failure('command failed: No such device (-19)\n'), /there is no 802.11 interface wlan0; survey.interface names/],
    ['no 802.11', failure('nl80211 not found.\n'), /no 802.11 devices/],
    ['no end', Object.assign(new Error('x'), { killed: true }), /did not end within 10 s/],
    ['something else', failure('command failed: Operation not supported (-95)\nsecond line\n'), /^iw dev wlan0 scan: command failed: Operation not supported \(-95\)$/],
  ])('%s is said in words', async (_, error, words) => {
    await expect(iwSurvey({ device: 'wlan0', scan: false, run: run({ dump: error }) }).look()).rejects.toThrow(words);
  });
});

describe('programs', () => {
  test('are run, and say what went wrong', async () => {
    expect(await runProgram(process.execPath, ['-e', 'process.stdout.write("heard")'])).toBe('heard');
    await expect(runProgram(process.execPath, ['-e', 'process.stderr.write("no"); process.exit(3)'])).rejects.toMatchObject({ code: 3, stderr: 'no' });
    await expect(runProgram(join(folder, 'no-such-program'), [])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('node-wifi', () => {
  test('reads what nmcli prints; what has no address or no signal is left out', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    const lines = ['no:community:02\\:00\\:00\\:00\\:01\\:AA:Infra:36:5180 MHz:60:WPA2:(none):pair_ccmp', 'no:odd:02\\:00\\:00\\:00\\:01\\:AB:Infra:36:what:60:WPA2:(none):x', 'no:no address:Infra:1'];
    writeFileSync(join(bin, 'lines'), `${lines.join('\n')}\n`);
    writeFileSync(join(bin, 'nmcli'), `#!/bin/sh\necho "$@" > ${bin}/asked\ncat ${bin}/lines\n`);
    chmodSync(join(bin, 'nmcli'), 0o755);
    const before = { ...process.env };
    process.env['PATH'] = `${bin}${delimiter}${before['PATH']}`;
    try {
      expect(await networkManagerSurvey({ device: 'wlan0', load: loadNodeWifi }).look()).toEqual([{ bssid: '02:00:00:00:01:aa', ssid: 'community', frequency: 5180, signal: -70, age: 0 }]);
      expect(readFileSync(join(bin, 'asked'), 'utf8')).toMatch(/device wifi list ifname wlan0/);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });

  test('that does not end is not waited for, nor started twice', async () => {
    vi.useFakeTimers();
    let scans = 0;
    const survey = networkManagerSurvey({ device: 'wlan0', timeout: 1000, load: async () => ({ init: () => undefined, scan: () => ((scans += 1), new Promise(() => undefined)) }) });
    for (let i = 0; i < 2; i++) {
      const refused = expect(survey.look()).rejects.toThrow('nmcli did not end within 1 s');
      await vi.advanceTimersByTimeAsync(1000);
      await refused;
    }
    expect(scans).toBe(1);
    vi.useRealTimers();
  });

  test('that is not installed is said so', async () => {
    const survey = networkManagerSurvey({ device: 'wlan0', load: () => Promise.reject(new Error('the package node-wifi is not installed (npm install node-wifi)')) });
    await expect(survey.look()).rejects.toThrow(/npm install node-wifi/);
  });
});

test('the addresses of this machine are its own', () => {
  const sys = mkdtempSync(join(folder, 'net-'));
  mkdirSync(join(sys, 'wlan0'));
  mkdirSync(join(sys, 'half'));
  writeFileSync(join(sys, 'wlan0', 'address'), '02:00:00:00:01:00\n');
  expect(ownAddresses(sys)).toEqual(new Set(['02:00:00:00:01:00']));
  expect(ownAddresses(join(sys, 'nowhere'))).toEqual(new Set());
});
