/** The Mobility Header, its messages and options: vectors in both directions, refusals. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, EncodeError } from '../../protocol/codec.ts';
import { decodeMessage, encodeMessage, UnknownMessageError, type Transport } from '../../protocol/mobility/header.ts';
import { noUpdateFlags, type MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf, timestampToWall } from '../../protocol/units.ts';
import { hexOf, mobilityVectors, octetsOf, transportOf, type Vector } from '../vectors/index.ts';
import { onlyDecodeErrors, updateWith } from './anyMobility.ts';

const udp: Transport = { kind: 'udp' };
const good = mobilityVectors.filter((v) => v.expect === 'ok');

describe('vectors', () => {
  it.each(good.map((v) => [v.name, v] as const))('%s decodes to what was put in', (_, v) => {
    expect(asSpec(decodeMessage(octetsOf(v.mh_hex as string), transportOf(v)))).toEqual(comparable(v));
  });

  it.each(good.map((v) => [v.name, v] as const))('%s is encoded octet for octet', (_, v) => {
    const octets = octetsOf(v.mh_hex as string);
    expect(hexOf(encodeMessage(decodeMessage(octets, transportOf(v)), transportOf(v)))).toBe(v.mh_hex);
  });

  it.each(mobilityVectors.filter((v) => v.expect === 'reject').map((v) => [v.name, v] as const))('%s is refused', (_, v) => {
    expect(() => decodeMessage(octetsOf(v.mh_hex as string), transportOf(v))).toThrow(DecodeError);
  });

  it('an unknown message type is refused as such, so that a Binding Error can answer it', () => {
    const v = mobilityVectors.find((one) => one.name === 'neg-unknown-mh-type') as Vector;
    expect(() => decodeMessage(octetsOf(v.mh_hex as string), transportOf(v))).toThrow(UnknownMessageError);
  });

  it('two IPv4 home address requests decode: the protocol refuses them, not the decoder', () => {
    const v = mobilityVectors.find((one) => one.name === 'neg-two-hoa') as Vector;
    const message = decodeMessage(octetsOf(v.mh_hex as string), transportOf(v));
    expect(message.options.filter((o) => o.kind === 'ipv4HomeAddressRequest')).toHaveLength(2);
  });

  it.each(mobilityVectors.map((v) => [v.name, v] as const))('every prefix of %s is refused or decoded', (_, v) => {
    const octets = octetsOf(v.mh_hex as string);
    for (let n = 0; n < octets.length; n++) onlyDecodeErrors(() => decodeMessage(octets.subarray(0, n), udp));
  });
});

describe('refusals', () => {
  const base = octetsOf(good[0]?.mh_hex as string);
  const changed = (at: number, value: number) => Uint8Array.from(base, (b, i) => (i === at ? value : b));
  const reasonOf = (octets: Uint8Array, transport: Transport = udp) => {
    try {
      decodeMessage(octets, transport);
      return 'decoded';
    } catch (e) {
      return (e as DecodeError).reason;
    }
  };

  it.each([
    ['no octets', new Uint8Array(0), 'truncated'],
    ['payload proto 58', changed(0, 58), 'payload-proto'],
    ['a header length past the packet', changed(1, 200), 'length'],
    ['a header length below the fixed part', changed(1, 0), 'truncated'],
    ['type 99', changed(2, 99), 'unknown-type'],
  ])('%s', (_, octets, reason) => {
    expect(reasonOf(octets)).toBe(reason);
  });

  it('a flipped bit fails the checksum over IPv6 and not over UDP', () => {
    const transport = transportOf(good[0] as Vector);
    expect(reasonOf(changed(7, 9), transport)).toBe('checksum');
    expect(reasonOf(changed(7, 9))).toBe('decoded');
  });

  it('binding revocation type 3', () => {
    expect(reasonOf(octetsOf('3b011000000003800001a00001020000'))).toBe('value');
  });

  it.each([
    ['a prefix length of 256', { kind: 'homeNetworkPrefix', prefixLength: 256, prefix: '::' }],
    ['a prefix that is no address', { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: 'nonsense' }],
    ['an IPv4 prefix length of 64', { kind: 'ipv4HomeAddressRequest', prefixLength: 64, address: '192.0.2.1' }],
    ['a negative key', { kind: 'greKey', key: -1 }],
    ['a negative timestamp', { kind: 'timestamp', timestamp: -1n }],
    ['a binary identifier in letters', { kind: 'mnIdentifier', subtype: 5, identifier: 'not hex' }],
  ] as const)('%s does not encode', (_, option) => {
    expect(() => encodeMessage(update([option]), udp)).toThrow(EncodeError);
  });
});

describe('what comes back', () => {
  it('unknown options are kept with their octets', () => {
    const message = decodeMessage(updateWith(222, Uint8Array.of(1, 2, 3)), udp);
    expect(message.options).toEqual([{ kind: 'unknown', type: 222, data: Uint8Array.of(1, 2, 3) }]);
  });

  it('a timestamp keeps its wall clock to a sixty-five thousandth of a second', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (wall) => Math.abs(timestampToWall(timestampOf(wall)) - wall) < 0.02));
  });
});

function update(options: readonly MobilityOption[]): MobilityMessage {
  return { kind: 'bindingUpdate', sequence: 1, flags: { ...noUpdateFlags, acknowledge: true, proxy: true }, lifetime: 3600, options };
}

/** Our value in the words of the vectors' `spec`, which knows nothing of our names. */
function asSpec(m: MobilityMessage): object {
  const options = m.options.map(optionSpec);
  switch (m.kind) {
    case 'bindingUpdate':
      return { mh_type: 5, seq: m.sequence, lifetime: m.lifetime / 4, flags: mask(m.flags, UPDATE_BITS), options };
    case 'bindingAcknowledgement':
      return { mh_type: 6, seq: m.sequence, lifetime: m.lifetime / 4, status: m.status, flags: mask(m.flags, ACK_BITS), options };
    case 'bindingError':
      return { mh_type: 7, status: m.status, home: m.homeAddress, options };
    case 'heartbeat':
      return { mh_type: 13, seq: m.sequence, u: Number(m.flags.unsolicited), r: Number(m.flags.response), options };
    case 'bindingRevocationIndication':
      return { mh_type: 16, msg: 'BRI', trigger: m.trigger, seq: m.sequence, flags: mask(m.flags, BR_BITS), options };
    case 'bindingRevocationAcknowledgement':
      return { mh_type: 16, msg: 'BRA', status: m.status, seq: m.sequence, flags: mask(m.flags, BR_BITS), options };
    case 'updateNotification':
      return { mh_type: 19, seq: m.sequence, reason: m.reason, flags: mask(m.flags, { acknowledge: 0x8000, retransmission: 0x4000 }), options };
    case 'updateNotificationAcknowledgement':
      return { mh_type: 20, seq: m.sequence, status: m.status, options };
  }
}

const UPDATE_BITS = { acknowledge: 0x8000, homeRegistration: 0x4000, linkLocal: 0x2000, keyManagement: 0x1000, mapRegistration: 0x0800, mobileRouter: 0x0400, proxy: 0x0200, forceUdp: 0x0100, tlv: 0x0080, bulk: 0x0040 };
const ACK_BITS = { keyManagement: 0x80, mobileRouter: 0x40, proxy: 0x20, tlv: 0x10, bulk: 0x08 };
const BR_BITS = { proxy: 0x8000, ipv4Only: 0x4000, global: 0x2000 };
const mask = (flags: Readonly<Record<string, boolean>>, bits: Readonly<Record<string, number>>): number => Object.entries(bits).reduce((sum, [name, bit]) => sum + (flags[name] ? bit : 0), 0);

function optionSpec(o: MobilityOption): object {
  switch (o.kind) {
    case 'alternateCareOfAddress': return { type: 3, address: o.address };
    case 'mnIdentifier': return { type: 8, subtype: o.subtype, id: o.subtype === 1 ? o.identifier : o.identifier.replaceAll(':', '') };
    case 'serviceSelection': return { type: 20, service: o.service };
    case 'homeNetworkPrefix': return { type: 22, prefix: o.prefix, length: o.prefixLength };
    case 'handoffIndicator': return { type: 23, hi: o.indicator };
    case 'accessTechnologyType': return { type: 24, att: o.technology };
    case 'mnLinkLayerIdentifier': return { type: 25, id: o.identifier.replaceAll(':', '') };
    case 'linkLocalAddress': return { type: 26, address: o.address };
    case 'timestamp': return { type: 27, seconds: Number(o.timestamp >> 16n), fraction: Number(o.timestamp & 0xffffn) };
    case 'restartCounter': return { type: 28, counter: o.counter };
    case 'natDetection': return { type: 31, f: Number(o.flags.forceUdp), refresh: o.refreshSeconds };
    case 'greKey': return { type: 33, key: o.key ?? null };
    case 'ipv4HomeAddressRequest': return { type: 36, address: o.address, length: o.prefixLength };
    case 'ipv4HomeAddressReply': return { type: 37, status: o.status, address: o.address, length: o.prefixLength };
    case 'ipv4DefaultRouter': return { type: 38, address: o.address };
    case 'ipv4DhcpSupportMode': return { type: 39, server: Number(o.flags.server) };
    case 'redirect': return { type: 47, ipv6: Number(o.address.includes(':')), address: o.address };
    case 'loadInformation': return { type: 48, priority: o.priority, sessions: o.sessionsInUse, max_sessions: o.maximumSessions, capacity: o.usedCapacity, max_capacity: o.maximumCapacity };
    case 'mobileNodeGroupIdentifier': return { type: 50, subtype: o.subtype, group: o.group };
    case 'qualityOfService': return { type: 58, sr_id: o.serviceRequest, dscp: o.dscp, oc: o.operation, attrs: 'compared by re-encoding' };
    case 'lmaControlledMagParameters': {
      const values = o.parameters.map((p) => (p.kind === 'bindingReregistration' ? { rereg: [p.start, p.initialRetransmission, p.maximumRetransmission] } : p.kind === 'heartbeat' ? { heartbeat: [p.interval, p.retransmissionDelay, p.maxRetransmissions] } : {}));
      return Object.assign({ type: 62 }, ...values) as object;
    }
    default: throw new Error(`no vector has ${o.kind}; describe it here when one does`);
  }
}

function comparable(v: Vector): object {
  const { msg, options = [], ...rest } = v.spec ?? {};
  return { ...rest, ...(msg === 'BRI' || msg === 'BRA' ? { msg } : {}), options: options.map((o) => (o['type'] === 58 ? { ...o, attrs: 'compared by re-encoding' } : o)) };
}

describe('find', () => {
  it('gives the first of a kind', () => {
    const options: MobilityOption[] = [{ kind: 'greKey', key: 1 }, { kind: 'greKey', key: 2 }];
    expect(find(options, 'greKey')).toEqual({ kind: 'greKey', key: 1 });
    expect(find(options, 'timestamp')).toBeUndefined();
  });
});
