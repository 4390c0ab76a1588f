/** What RFC 5176 asks of the gateway: which sessions a request names, what is done to them, and what is refused why. */
import { describe, expect, it } from 'vitest';
import { createDynamicRequests } from '../../agent/aaa/dynamicRequest.ts';
import type { Entry } from '../../agent/mag/binding.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { ERROR_CAUSE } from '../../protocol/radius/codes.ts';
import { entryOf, profileOf } from './entries.ts';

const ALICE = '00:24:d7:8e:21:a4';
const BOB = '00:24:d7:8e:21:b5';
const LOCAL = '00:24:d7:8e:21:c6';
const LEAVING = '00:24:d7:8e:21:d7';

const entry = (mac: Mac, nai: string, address: string, more: Partial<Entry> = {}): readonly [Mac, Entry] => [
  mac,
  entryOf({ mac, interface: 'br-access', profile: profileOf(nai), assigned: { ipv4: { address, prefixLength: 24, router: '192.0.2.254' }, prefixes: [{ address: `2001:db8:f00d:${address.split('.')[3]}::`, length: 64 }] }, ...more }),
];

function setUp() {
  const done: string[] = [];
  const list = new Map([
    entry(ALICE, 'alice+0024d78e21a4@home.example', '192.0.2.1', { identity: 'alice@home.example' }),
    entry(BOB, 'mn0@example.com', '192.0.2.2'),
    entry(LOCAL, 'local@example.com', '192.0.2.3'),
    entry(LEAVING, 'leaving@example.com', '192.0.2.4', { state: { name: 'deregistering', request: { kind: 'initial', outstanding: [], interval: 1000, retransmitAt: 1000 }, giveUpAt: 5000 } }),
  ]);
  const onRequest = createDynamicRequests({
    list: { byMac: list },
    grantOf: (mac) => (mac === ALICE ? { cui: '61:62', userName: 'billed@example.com', class: [], lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [] } : undefined),
    sessionOf: (mac) => (mac === BOB ? 'c0ffee00-1' : undefined),
    interfaceName: () => 'Wi-Fi',
    disconnect: (mac) => void done.push(`disconnect ${mac}`),
    reconcile: (mac) => (done.push(`ask about ${mac}`), mac !== LOCAL),
  });
  const ask = (kind: 'disconnect' | 'coa', ...attributes: RadiusAttribute[]) => onRequest({ kind, attributes, from: '203.0.113.115' });
  return { ask, done };
}
const nak = (errorCause: number) => ({ kind: 'nak', errorCause });
const calling = (value: string): RadiusAttribute => ({ kind: 'callingStationId', value });

describe('a Disconnect-Request', () => {
  it.each<[string, RadiusAttribute[], Mac[]]>([
    ['its Calling-Station-Id', [calling('00-24-d7-8e-21-a4')], [ALICE]],
    ['the same in another spelling', [calling('00:24:D7:8E:21:A4')], [ALICE]],
    ['the identity that EAP proved', [{ kind: 'userName', value: 'alice@home.example' }], [ALICE]],
    ['its MN-Identifier as User-Name', [{ kind: 'userName', value: 'mn0@example.com' }], [BOB]],
    ['its MAC as User-Name', [{ kind: 'userName', value: '00-24-d7-8e-21-b5' }], [BOB]],
    ['the User-Name of the Access-Accept', [{ kind: 'userName', value: 'billed@example.com' }], [ALICE]],
    ['its Chargeable-User-Identity', [{ kind: 'chargeableUserIdentity', value: '61:62' }], [ALICE]],
    ['its Acct-Session-Id', [{ kind: 'acctSessionId', value: 'c0ffee00-1' }], [BOB]],
    ['its address', [{ kind: 'framedIpAddress', value: '192.0.2.2' }], [BOB]],
    ['its prefix', [{ kind: 'framedIpv6Prefix', value: { prefixLength: 64, prefix: '2001:db8:f00d:1::' } }], [ALICE]],
    ['its name while it is de-registered for another one', [{ kind: 'userName', value: 'leaving@example.com' }], [LEAVING]],
    ['several of them that fit', [calling('00-24-d7-8e-21-b5'), { kind: 'framedIpAddress', value: '192.0.2.2' }, { kind: 'nasPortId', value: 'Wi-Fi' }], [BOB]],
    ['its name beside the envelope', [calling('00-24-d7-8e-21-b5'), { kind: 'nasIdentifier', value: 'M1@D1' }, { kind: 'eventTimestamp', value: 1 }, { kind: 'proxyState', value: '01' }, { kind: 'replyMessage', value: 'bye' }], [BOB]],
  ])('names a session by %s', (_, attributes, macs) => {
    const { ask, done } = setUp();
    expect(ask('disconnect', ...attributes)).toEqual({ kind: 'ack' });
    expect(done).toEqual(macs.map((mac) => `disconnect ${mac}`));
  });

  it.each<[string, RadiusAttribute[], number]>([
    ['names nobody', [{ kind: 'userName', value: 'nobody@example.com' }], ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND],
    ['names two at once', [calling('00-24-d7-8e-21-b5'), { kind: 'framedIpAddress', value: '192.0.2.1' }], ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND],
    ['has a Calling-Station-Id that is none', [calling('alice')], ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND],
    ['names no session at all', [], ERROR_CAUSE.MISSING_ATTRIBUTE],
    ['names an interface only', [{ kind: 'nasPortId', value: 'Wi-Fi' }], ERROR_CAUSE.MISSING_ATTRIBUTE],
    ['wants something that is not done', [calling('00-24-d7-8e-21-b5'), { kind: 'filterId', value: 'slow' }], ERROR_CAUSE.UNSUPPORTED_ATTRIBUTE],
  ])('that %s is refused, and nothing happens', (_, attributes, cause) => {
    const { ask, done } = setUp();
    expect(ask('disconnect', ...attributes)).toEqual(nak(cause));
    expect(done).toEqual([]);
  });
});

describe('a CoA-Request', () => {
  it('has the profile asked for at once', () => {
    const { ask, done } = setUp();
    expect(ask('coa', calling('00-24-d7-8e-21-a4'), { kind: 'ciscoAvPair', value: 'subscriber:command=reauthenticate' })).toEqual({ kind: 'ack' });
    expect(done).toEqual([`ask about ${ALICE}`]);
  });
  it('of somebody whose profile is not from RADIUS is refused', () => {
    expect(setUp().ask('coa', calling('00-24-d7-8e-21-c6'))).toEqual(nak(ERROR_CAUSE.UNSUPPORTED_SERVICE));
  });
  it('that wants to change something itself is refused: RADIUS says it when it is asked', () => {
    const { ask, done } = setUp();
    expect(ask('coa', calling('00-24-d7-8e-21-a4'), { kind: 'sessionTimeout', value: 60 })).toEqual(nak(ERROR_CAUSE.UNSUPPORTED_ATTRIBUTE));
    expect(ask('coa', calling('00-24-d7-8e-21-a4'), { kind: 'ciscoAvPair', value: 'mn-apn=other.example' })).toEqual(nak(ERROR_CAUSE.UNSUPPORTED_ATTRIBUTE));
    expect(done).toEqual([]);
  });
  it('of nobody is refused', () => {
    expect(setUp().ask('coa', calling('02-00-00-00-00-01'))).toEqual(nak(ERROR_CAUSE.SESSION_CONTEXT_NOT_FOUND));
  });
});
