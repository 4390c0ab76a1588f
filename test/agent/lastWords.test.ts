/** An agent that cannot start says why where somebody looks who finds nobody at its control socket. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { leaveWords, takeWordsBack } from '../../agent/lastWords.ts';

const folder = mkdtempSync(join(tmpdir(), 'rs-words-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the reason lies beside the control socket until a start succeeds', () => {
  const socket = join(folder, 'run', 'agent.sock');
  leaveWords(socket, 'another DHCP server listens on br0: stop it', 1000.4);
  const path = join(folder, 'run', 'agent.failed');
  expect([JSON.parse(readFileSync(path, 'utf8')), statSync(path).mode & 0o777]).toEqual([{ at: 1000, why: 'another DHCP server listens on br0: stop it' }, 0o600]);
  takeWordsBack(socket);
  takeWordsBack(socket);
  expect(readdirSync(join(folder, 'run'))).toEqual([]);
});

it('a folder that cannot be is no second failure', () => {
  writeFileSync(join(folder, 'file'), '');
  leaveWords(join(folder, 'file', 'agent.sock'), 'why', 0);
  expect(readdirSync(folder).toSorted()).toEqual(['file', 'run']);
});
