/** DHCP by the client's state and the session's: the table of protocol rule 7.10, who a reply goes to, what is in it. */
import { describe, expect, it } from 'vitest';
import { startConversation, step, type Session } from '../../agent/dhcp-server/index.ts';
import { ETHERTYPE_IPV4, PROTOCOL_UDP, encodeFrame, ipv4Of, ipv4Packet } from '../../protocol/ip.ts';
import { encode } from '../../protocol/codec.ts';
import { dhcpFromPhone } from '../../lab/simulated/phoneFrames.ts';
import { BOOTREPLY, BOOTREQUEST, bootpOf } from '../../protocol/dhcp/message.ts';
import { HOA, PHONE, ROUTER, active, at, dhcp, dhcpIn, ended, hear, ipv4Only, ipv6Only, only, pending, refused, said, summary, talking, told, type Fields } from './talk.ts';

const OTHER = '192.0.2.9';
const OTHER_SERVER = '192.0.2.253';
type Type = Parameters<typeof dhcp>[0];

const messages: Record<string, readonly [Type, Fields]> = {
  discover: ['DISCOVER', {}],
  'discover with a wish': ['DISCOVER', { options: { requestedAddress: OTHER } }],
  selecting: ['REQUEST', { options: { serverIdentifier: ROUTER, requestedAddress: HOA } }],
  'selecting another address': ['REQUEST', { options: { serverIdentifier: ROUTER, requestedAddress: OTHER } }],
  'selecting without an address': ['REQUEST', { options: { serverIdentifier: ROUTER } }],
  'selecting another server': ['REQUEST', { options: { serverIdentifier: OTHER_SERVER, requestedAddress: OTHER } }],
  'selecting another server, same address': ['REQUEST', { options: { serverIdentifier: OTHER_SERVER, requestedAddress: HOA } }],
  'init-reboot': ['REQUEST', { options: { requestedAddress: HOA } }],
  'init-reboot, other address': ['REQUEST', { options: { requestedAddress: OTHER } }],
  rebinding: ['REQUEST', { ciaddr: HOA }],
  'rebinding another address': ['REQUEST', { ciaddr: OTHER }],
  'a request for nothing': ['REQUEST', {}],
  inform: ['INFORM', { ciaddr: HOA }],
  'inform from a fixed address': ['INFORM', { ciaddr: OTHER }],
  'inform from elsewhere': ['INFORM', { ciaddr: '10.0.0.1' }],
  'inform from nowhere': ['INFORM', {}],
  release: ['RELEASE', { ciaddr: HOA, options: { serverIdentifier: ROUTER } }],
  'release of another address': ['RELEASE', { ciaddr: OTHER, options: { serverIdentifier: ROUTER } }],
  'release to another server': ['RELEASE', { ciaddr: HOA, options: { serverIdentifier: OTHER_SERVER } }],
  decline: ['DECLINE', { options: { serverIdentifier: ROUTER, requestedAddress: HOA } }],
  'decline of another address': ['DECLINE', { options: { serverIdentifier: ROUTER, requestedAddress: OTHER } }],
  'decline to another server': ['DECLINE', { options: { serverIdentifier: OTHER_SERVER, requestedAddress: HOA } }],
  offer: ['OFFER', {}],
  ack: ['ACK', {}],
  nak: ['NAK', {}],
};

/** What comes out with an active session, with a refused one, and without any. */
const table: readonly [keyof typeof messages, string, string, string][] = [
  ['discover', 'dhcp-offer', 'discard dhcp-refused', 'wantBinding'],
  ['discover with a wish', 'dhcp-offer', 'discard dhcp-refused', 'wantBinding'],
  ['selecting', 'dhcp-ack', 'discard dhcp-other-server', 'wantBinding'],
  ['selecting another address', 'dhcp-nak', 'discard dhcp-other-server', 'wantBinding'],
  ['selecting without an address', 'dhcp-nak', 'discard dhcp-other-server', 'wantBinding'],
  ['selecting another server', 'discard dhcp-other-server', 'discard dhcp-other-server', 'wantBinding'],
  ['selecting another server, same address', 'dhcp-ack', 'discard dhcp-other-server', 'wantBinding'],
  ['init-reboot', 'dhcp-ack', 'dhcp-nak', 'wantBinding'],
  ['init-reboot, other address', 'dhcp-nak', 'dhcp-nak', 'wantBinding'],
  ['rebinding', 'dhcp-ack', 'dhcp-nak', 'wantBinding'],
  ['rebinding another address', 'dhcp-nak', 'dhcp-nak', 'wantBinding'],
  ['a request for nothing', 'discard dhcp-no-address', 'dhcp-nak', 'wantBinding'],
  ['inform', 'dhcp-ack', 'discard dhcp-refused', 'wantBinding'],
  ['inform from a fixed address', 'dhcp-ack', 'discard dhcp-refused', 'wantBinding'],
  ['inform from elsewhere', 'discard dhcp-inform-address', 'discard dhcp-refused', 'wantBinding'],
  ['inform from nowhere', 'discard dhcp-inform-address', 'discard dhcp-refused', 'wantBinding'],
  ['release', 'releaseIpv4', 'discard dhcp-no-lease', 'discard dhcp-no-lease'],
  ['release of another address', 'discard dhcp-no-lease', 'discard dhcp-no-lease', 'discard dhcp-no-lease'],
  ['release to another server', 'discard dhcp-no-lease', 'discard dhcp-no-lease', 'discard dhcp-no-lease'],
  ['decline', 'declineIpv4', 'discard dhcp-no-lease', 'discard dhcp-no-lease'],
  ['decline of another address', 'discard dhcp-no-lease', 'discard dhcp-no-lease', 'discard dhcp-no-lease'],
  ['decline to another server', 'discard dhcp-no-lease', 'discard dhcp-no-lease', 'discard dhcp-no-lease'],
  ['offer', 'discard dhcp-not-a-request', 'discard dhcp-not-a-request', 'discard dhcp-not-a-request'],
  ['ack', 'discard dhcp-not-a-request', 'discard dhcp-not-a-request', 'discard dhcp-not-a-request'],
  ['nak', 'discard dhcp-not-a-request', 'discard dhcp-not-a-request', 'discard dhcp-not-a-request'],
];

const frameOf = (name: keyof typeof messages) => dhcp(...(messages[name] as readonly [Type, Fields]));

describe('one message, by session', () => {
  it.each(table)('%s', (name, whenActive, whenRefused, whenNone) => {
    const got = [active, refused, ended].map((session) => summary(hear(talking(session), frameOf(name))).join());
    expect(got).toEqual([whenActive, whenRefused, whenNone]);
  });

  it('every message is in the table', () => {
    expect(table.map(([name]) => name)).toEqual(Object.keys(messages));
  });

  it.each(table)('%s while a registration is under way ends as if it had come after it', (name, whenActive, whenRefused) => {
    for (const [session, expected] of [
      [ipv4Only, whenActive],
      [refused, whenRefused],
    ] as const) {
      const c = talking(pending);
      const effects = [...hear(c, frameOf(name)), ...told(c, session)];
      // What makes no sense without a lease is not kept for later.
      expect([expected, 'discard dhcp-no-lease']).toContain(summary(effects).join());
    }
  });

  it('a selecting phone whose router is known from before is refused', () => {
    const c = talking();
    told(c, refused);
    expect(dhcpIn(hear(c, frameOf('selecting'))).options).toMatchObject({ messageType: 'NAK', serverIdentifier: ROUTER });
  });
});

describe('asking for a session', () => {
  it.each([
    ['init-reboot', { wantedAddress: HOA }],
    ['rebinding another address', { wantedAddress: OTHER }],
    ['discover with a wish', { wantedAddress: OTHER }],
    ['discover', {}],
  ])('%s names the address that the phone wants', (name, wanted) => {
    expect(hear(startConversation(PHONE), frameOf(name))).toEqual([{ kind: 'wantBinding', mac: PHONE, ...wanted }]);
  });

  it.each(['255.255.255.255', '224.0.0.1', '0.0.0.0'])('but not %s', (requestedAddress) => {
    expect(hear(startConversation(PHONE), dhcp('REQUEST', { options: { requestedAddress } }))).toEqual([{ kind: 'wantBinding', mac: PHONE }]);
  });

  it('once, however often the phone repeats itself, and not while the core is at it', () => {
    const c = startConversation(PHONE);
    expect(summary(hear(c, frameOf('discover'), 0))).toEqual(['wantBinding']);
    expect(hear(c, frameOf('discover'), 4000)).toEqual([]);
    told(c, pending, 4001);
    expect(hear(c, frameOf('discover'), 12_000)).toEqual([]);
  });

  it('also in a session that has lost its IPv4, and again after a no', () => {
    const c = talking(ipv6Only);
    expect(summary(hear(c, frameOf('discover')))).toEqual(['wantBinding']);
    expect(summary(told(c, ipv6Only))).toEqual(['discard dhcp-no-ipv4']);
    expect(summary(hear(c, frameOf('init-reboot')))).toEqual(['wantBinding']);
    expect(dhcpIn(told(c, ipv6Only)).options).toMatchObject({ messageType: 'NAK', message: 'no IPv4 in this session' });
  });

  it('the newest message is the one that is answered', () => {
    const c = talking(pending);
    hear(c, dhcp('REQUEST', { xid: 1, options: { requestedAddress: OTHER } }));
    hear(c, dhcp('DISCOVER', { xid: 2 }));
    expect(dhcpIn(told(c, ipv4Only))).toMatchObject({ xid: 2, options: { messageType: 'OFFER' } });
  });
});

describe('who a reply goes to (RFC 2131 §4.1)', () => {
  it.each([
    ['to the new address, by its MAC', dhcp('DISCOVER'), HOA],
    ['to everybody, if the client cannot hear otherwise', dhcp('DISCOVER', { flags: { broadcast: true } }), '255.255.255.255'],
    ['to ciaddr', dhcp('REQUEST', { ciaddr: HOA }), HOA],
    ['to ciaddr also with the broadcast flag', dhcp('REQUEST', { ciaddr: HOA, flags: { broadcast: true } }), HOA],
    ['an inform to its sender', dhcp('INFORM', { ciaddr: OTHER }), OTHER],
  ])('%s', (_, frame, destination) => {
    expect(only(hear(talking(), frame)).destination).toBe(destination);
  });

  it.each([
    ['known from an earlier session', () => talking(), dhcp('REQUEST', { options: { requestedAddress: HOA } }), ROUTER],
    ['addressed by unicast', () => talking(refused), dhcp('REQUEST', { ciaddr: HOA }, ROUTER), ROUTER],
    ['unknown: the dummy address of RFC 7600', () => talking(refused), dhcp('REQUEST', { options: { requestedAddress: HOA } }), '192.0.0.8'],
  ])('a refusal comes from a server that is %s', (_, make, frame, server) => {
    const c = make();
    told(c, refused);
    const answer = only(hear(c, frame));
    expect([answer.source, answer.dhcp?.options.serverIdentifier, answer.destination]).toEqual([server, server, '255.255.255.255']);
  });
});

describe('what is in a reply (RFC 2131 table 3)', () => {
  const id = '01:00:24:d7:8e:21:a4';
  it('the transaction, the flags, the hardware address and the client identifier come back (RFC 6842)', () => {
    const asked = { xid: 77, flags: { broadcast: true }, options: { clientIdentifier: id } };
    for (const frame of [dhcp('DISCOVER', asked), dhcp('REQUEST', { ...asked, options: { ...asked.options, requestedAddress: OTHER } })]) {
      expect(dhcpIn(hear(talking(), frame))).toMatchObject({ op: BOOTREPLY, xid: 77, flags: { broadcast: true }, chaddr: PHONE, siaddr: '0.0.0.0', giaddr: '0.0.0.0', options: { clientIdentifier: id } });
    }
  });

  it.each([
    ['an offer', dhcp('DISCOVER', { ciaddr: HOA }), '0.0.0.0', HOA],
    ['a lease', dhcp('REQUEST', { ciaddr: HOA }), HOA, HOA],
    ['parameters', dhcp('INFORM', { ciaddr: HOA }), HOA, '0.0.0.0'],
    ['a refusal', dhcp('REQUEST', { ciaddr: OTHER }), '0.0.0.0', '0.0.0.0'],
  ])('%s has the right ciaddr and yiaddr', (_, frame, ciaddr, yiaddr) => {
    expect(dhcpIn(hear(talking(), frame))).toMatchObject({ ciaddr, yiaddr });
  });

  it('and none where there was none', () => {
    expect(dhcpIn(hear(talking(), dhcp('DISCOVER'))).options).not.toHaveProperty('clientIdentifier');
  });

  it.each([
    ['asked for', [1, 6], true],
    ['not asked for', [1, 3], false],
    ['without a list', undefined, true],
  ])('name servers %s', (_, parameterRequestList, present) => {
    const { options } = dhcpIn(hear(talking(), dhcp('DISCOVER', { options: { parameterRequestList } })));
    expect(options.domainNameServers).toEqual(present ? active.dns4 : undefined);
  });

  it('no name server configured, none sent', () => {
    expect(dhcpIn(hear(talking({ ...active, dns4: [] }), dhcp('DISCOVER'))).options).not.toHaveProperty('domainNameServers');
  });

  it('a refusal says why, and nothing of the link', () => {
    const { options } = dhcpIn(hear(talking(), dhcp('REQUEST', { ciaddr: OTHER })));
    expect(options).toEqual({ messageType: 'NAK', serverIdentifier: ROUTER, message: 'this is not your address' });
  });

  it.each([
    [7, 3, 6],
    [1, 0, 0],
    [86_400, 43_200, 75_600],
  ])('a lease of %d s is renewed at %d and rebound at %d', (leaseSeconds, renewalTime, rebindingTime) => {
    const session: Session = { ...active, ipv4: { address: HOA, prefixLength: 24, router: ROUTER, leaseSeconds } };
    expect(dhcpIn(hear(talking(session), dhcp('DISCOVER'))).options).toMatchObject({ leaseTime: leaseSeconds, renewalTime, rebindingTime });
  });
});

describe('messages that speak for or to somebody else', () => {
  const base = bootpOf(BOOTREQUEST, 1, PHONE);
  it.each([
    ['another hardware address', dhcp('DISCOVER', { chaddr: '00:24:d7:8e:21:a5' }), 'dhcp-identity'],
    ['a client identifier that is another MAC', dhcp('DISCOVER', { options: { clientIdentifier: '01:00:24:d7:8e:21:a5' } }), 'dhcp-identity'],
    ['a client identifier that would not fit a reply', dhcp('DISCOVER', { options: { clientIdentifier: Array(256).fill('ff').join(':') } }), 'dhcp-identity'],
    ['a relay agent', dhcp('DISCOVER', { giaddr: '192.0.2.2' }), 'dhcp-relayed'],
    ['a BOOTREPLY', dhcp('DISCOVER', { op: BOOTREPLY }), 'dhcp-not-a-request'],
    ['another server by unicast', dhcp('REQUEST', { ciaddr: HOA }, OTHER_SERVER), 'dhcp-other-server'],
    ['plain BOOTP', dhcpWithout(), 'frame-value'],
  ])('%s', (_, frame, reason) => {
    expect(summary(hear(talking(), frame))).toEqual([`discard ${reason}`]);
  });

  it.each(['ff:00:00:00:01:00:01', '01:00:24:d7:8e:21:a4', '00:61:62'])('client identifier %s passes', (clientIdentifier) => {
    expect(dhcpIn(hear(talking(), dhcpFromPhone({ ...base, options: { messageType: 'DISCOVER', clientIdentifier } }, PHONE))).options.clientIdentifier).toBe(clientIdentifier);
  });

  it('a unicast renewal that was held turns out to be for another server', () => {
    const c = talking(pending);
    expect(hear(c, dhcp('REQUEST', { ciaddr: HOA }, OTHER_SERVER))).toEqual([]);
    expect(summary(told(c, ipv4Only))).toEqual(['discard dhcp-other-server']);
  });

  function dhcpWithout(): Uint8Array {
    const frame = dhcp('DISCOVER');
    // Code 53 becomes pad, and what follows a subnet mask of one octet; the UDP checksum becomes none.
    const at53 = frame.indexOf(53, 14 + 20 + 8 + 240);
    const changed = Uint8Array.from(frame, (b, i) => (i === at53 ? 0 : b));
    changed.fill(0, 14 + 20 + 6, 14 + 20 + 8);
    return changed;
  }
});

describe('the datagram around it', () => {
  const good = dhcp('DISCOVER');
  const flipped = Uint8Array.from(good, (b, i) => (i === 60 ? b ^ 1 : b));
  it('a wrong UDP checksum is refused, unless the host left it to hardware', () => {
    expect(summary(hear(talking(), flipped))).toEqual(['discard frame-checksum']);
    expect(summary(step(talking(), { kind: 'frame', frame: flipped, checksumReady: false }, at(0)))).toEqual(['dhcp-offer']);
  });

  it.each([
    ['a datagram without ports', Uint8Array.of(0, 68), 'discard frame-truncated'],
    ['a datagram to another port', Uint8Array.of(0, 68, 0, 53, 0, 8, 0, 0), ''],
  ])('%s', (_, payload, expected) => {
    const packet = encode(ipv4Packet, ipv4Of(HOA, ROUTER, PROTOCOL_UDP, payload));
    const frame = encodeFrame({ destination: 'ff:ff:ff:ff:ff:ff', source: PHONE, etherType: ETHERTYPE_IPV4, payload: packet });
    expect(summary(hear(talking(), frame)).join()).toBe(expected);
  });

  it('a fragment is not put together', () => {
    const packet = { ...ipv4Of(HOA, ROUTER, PROTOCOL_UDP, new Uint8Array(8)), moreFragments: true };
    const frame = encodeFrame({ destination: 'ff:ff:ff:ff:ff:ff', source: PHONE, etherType: ETHERTYPE_IPV4, payload: encode(ipv4Packet, packet) });
    expect(hear(talking(), frame)).toEqual([]);
  });

  it('a frame to another host on the link is none of ours', () => {
    const frame = Uint8Array.from(good);
    frame.set([0, 0x24, 0xd7, 0, 0, 9]);
    expect(said(hear(talking(), frame))).toEqual([]);
  });
});
