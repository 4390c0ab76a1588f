/** `debug radius`: every attribute by its row, and no secret, password or raw identity in any line. */
import { describe, expect, it } from 'vitest';
import { RADIUS, radiusDebug, radiusLines } from '../../agent/debug/radius.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { CODE } from '../../protocol/radius/codes.ts';
import type { RadiusPacket } from '../../protocol/radius/packet.ts';
import { createDebug } from '../../runtime/debug.ts';
import { shownAs } from '../../runtime/identities.ts';
import { debugTerminal } from './debugTerminal.ts';

const packet = (code: number, ...attributes: RadiusAttribute[]): RadiusPacket => ({ code, identifier: 5, authenticator: new Uint8Array(16).fill(0xaa), attributes });
const raw = (identity: string): string => identity;
const line = (attribute: RadiusAttribute, veil = raw): string | undefined => radiusLines('in', packet(CODE.ACCESS_ACCEPT, attribute), '203.0.113.115:1812', veil)[1];

describe('an attribute', () => {
  it.each<[RadiusAttribute, string]>([
    [{ kind: 'userName', value: 'mn0@example.com' }, 'user name (1): mn0@example.com'],
    [{ kind: 'userPassword', value: '73:65:63' }, 'user password (2): (not shown)'],
    [{ kind: 'messageAuthenticator', value: 'aa:bb' }, 'message authenticator (80): (not shown)'],
    [{ kind: 'eapMessage', value: '02:01:00:0a:01:6d:6e:30' }, 'eap message (79): (not shown)'],
    [{ kind: 'sessionTimeout', value: 3600 }, 'session timeout (27): 3600'],
    [{ kind: 'acctStatusType', value: 1 }, 'acct status type (40): 1 START'],
    [{ kind: 'acctTerminateCause', value: 2 }, 'acct terminate cause (49): 2 LOST_CARRIER'],
    [{ kind: 'errorCause', value: 503 }, 'error cause (101): 503 SESSION_CONTEXT_NOT_FOUND'],
    [{ kind: 'pmip6HomeLmaIpv6Address', value: '2001:db8::1' }, 'pmip6 home lma ipv6 address (147): 2001:db8::1'],
    [{ kind: 'framedIpv6Prefix', value: { prefixLength: 64, prefix: '2001:db8::' } }, 'framed ipv6 prefix (97): 2001:db8::/64'],
    [{ kind: 'mip6FeatureVector', value: 5n }, 'mip6 feature vector (124): 5'],
    [{ kind: 'ciscoAvPair', value: 'mn-apn=example.com' }, 'cisco avpair (26): mn-apn=example.com'],
    [{ kind: 'ciscoAvPair', value: 'mn-nai=mn0@example.com' }, 'cisco avpair (26): mn-nai=mn0@example.com'],
    [{ kind: 'ciscoAvPair', value: 'leap:session-key=abcd' }, 'cisco avpair (26): leap:session-key=(hidden)'],
    [{ kind: 'ciscoAvPair', value: 'nonsense' }, 'cisco avpair (26): (not a pair)'],
    [{ kind: 'vendorSpecific', value: { vendor: 311, type: 17, data: Uint8Array.of(1, 2, 3) } }, 'vendor 311 type 17 (26): (3 octets)'],
    [{ kind: 'vendorSpecific', value: { vendor: 311, data: Uint8Array.of(1) } }, 'vendor 311 (26): (1 octets)'],
    [{ kind: 'unknown', type: 200, value: Uint8Array.of(1, 2) }, 'attribute (200): 01:02'],
    [{ kind: 'unknown', type: 200, value: new Uint8Array(0) }, 'attribute (200): empty'],
  ])('%o', (attribute, expected) => {
    expect(line(attribute)).toBe(`RADIUS:   ${expected}`);
  });

  it('a phone has one pseudonym, however its MAC is spelled', () => {
    const veil = shownAs('pseudonymous');
    for (const value of ['0024.d78e.21a4', '00-24-D7-8E-21-A4', '00:24:d7:8e:21:a4']) expect(line({ kind: 'callingStationId', value }, veil)).toBe(`RADIUS:   calling station id (31): ${veil('00:24:d7:8e:21:a4')}`);
    expect(line({ kind: 'callingStationId', value: 'port 7' }, veil)).toContain(veil('port 7'));
  });

  it.each<RadiusAttribute>([
    { kind: 'userName', value: 'mn0@example.com' },
    { kind: 'mobileNodeIdentifier', value: 'mn0@example.com' },
    { kind: 'chargeableUserIdentity', value: '6d:6e:30' },
    { kind: 'class', value: '6d:6e:30' },
    { kind: 'state', value: '6d:6e:30' },
    { kind: 'acctMultiSessionId', value: 'mn0@example.com' },
    { kind: 'ciscoAvPair', value: 'mn-nai=mn0@example.com' },
    { kind: 'ciscoAvPair', value: 'anything-else*mn0@example.com' },
    { kind: 'unknown', type: 200, value: Uint8Array.of(0x6d, 0x6e, 0x30) },
  ])('%o is veiled', (attribute) => {
    expect(line(attribute, shownAs('pseudonymous'))).not.toMatch(/mn0|6d:6e:30/);
  });
});

it('a packet is told with its peer, direction and number, while somebody listens', async () => {
  const server = createDebug({ topics: [RADIUS], onError: () => undefined });
  const onPacket = radiusDebug(server, raw);
  onPacket('out', packet(CODE.ACCESS_REQUEST), 'x');
  const t = debugTerminal(server, { topics: [RADIUS] });
  onPacket('out', packet(CODE.ACCESS_REQUEST, { kind: 'userName', value: 'mn0' }), '203.0.113.115:1812');
  onPacket('in', packet(99), '203.0.113.115:1812');
  expect(await t.lines()).toEqual(['RADIUS: Send ACCESS_REQUEST to 203.0.113.115:1812 id 5', 'RADIUS:   user name (1): mn0', 'RADIUS: Received 99 from 203.0.113.115:1812 id 5']);
});
