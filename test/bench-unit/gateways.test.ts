import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { benchAnchorCore } from '../../bench/anchorCore.ts';
import { bindingUpdate, gateway, revocationAnswer, signed } from '../../bench/gateways.ts';
import { verify } from '../../protocol/mobility/authentication.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import { find } from '../../protocol/mobility/options.ts';

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const home = gateway(1);

describe('the gateways of the benchmark', () => {
  test('their binding updates decode to what was built and carry a valid authenticator', () => {
    const update = bindingUpdate(home, { subscriber: 70_000, sequence: 65_537, timestamp: 5n });
    const octets = signed(home, update, hmac);
    const decoded = decodeMessage(octets, { kind: 'udp' });
    expect(decoded).toMatchObject({ kind: 'bindingUpdate', sequence: 1, lifetime: 3600 });
    expect(decoded.options.slice(0, -1)).toEqual(update.options);
    expect(decoded.options.at(-1)?.kind).toBe('authentication');
    expect(verify(octets, decoded, '::', home.key, hmac)).toBe(true);
    expect(verify(octets, decoded, '::', gateway(2).key, hmac)).toBe(false);
  });

  test('every subscriber has its own identity, link-layer address and downlink key', () => {
    const of = (subscriber: number) => {
      const { options } = bindingUpdate(home, { subscriber, sequence: 0, timestamp: 0n });
      return [find(options, 'mnIdentifier')?.identifier, find(options, 'mnLinkLayerIdentifier')?.identifier, find(options, 'greKey')?.key];
    };
    const all = [0, 1, 255, 256, 65_536].map(of);
    for (const column of [0, 1, 2]) expect(new Set(all.map((row) => row[column])).size).toBe(all.length);
  });

  test('a refresh says HI 5, a handover HI 4', () => {
    const handoff = (refresh: boolean) => find(bindingUpdate(home, { subscriber: 1, sequence: 0, timestamp: 0n, refresh }).options, 'handoffIndicator')?.indicator;
    expect([handoff(true), handoff(false)]).toEqual([5, 4]);
  });

  test('the answer to a revocation names the node and repeats the number', () => {
    const options = [{ kind: 'mnIdentifier', subtype: 1, identifier: 'a@b' }, { kind: 'timestamp', timestamp: 1n }] as const;
    const flags = { proxy: true, ipv4Only: false, global: false };
    expect(revocationAnswer({ kind: 'bindingRevocationIndication', trigger: 2, sequence: 9, flags, options })).toEqual({ kind: 'bindingRevocationAcknowledgement', status: 0, sequence: 9, flags, options: [options[0]] });
  });
});

test('the anchor accepts all of them: new, refreshed, handed over', () => {
  const { subscribers, ...rates } = benchAnchorCore(20, 1);
  expect(subscribers).toBe(20);
  for (const rate of Object.values(rates)) expect(rate).toBeGreaterThan(0);
});
