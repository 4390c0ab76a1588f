import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KnownPeer } from '../../cloud/lma/peers.ts';
import { openPeersFile } from '../../cloud/peersFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-peers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const fails = (e: Error): void => {
  throw e;
};

const home: KnownPeer = { id: 'm1@example.com', mag: 'm1@example.com', endpoint: { transport: 'udp', local: '192.0.2.1', remote: '198.51.100.7', remotePort: 40_001 } };
const other: KnownPeer = { id: '2001:db8::2', mag: undefined, endpoint: { transport: 'ipv6', local: '2001:db8::1', remote: '2001:db8::2' } };

it('the gateways of each service are known to the next run', () => {
  const file = openPeersFile(join(folder, 'state'), fails);
  expect(file.of('lma1')).toEqual([]);
  file.keep('lma1', { ...home, endpoint: { ...home.endpoint, remotePort: 1 } });
  file.keep('lma1', home);
  file.keep('lma2', other);
  file.flush();
  const next = openPeersFile(join(folder, 'state'), fails);
  expect([next.of('lma1'), next.of('lma2'), next.of('lma3')]).toEqual([[home], [other], []]);
  expect(readdirSync(join(folder, 'state'))).toEqual(['gateways.json']);
});

it('nothing is written while nothing is new', () => {
  openPeersFile(folder, fails).flush();
  expect(readdirSync(folder)).toEqual([]);
});

it.each(['', 'no JSON', '{"lma1": [{"id": 1}]}'])('a file of something else (%s) is told of, and nobody is known', (text) => {
  writeFileSync(join(folder, 'gateways.json'), text);
  const errors: string[] = [];
  expect(openPeersFile(folder, (e) => void errors.push(e.message)).of('lma1')).toEqual([]);
  expect(errors[0]).toContain('a restart is not announced');
});

it('addresses that come once and never again do not fill it', () => {
  const file = openPeersFile(folder, fails);
  for (let i = 0; i < 100_002; i++) file.keep('lma1', { ...other, id: `2001:db8::${i.toString(16)}` });
  file.keep('lma1', { ...other, id: '2001:db8::2' });
  file.flush();
  const known = openPeersFile(folder, fails).of('lma1');
  expect(known).toHaveLength(100_000);
  expect([known[0]?.id, known.at(-1)?.id]).toEqual(['2001:db8::3', '2001:db8::2']);
});
