/** DHCP messages: vectors in both directions, the option rules of RFC 2131, 2132 and 3396, refusals, properties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../protocol/codec.ts';
import { BOOTREQUEST, bootpOf, decodeDhcp, encodeDhcp, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import { dhcpMessageTypes, type DhcpOptions } from '../../protocol/dhcp/options.ts';
import { hexOf, octetsOf, vectors } from '../vectors/index.ts';
import { dhcpPayloadOf } from './accessDecoders.ts';
import { octetsNamed, reasonOf } from './codecs.ts';

const MAC = '00:24:d7:8e:21:a4';
const CLIENT = '01:00:24:d7:8e:21:a4';
const WISHES = [1, 3, 6, 15, 26, 51, 54];
const LEASE = { leaseTime: 3600, renewalTime: 1800, rebindingTime: 3150 };
const LINK = { subnetMask: '255.255.255.0', routers: ['192.0.2.254'], domainNameServers: ['198.51.100.250', '198.51.100.251'], interfaceMtu: 1444 };
const SERVER = { serverIdentifier: '192.0.2.254' };

const named = vectors.filter((v) => v.name.startsWith('dhcp-'));

describe('vectors', () => {
  const expected: Record<string, { fixed?: Partial<DhcpMessage>; options: DhcpOptions }> = {
    'dhcp-offer': { fixed: { op: 2, yiaddr: '192.0.2.1', flags: { broadcast: true } }, options: { messageType: 'OFFER', ...SERVER, ...LEASE, ...LINK } },
    'dhcp-ack-renew-unicast': { fixed: { op: 2, ciaddr: '192.0.2.1', yiaddr: '192.0.2.1' }, options: { messageType: 'ACK', ...SERVER, ...LEASE, ...LINK } },
    'dhcp-ack-inform': { fixed: { op: 2, ciaddr: '192.0.2.1' }, options: { messageType: 'ACK', ...SERVER, ...LINK } },
    'dhcp-discover': { options: { messageType: 'DISCOVER', clientIdentifier: CLIENT, parameterRequestList: WISHES } },
    'dhcp-request-initreboot': { options: { messageType: 'REQUEST', clientIdentifier: CLIENT, requestedAddress: '192.0.2.1', parameterRequestList: WISHES } },
    'dhcp-request-renewing': { fixed: { ciaddr: '192.0.2.1' }, options: { messageType: 'REQUEST', clientIdentifier: CLIENT, parameterRequestList: WISHES } },
    'dhcp-decline': { options: { messageType: 'DECLINE', clientIdentifier: CLIENT, ...SERVER, requestedAddress: '192.0.2.1' } },
    'dhcp-inform': { fixed: { ciaddr: '192.0.2.1' }, options: { messageType: 'INFORM', clientIdentifier: CLIENT, parameterRequestList: WISHES } },
  };

  it.each(named.map((v) => [v.name] as const))('%s decodes to what was put in', (name) => {
    const zero = '0.0.0.0';
    const fixed = { op: 1, htype: 1, hops: 0, xid: 0x3903f326, secs: 0, flags: { broadcast: false }, ciaddr: zero, yiaddr: zero, siaddr: zero, giaddr: zero, chaddr: MAC };
    expect(decodeDhcp(dhcpPayloadOf(octetsNamed(name)))).toEqual({ ...fixed, ...expected[name]?.fixed, options: expected[name]?.options });
  });

  it.each(named.map((v) => [v.name] as const))('%s is encoded octet for octet', (name) => {
    const payload = dhcpPayloadOf(octetsNamed(name));
    expect(hexOf(encodeDhcp(decodeDhcp(payload)))).toBe(hexOf(payload));
  });
});

const bare: DhcpMessage = { ...bootpOf(BOOTREQUEST, 7, MAC), options: { messageType: 'DISCOVER' } };

/** A message with these option fields, in hex. */
function withFields(options: string, file = '', sname = ''): Uint8Array {
  const out = Uint8Array.from([...encodeDhcp(bare).subarray(0, 240), ...octetsOf(options)]);
  out.set(octetsOf(sname), 44);
  out.set(octetsOf(file), 108);
  return out;
}
const optionsOf = (options: string, file?: string, sname?: string) => decodeDhcp(withFields(options, file, sname)).options;
const DISCOVER = '350101';

describe('option fields (RFC 2131 §4.1, RFC 3396)', () => {
  it.each([
    ['pads between options', `00${DISCOVER}0000320400000001ff`, { messageType: 'DISCOVER', requestedAddress: '0.0.0.1' }],
    ['nothing behind the end option counts', `${DISCOVER}ff320400000001`, { messageType: 'DISCOVER' }],
    ['a missing end option is forgiven', DISCOVER, { messageType: 'DISCOVER' }],
    ['an unknown option is kept', `${DISCOVER}e003aabbccff`, { messageType: 'DISCOVER', unknown: [{ code: 224, data: 'aa:bb:cc' }] }],
    ['an empty unknown option is kept', `${DISCOVER}5000ff`, { messageType: 'DISCOVER', unknown: [{ code: 80, data: '' }] }],
    ['instances are joined in their order', `0c0161${DISCOVER}0c026263ff`, { messageType: 'DISCOVER', hostName: 'abc' }],
    ['instances are joined also where none holds a whole address', `${DISCOVER}0602c0000602020eff`, { messageType: 'DISCOVER', domainNameServers: ['192.0.2.14'] }],
    ['trailing nulls of text are deleted', `${DISCOVER}0c0461620000ff`, { messageType: 'DISCOVER', hostName: 'ab' }],
  ] as const)('%s', (_, hex, expected) => {
    expect(optionsOf(hex)).toEqual(expected);
  });

  it.each([
    ['a subnet mask of 3 octets', '0103ffffff', { code: 1, data: 'ff:ff:ff' }],
    ['two subnet masks', '0104ffffff000104ffffff00', { code: 1, data: 'ff:ff:ff:00:ff:ff:ff:00' }],
    ['routers of 5 octets', '0305c000020101', { code: 3, data: 'c0:00:02:01:01' }],
    ['no router', '0300', { code: 3, data: '' }],
    ['an MTU of 1 octet', '1a0105', { code: 26, data: '05' }],
    ['a lease of 2 octets', '33020e10', { code: 51, data: '0e:10' }],
    ['a host name that is no UTF-8', '0c01ff', { code: 12, data: 'ff' }],
    ['a host name of nulls', '0c020000', { code: 12, data: '00:00' }],
  ])('%s is skipped and kept', (_, hex, unknown) => {
    expect(optionsOf(`${DISCOVER}${hex}ff`)).toEqual({ messageType: 'DISCOVER', unknown: [unknown] });
  });

  it.each([
    ['no message type: plain BOOTP', 'ff', 'value'],
    ['no option at all', '', 'value'],
    ['message type 0', '350100ff', 'unknown-type'],
    ['message type 9', '350109ff', 'unknown-type'],
    ['a message type of 2 octets', '35020101ff', 'trailing'],
    ['an empty message type', '3500ff', 'length'],
    ['two message types', '350101350103ff', 'trailing'],
    ['a server identifier of 3 octets', `${DISCOVER}3603c00002ff`, 'truncated'],
    ['a requested address of 5 octets', `${DISCOVER}3205c000020100ff`, 'trailing'],
    ['a client identifier of 1 octet', `${DISCOVER}3d0101ff`, 'length'],
    ['an option that runs past the message', `${DISCOVER}0c0561`, 'truncated'],
    ['an option without its length', `${DISCOVER}0c`, 'truncated'],
    ['overload 0', `${DISCOVER}340100ff`, 'value'],
    ['overload 4', `${DISCOVER}340104ff`, 'value'],
    ['overload of no octets', `${DISCOVER}3400ff`, 'value'],
    ['overload of 2 octets', `${DISCOVER}34020101ff`, 'value'],
  ])('refuses %s', (_, hex, reason) => {
    expect(reasonOf(() => optionsOf(hex))).toBe(reason);
  });

  describe('overload (RFC 2132 §9.3)', () => {
    const file = '0c0162ff';
    const sname = '0c0163ff';
    it.each([
      ['absent: both are names', '', 'a', { file: '\f\x01bÿ', sname: '\f\x01cÿ' }],
      ['1: file', '340101', 'ab', { sname: '\f\x01cÿ' }],
      ['2: sname', '340102', 'ac', { file: '\f\x01bÿ' }],
      ['3: options, file, sname in this order', '340103', 'abc', {}],
    ])('%s', (_, overload, hostName, names) => {
      const m = decodeDhcp(withFields(`${overload}${DISCOVER}0c0161ff`, file, sname));
      expect(m.options.hostName).toBe(hostName);
      expect({ ...(m.file === undefined ? {} : { file: m.file }), ...(m.sname === undefined ? {} : { sname: m.sname }) }).toEqual(names);
    });

    it('an overload option inside an overloaded field says nothing', () => {
      expect(optionsOf(`340101${DISCOVER}ff`, '340102ff', '0c0163ff')).toEqual({ messageType: 'DISCOVER' });
    });

    it('the message type may stand in an overloaded field', () => {
      expect(optionsOf('340102ff', '', '350108ff').messageType).toBe('INFORM');
    });

    it('an option may not run past the field it stands in', () => {
      expect(reasonOf(() => optionsOf(`340102${DISCOVER}ff`, '', `${'00'.repeat(62)}0c05`))).toBe('truncated');
    });
  });
});

describe('the fixed part', () => {
  const octets = encodeDhcp(bare);
  const changed = (at: number, value: number) => Uint8Array.from(octets, (b, i) => (i === at ? value : b));

  it('a message has 300 octets at least and holds names as octets', () => {
    expect(octets).toHaveLength(300);
    const names = { sname: 's'.repeat(64), file: 'é/boot' };
    expect(decodeDhcp(encodeDhcp({ ...bare, ...names }))).toEqual({ ...bare, ...names });
  });

  it('an address of another hardware type has its own length', () => {
    const infiniband = { ...bare, htype: 32, chaddr: '' };
    expect(decodeDhcp(encodeDhcp(infiniband))).toEqual(infiniband);
  });

  it.each([
    ['op 0', changed(0, 0), 'value'],
    ['op 3', changed(0, 3), 'value'],
    ['an Ethernet address of 5 octets', changed(2, 5), 'length'],
    ['a hardware address of 17 octets', changed(2, 17), 'length'],
    ['another cookie', changed(239, 0), 'value'],
    ['no cookie', octets.subarray(0, 236), 'truncated'],
  ])('refuses %s', (_, input, reason) => {
    expect(reasonOf(() => decodeDhcp(input))).toBe(reason);
  });

  it.each([
    ['a file name too long', { ...bare, file: 'x'.repeat(129) }],
    ['a file name with a null', { ...bare, file: 'a\0b' }],
    ['a server name that is no octets', { ...bare, sname: '\u0100' }],
    ['a hardware address too long', { ...bare, chaddr: Array(17).fill('00').join(':') }],
    ['a known option as unknown beside itself', { ...bare, options: { messageType: 'DISCOVER', unknown: [{ code: 53, data: '01' }] } }],
    ['pad as an option', { ...bare, options: { messageType: 'DISCOVER', unknown: [{ code: 0, data: '' }] } }],
    ['end as an option', { ...bare, options: { messageType: 'DISCOVER', unknown: [{ code: 255, data: '' }] } }],
  ] as const)('cannot encode %s', (_, value) => {
    expect(() => encodeDhcp(value)).toThrow(EncodeError);
  });
});

describe('properties', () => {
  const ip = fc.ipV4();
  const u32 = fc.nat({ max: 0xffff_ffff });
  const hexOctets = (minLength: number, maxLength = 600) => fc.uint8Array({ minLength, maxLength }).map((o) => Array.from(o, (b) => b.toString(16).padStart(2, '0')).join(':'));
  const options = fc.record(
    {
      messageType: fc.constantFrom(...dhcpMessageTypes),
      clientIdentifier: hexOctets(2),
      serverIdentifier: ip,
      leaseTime: u32,
      requestedAddress: ip,
      subnetMask: ip,
      routers: fc.array(ip, { minLength: 1, maxLength: 100 }),
      domainNameServers: fc.array(ip, { minLength: 1, maxLength: 100 }),
      interfaceMtu: fc.nat({ max: 0xffff }),
      parameterRequestList: fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 300 }),
      hostName: fc.string({ minLength: 1, maxLength: 700 }).filter((s) => !s.includes('\0')),
      unknown: fc.uniqueArray(fc.record({ code: fc.integer({ min: 128, max: 254 }), data: hexOctets(0) }), { selector: (o) => o.code, minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: ['messageType'] },
  );

  it('any message comes back equal, also with values of several instances', () => {
    fc.assert(
      fc.property(options, ip, u32, fc.boolean(), (chosen, ciaddr, xid, broadcast) => {
        const message: DhcpMessage = { ...bare, ciaddr, xid, flags: { broadcast }, options: chosen };
        expect(decodeDhcp(encodeDhcp(message))).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  it('a value of 256 octets goes out as two instances, of 255 and of 1', () => {
    const data = Array(256).fill('aa').join(':');
    const octets = encodeDhcp({ ...bare, options: { messageType: 'DISCOVER', unknown: [{ code: 224, data }] } });
    expect(hexOf(octets.subarray(240 + 3, 240 + 5))).toBe('e0ff');
    expect(hexOf(octets.subarray(240 + 3 + 257, 240 + 3 + 257 + 4))).toBe('e001aaff');
  });
});
