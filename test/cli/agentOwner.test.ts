/** `roamstead agent status | pause | resume | cap | unclaim`: what is asked of the agent, and how its answer reads. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import { agentCommand } from '../../cli/agent.ts';
import { openControl, type ControlServer, type Request } from '../../runtime/control.ts';

const folder = mkdtempSync(join(tmpdir(), 'rs-cli-'));
const socket = join(folder, 'agent.sock');
let control: ControlServer;
const asked: Request[] = [];
let printed = '';

const STATUS: AgentStatus = {
  version: '1.2.3',
  identity: 'M1@D1',
  state: 'serving',
  cause: 'ready',
  why: 'ready for guests',
  sharing: { guests: 2, octetsUp: 10, octetsDown: 20, limits: { 'up-rate': 5_000_000 }, cap: { 'maximum-guests': 3 } },
  lmas: [{ id: 'lma1', reachable: true, since: 0, roundTrip: 12.5 }, { id: 'lma2', reachable: false, since: 1000 }, { id: 'lma3', reachable: false }],
  problems: [{ at: 60_000, level: 'warn', text: 'no events of stations on br0: hostapd is not there', times: 3 }],
  fleet: {
    gateway: 'gw-a', state: 'connected', why: 'connected', since: 0, home: 'Smith', group: 'north', certificateExpires: 86_400_000, session: 1,
    documents: [
      { concern: 'timers', running: 4, reported: { rev: 5, hash: '', status: 'rolledback', problems: [{ path: '', reason: 'no LMA answered within 30 s', substitution: 'what worked before it' }], running: null, at: 0 } },
      { concern: 'lmas', running: null },
    ],
  },
};

beforeAll(async () => {
  control = await openControl(socket, () => undefined);
  const answer = (result: unknown) => (request: Request) => (asked.push(request), result);
  control.serve({
    'agent status': answer(STATUS),
    'agent pause': answer({ bindings: 2, unanswered: 1 }),
    'agent resume': answer(undefined),
    'agent cap': answer({ 'maximum-guests': 3, 'up-rate': 2_000_000 }),
    'agent unclaim': answer({ ...STATUS.fleet, state: 'unclaimed', code: 'ABCD-EFGH', qr: '(qr)' }),
  });
});
afterAll(() => {
  control.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked.length = 0;
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
});
afterEach(() => void vi.restoreAllMocks());

const run = (...words: string[]): Promise<number> => agentCommand([...words, '--socket', socket]);

describe('the owner', () => {
  it('reads how much is shared, what the fleet said, and what came of it', async () => {
    expect(await run('status')).toBe(0);
    expect(printed).toBe(`M1@D1: serving: ready for guests
Sharing:  2 guests, 10 octets up and 20 down since the start
Limits:   5 Mbit/s up; your own: 3 guests
LMAs:     lma1 answers since 1970-01-01T00:00:00.000Z, round trip 12.5 ms; lma2 has been silent since 1970-01-01T00:00:01.000Z; lma3 has not been heard of
Problem:  1970-01-01T00:01:00.000Z no events of stations on br0: hostapd is not there (3 times)
Version:  1.2.3
Gateway:  gw-a
Home:     Smith, group north, certificate until 1970-01-02T00:00:00.000Z
Fleet:    connected since 1970-01-01T00:00:00.000Z: connected
  timers   revision 4, revision 5 rolledback
    no LMA answered within 30 s (what worked before it)
  lmas     the file's
`);
    printed = '';
    await run('status', '--json');
    expect(JSON.parse(printed)).toEqual(STATUS);
  });

  it('pauses, resumes, and hears what became of it', async () => {
    await run('pause');
    await run('resume');
    expect(printed).toBe('paused: 2 guests were told to go; of 1 of them the LMA has not confirmed it\nguests are let in again\n');
  });

  it('caps with limits and values, or lifts that', async () => {
    await run('cap', 'maximum-guests', '3', 'up-rate', '2Mbit/s');
    await run('cap', 'none');
    expect(asked).toEqual([{ command: 'agent cap', 'maximum-guests': 3, 'up-rate': '2Mbit/s' }, { command: 'agent cap' }]);
    expect(printed).toContain('your own limits: 3 guests, 2 Mbit/s up\n');
  });

  it('sees the new code of a gateway that is to be claimed anew', async () => {
    await run('unclaim');
    expect(printed).toContain('Code:     ABCD-EFGH\n(qr)\n');
  });

  it.each([[['stop'], 'agent stop: expected status, pause, resume, cap, unclaim'], [['pause', 'now'], 'unexpected: now'], [['cap'], 'cap: expected a limit with its value, or none'], [['cap', 'up-rate'], 'cap: expected a limit']])('is told how it is said: %j', async (words, text) => {
    await expect(run(...words)).rejects.toThrow(text);
    expect(asked).toEqual([]);
  });
});
