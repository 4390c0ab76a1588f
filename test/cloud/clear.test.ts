/** `clear … binding` at both ends: what the operator's words become, and what is told of it. */
import { expect, it } from 'vitest';
import { createClearing as atGateway } from '../../agent/clear.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { commands } from '../../cli/commands.ts';
import { match } from '../../cli/grammar.ts';
import { printers } from '../../cli/printers/index.ts';
import { createClearing as atAnchor } from '../../cloud/clear.ts';
import type { LmaEvent } from '../../cloud/lma/lma.ts';

const anchor = (services = 1) => {
  const fed: LmaEvent[] = [];
  const clearing = atAnchor(() => Array.from({ length: services }, () => ({ feed: (event: LmaEvent) => void fed.push(event) })));
  const ask = (request: object) => Promise.resolve(clearing.handlers['clear lma binding']?.({ command: 'clear lma binding', ...request }));
  return { fed, clearing, ask };
};

it.each([
  ['clear ipv6 mobile pmipv6 lma binding all', { scope: { kind: 'all' }, ipv4Only: false }],
  ['clear ipv6 mobile pmipv6 lma binding nai mn0@example.com', { scope: { kind: 'nai', nai: 'mn0@example.com' }, ipv4Only: false }],
  ['clear ipv6 mobile pmipv6 lma binding mag m1@example.com', { scope: { kind: 'mag', mag: 'm1@example.com' }, ipv4Only: false }],
  ['clear ipv6 mobile pmipv6 lma binding realm example.com ipv4-only', { scope: { kind: 'realm', realm: '@example.com' }, ipv4Only: true }],
])('%s', async (words, event) => {
  const { phrase, values } = match(commands, words.split(' '));
  if (phrase.kind !== 'ask') throw new Error(phrase.kind);
  const { fed, clearing, ask } = anchor();
  const answer = ask({ ...values, ...phrase.request });
  expect(fed).toMatchObject([{ kind: 'revoke', trigger: 1, reason: 'cleared by the operator', id: 1, ...event }]);
  clearing.revoked({ kind: 'revoked', id: 1, report: { bindings: 3, unanswered: 1, refused: 0 } });
  expect(printers['clear lma binding']?.(await answer)).toBe('3 bindings cleared, 1 of them without an answer of the peer\n');
});

it('of several services the answer is one', async () => {
  const { clearing, ask } = anchor(2);
  const answer = ask({ scope: 'all' });
  for (const bindings of [2, 5]) clearing.revoked({ kind: 'revoked', id: 1, report: { bindings, unanswered: 0, refused: 1 } });
  expect(await answer).toEqual({ bindings: 7, unanswered: 0, refused: 2 });
});

it.each([{ scope: 'nai' }, { scope: 'nai', name: '' }, { scope: 'everything', name: 'x' }, {}])('what nobody means is refused in words: %j', async (request) => {
  const { fed, ask } = anchor();
  await expect((async () => ask(request))()).rejects.toThrow(/say whose bindings|expected all/);
  expect(fed).toEqual([]);
});

it.each([
  ['all', undefined, { kind: 'all' }],
  ['nai', 'mn0@example.com', { kind: 'nai', nai: 'mn0@example.com' }],
  ['lma', 'lma1', { kind: 'lma', lma: 'lma1' }],
  ['realm', '@example.com', { kind: 'realm', realm: '@example.com' }],
  ['mag', 'm1@d1', { kind: 'all' }],
] as const)('at a gateway: %s', async (scope, name, meant) => {
  const fed: MagEvent[] = [];
  const clearing = atGateway('m1@d1', (event) => void fed.push(event));
  const answer = clearing.handlers['clear mag binding']?.({ command: 'clear mag binding', scope, name });
  expect(fed).toEqual([{ kind: 'giveUp', scope: meant, reason: 'cleared by the operator', id: 1 }]);
  clearing.gaveUp({ kind: 'gaveUp', id: 1, report: { bindings: 1, unanswered: 0 } });
  expect(printers['clear mag binding']?.(await answer)).toBe('1 binding cleared\n');
});

it("another gateway's are not this one's to clear", () => {
  const clearing = atGateway('m1@d1', () => undefined);
  expect(() => clearing.handlers['clear mag binding']?.({ command: 'clear mag binding', scope: 'mag', name: 'm2@d1' })).toThrow('this gateway is m1@d1');
});
