import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand, serveScripted } from '../../agent/wifi/scriptedControl.ts';
import { scriptedStations } from '../../agent/wifi/scriptedStations.ts';
import type { ScriptedStations } from '../../agent/wifi/scriptedStations.ts';
import type { StationEvent } from '../../agent/wifi/stationEvents.ts';

const ALICE = '02:00:00:00:0a:01';
let events: StationEvent[];
let stations: ScriptedStations;
beforeEach(() => {
  events = [];
  stations = scriptedStations(['access0', 'access1'], { now: () => 42 });
  void stations.start((event) => events.push(event));
  events.length = 0;
});

describe('refusals', () => {
  test.each([
    ['an interface that is not there', () => stations.attach('access9', ALICE), /no access interface access9; known: access0, access1/],
    ['leaving without being there', () => stations.detach('access0', ALICE), /is not on access0/],
    ['vanishing without being there', () => stations.vanish('access0', ALICE), /is not on access0/],
    ['coming up twice', () => stations.linkUp('access0'), /is up already/],
    ['coming up nowhere', () => stations.linkUp('access9'), /no access interface/],
  ])('%s', (_, act, reason) => {
    expect(act()).toMatch(reason);
    expect(events).toEqual([]);
  });

  test('everything but coming up while it is down', () => {
    expect(stations.linkDown('access0')).toBeUndefined();
    events.length = 0;
    for (const refused of [stations.attach('access0', ALICE), stations.detach('access0', ALICE), stations.resync('access0'), stations.linkDown('access0')]) expect(refused).toMatch(/is down/);
    stations.deauthenticate('access0', ALICE);
    expect(events).toEqual([]);
  });
});

test('a station on one interface is not on the other', () => {
  stations.attach('access0', ALICE, 'alice');
  expect(stations.detach('access1', ALICE)).toMatch(/not on access1/);
  stations.resync('access1');
  expect(events.at(-1)).toEqual({ kind: 'stationList', interface: 'access1', macs: [], identities: {} });
});

test('who vanishes is told by nothing but the list', () => {
  stations.attach('access0', ALICE, 'alice');
  stations.vanish('access0', ALICE);
  expect(events.map((e) => e.kind)).toEqual(['stationAttached']);
  stations.resync('access0');
  expect(events.at(-1)).toMatchObject({ kind: 'stationList', macs: [] });
});

test('stations that attached before the start are on the first list', () => {
  const early = scriptedStations(['access0'], { now: () => 1 });
  early.attach('access0', ALICE, 'alice');
  void early.start((event) => events.push(event));
  expect(events.at(-1)).toEqual({ kind: 'stationList', interface: 'access0', macs: [ALICE], identities: { [ALICE]: 'alice' } });
});

describe('the control socket', () => {
  test.each([
    ['{"do":"attach","interface":"access0","mac":"02-00-00-00-0A-01","identity":"alice"}', { ok: true }],
    ['{"do":"attach","interface":"access9","mac":"02:00:00:00:0a:01"}', { ok: false, reason: 'there is no access interface access9; known: access0, access1' }],
    ['{"do":"dance","interface":"access0"}', { ok: false, reason: 'unknown command; known: attach, detach, vanish, resync, linkDown, linkUp' }],
    ['{"do":"attach","interface":"access0","mac":"x"}', { ok: false, reason: '"x" is no MAC address' }],
    ['{"do":"attach","interface":"access0"}', { ok: false, reason: '"mac" is missing or no text' }],
    ['{"do":"resync"}', { ok: false, reason: '"interface" is missing or no text' }],
    ['{"do":"linkDown","interface":"access0","reason":5}', { ok: false, reason: '"reason" is missing or no text' }],
    ['{"do":"linkDown","interface":"access1"}', { ok: true }],
  ])('%s', (line, answer) => expect(runCommand(stations, line)).toEqual(answer));

  test.each(['', 'nonsense', 'null', '5', '[]'])('%j is refused', (line) => expect(runCommand(stations, line).ok).toBe(false));

  describe('at a path', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamstead-script-'));
    const path = join(folder, 'control');
    let server: { close(): void };
    beforeEach(async () => (server = await serveScripted(path, stations)));
    afterEach(() => server.close());
    afterAll(() => rmSync(folder, { recursive: true }));

    /** What comes back until `count` lines are there or the connection ends. */
    const talk = (text: string, count: number) =>
      new Promise<string[]>((resolve) => {
        let answer = '';
        const socket = connect(path, () => {
          socket.write(text.slice(0, 30));
          setImmediate(() => socket.write(text.slice(30)));
        });
        const lines = () => answer.split('\n').filter(Boolean);
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()) && lines().length >= count && socket.destroy());
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(lines()));
      });

    test('several commands, cut in the middle of a line', async () => {
      const answers = await talk(`{"do":"attach","interface":"access0","mac":"${ALICE}"}\n{"do":"detach","interface":"access0","mac":"${ALICE}"}\nnonsense\n`, 3);
      expect(answers.map((line) => (JSON.parse(line) as { ok: boolean }).ok)).toEqual([true, true, false]);
      expect(events.map((e) => e.kind)).toEqual(['stationAttached', 'stationDetached']);
    });

    test('a line without an end is cut off, and the next connection is served', async () => {
      expect(await talk('x'.repeat(100_000), 1)).toEqual([]);
      expect(await talk('{"do":"resync","interface":"access0"}\n', 1)).toEqual(['{"ok":true}']);
    });

    test('a file of another kind at the path is left alone', async () => {
      const precious = join(folder, 'precious');
      writeFileSync(precious, 'data');
      await expect(serveScripted(precious, stations)).rejects.toThrow(/EADDRINUSE/);
      rmSync(precious);
    });
  });
});
