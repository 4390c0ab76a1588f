/** Which messages the gateway hears, by where they come from (RFC 4285). */
import { expect, it } from 'vitest';
import { securityAssociations } from '../../agent/securityAssociations.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';

const from = (remote: string): Endpoint => ({ transport: remote.includes(':') ? 'ipv6' : 'udp', local: '::', remote });
const message: MobilityMessage = { kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 1, options: [] };
const keyed = { id: 'lma1', 'ipv6-address': '2001:db8::1', 'ipv4-address': '192.0.2.1', key: '00ff'.repeat(10) };
const plain = { id: 'lma2', 'ipv4-address': '192.0.2.2' };

it('an LMA with a key is known at both its addresses and has to sign', () => {
  const s = securityAssociations([keyed]);
  for (const address of ['2001:db8::1', '192.0.2.1']) {
    expect(s.claimed(message, from(address))).toBe('lma1');
    expect(s.required(from(address))).toBe(true);
  }
  expect(s.keyOf('lma1')).toEqual(Uint8Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 0 : 255)));
});

it('an LMA without a key is heard unsigned, and no stranger is beside it', () => {
  const s = securityAssociations([keyed, plain]);
  expect(s.claimed(message, from('192.0.2.2'))).toBeUndefined();
  expect(s.required(from('192.0.2.2'))).toBe(false);
  expect(s.required(from('192.0.2.3'))).toBe(true);
  expect(s.required(from('192.0.2.1'))).toBe(true);
});
