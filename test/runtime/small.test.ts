/** The small parts: lines of a log, counters, pseudonyms, the restart counter. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCounters } from '../../runtime/counters.ts';
import { shownAs } from '../../runtime/identities.ts';
import { createLog } from '../../runtime/log.ts';
import { nextRestartCounter } from '../../runtime/restartCounter.ts';

describe('the log', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const lines = (lowest?: 'warn') => {
    const written: string[] = [];
    return { written, log: createLog('agent', lowest, (line) => written.push(line)) };
  };

  it('is one line an event with its facts', () => {
    const { log, written } = lines();
    log('info', 'uplink', { ipv6: '2001:db8::1', mtu: 1492 });
    expect(written[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z agent info: uplink ipv6=2001:db8::1 mtu=1492\n$/);
  });

  it('leaves out what is below its level', () => {
    const { log, written } = lines('warn');
    log('info', 'nothing');
    log('warn', 'something');
    expect(written).toHaveLength(1);
  });

  it('a name from the network forges no line and moves no cursor', () => {
    const { log, written } = lines();
    log('info', 'mn\n2026-01-01 agent error: forged', { nai: '\u001b[2Jx\u009b1m' });
    expect(written[0]?.split('\n')).toHaveLength(2);
    expect(written[0]).toContain('nai=?[2Jx?1m');
  });

  it('is JSON where ROAMSTEAD_LOG says so', () => {
    vi.stubEnv('ROAMSTEAD_LOG', 'json');
    const { log, written } = lines();
    log('error', 'a\nb', { n: 1 });
    expect(JSON.parse(written[0] as string)).toMatchObject({ level: 'error', name: 'agent', message: 'a\nb', n: 1 });
  });
});

it('counters are told by name, in order', () => {
  const counters = createCounters();
  for (const name of ['b', 'a', 'b']) counters.add(name);
  expect(JSON.stringify(counters.all())).toBe('{"a":1,"b":2}');
});

describe('pseudonyms', () => {
  it('are the same for the same identity in one process, and others in the next', () => {
    const [one, other] = [shownAs('pseudonymous'), shownAs('pseudonymous')];
    expect(one('mn0@example.com')).toMatch(/^mn-[0-9a-f]{8}$/);
    expect(one('mn0@example.com')).toBe(one('mn0@example.com'));
    expect(one('mn0@example.com')).not.toBe(one('mn1@example.com'));
    expect(one('mn0@example.com')).not.toBe(other('mn0@example.com'));
  });
  it('raw shows what it is', () => {
    expect(shownAs('raw')('mn0@example.com')).toBe('mn0@example.com');
  });
});

describe('the restart counter', () => {
  let folder: string;
  const none = (e: Error): never => {
    throw e;
  };
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'roamstead-restart-')), 'state');
  });
  afterEach(() => {
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  it('grows with each start', () => {
    const first = nextRestartCounter(folder, none);
    expect(nextRestartCounter(folder, none)).toBe(first + 1);
    expect(statSync(join(folder, 'restart-counter')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'restart-counter.new'))).toBe(false);
  });

  it('a folder that a reboot emptied repeats no number', () => {
    const before = nextRestartCounter(folder, none, 1_800_000_000_000);
    rmSync(folder, { recursive: true });
    expect(nextRestartCounter(folder, none, 1_800_000_060_000)).toBeGreaterThan(before);
  });

  it.each(['', 'garbage', '-5', '1e9', '99999999999999'])('a file that holds "%s" counts as none', (content) => {
    nextRestartCounter(folder, none);
    writeFileSync(join(folder, 'restart-counter'), content);
    expect(nextRestartCounter(folder, none, 1_800_000_000_000)).toBe(1_800_000_001);
  });

  it('starts anew after 2^32 - 1', () => {
    nextRestartCounter(folder, none);
    writeFileSync(join(folder, 'restart-counter'), '4294967295\n');
    expect(nextRestartCounter(folder, none)).toBe(0);
  });

  it('a folder that cannot be written is told, and there is a number all the same', () => {
    writeFileSync(join(folder, '..', 'file'), '');
    const told: string[] = [];
    expect(nextRestartCounter(join(folder, '..', 'file'), (e) => told.push(e.message), 5000)).toBe(6);
    expect(told[0]).toContain('so peers may miss a restart');
    expect(readFileSync(join(folder, '..', 'file'), 'utf8')).toBe('');
  });
});
