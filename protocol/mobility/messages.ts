/**
 * The mobility messages of the product, one row each: MH type, fixed part from octet 6 on, RFC. Two rows share type 16 and
 * differ in their first octet (RFC 5846 §5). The options that follow are common to all.
 */
import { constant, flags, ipv6, reserved, struct, u16, u32, u8, type Codec, type ValueOf } from '../codec.ts';
import { lifetime, type MobilityOption } from './options.ts';

export interface MessageRow<T> {
  /** IANA "Mobility Header Types" number. */
  readonly type: number;
  /** The fixed part, from octet 6 to the first option. */
  readonly fixed: Codec<T>;
  readonly rfc: string;
  /** Value of the first octet of the fixed part, where several messages share a type. */
  readonly subtype?: number;
}
const message = <T>(type: number, fixed: Codec<T>, rfc: string, subtype?: number): MessageRow<T> => ({ type, fixed, rfc, ...(subtype === undefined ? {} : { subtype }) });

/** RFC 6275 §6.1.7; P: 5213 §8.1, F: 5844 §4.1.3.1, T: 5845 §6.2, B: 6602 §4.1 */
const updateFlags = flags(u16, { acknowledge: 0x8000, homeRegistration: 0x4000, linkLocal: 0x2000, keyManagement: 0x1000, mapRegistration: 0x0800, mobileRouter: 0x0400, proxy: 0x0200, forceUdp: 0x0100, tlv: 0x0080, bulk: 0x0040 });
/** RFC 6275 §6.1.8 with the same extensions */
const acknowledgementFlags = flags(u8, { keyManagement: 0x80, mobileRouter: 0x40, proxy: 0x20, tlv: 0x10, bulk: 0x08 });
/** RFC 5846 §5.1: proxy binding, IPv4 home address only, global */
const revocationFlags = flags(u16, { proxy: 0x8000, ipv4Only: 0x4000, global: 0x2000 });

export const messageTypes = {
  bindingUpdate: message(5, struct({ sequence: u16, flags: updateFlags, lifetime }), 'RFC 6275 §6.1.7, RFC 5213 §8.1'),
  bindingAcknowledgement: message(6, struct({ status: u8, flags: acknowledgementFlags, sequence: u16, lifetime }), 'RFC 6275 §6.1.8, RFC 5213 §8.2'),
  bindingError: message(7, struct({ status: u8, _: reserved(1), homeAddress: ipv6 }), 'RFC 6275 §6.1.9'),
  heartbeat: message(13, struct({ flags: flags(u16, { unsolicited: 0x0002, response: 0x0001 }), sequence: u32 }), 'RFC 5847 §3.3'),
  bindingRevocationIndication: message(16, struct({ _: constant(u8, 1), trigger: u8, sequence: u16, flags: revocationFlags }), 'RFC 5846 §5.1', 1),
  bindingRevocationAcknowledgement: message(16, struct({ _: constant(u8, 2), status: u8, sequence: u16, flags: revocationFlags }), 'RFC 5846 §5.2', 2),
  updateNotification: message(19, struct({ sequence: u16, reason: u16, flags: flags(u16, { acknowledge: 0x8000, retransmission: 0x4000 }) }), 'RFC 7077 §4.1'),
  updateNotificationAcknowledgement: message(20, struct({ sequence: u16, status: u8, _: reserved(3) }), 'RFC 7077 §4.2'),
} as const;

export type MessageKind = keyof typeof messageTypes;
/** One decoded message: `kind` is its row's name. */
export type MobilityMessage = { [K in MessageKind]: { readonly kind: K } & ValueOf<(typeof messageTypes)[K]['fixed']> & { readonly options: readonly MobilityOption[] } }[MessageKind];
export type MessageNamed<K extends MessageKind> = Extract<MobilityMessage, { readonly kind: K }>;

export type BindingUpdate = MessageNamed<'bindingUpdate'>;
export type BindingAcknowledgement = MessageNamed<'bindingAcknowledgement'>;
export type BindingRevocationIndication = MessageNamed<'bindingRevocationIndication'>;
export type BindingRevocationAcknowledgement = MessageNamed<'bindingRevocationAcknowledgement'>;

export const noUpdateFlags: BindingUpdate['flags'] = { acknowledge: false, homeRegistration: false, linkLocal: false, keyManagement: false, mapRegistration: false, mobileRouter: false, proxy: false, forceUdp: false, tlv: false, bulk: false };
export const noAcknowledgementFlags: BindingAcknowledgement['flags'] = { keyManagement: false, mobileRouter: false, proxy: false, tlv: false, bulk: false };

/** Types without a row, for whoever reads a capture. */
export const otherMessageNames: Readonly<Record<number, string>> = {
  0: 'Binding Refresh Request', 1: 'Home Test Init', 2: 'Care-of Test Init', 3: 'Home Test', 4: 'Care-of Test', 8: 'Fast Binding Update', 9: 'Fast Binding Acknowledgement',
  10: 'Fast Neighbor Advertisement', 11: 'Experimental', 12: 'Home Agent Switch', 14: 'Handover Initiate', 15: 'Handover Acknowledge', 17: 'Localized Routing Initiation',
  18: 'Localized Routing Acknowledgement', 21: 'Flow Binding', 22: 'Subscription Query', 23: 'Subscription Response',
};
