/** The gateways' side of signalling for measuring an anchor: subscribers, their PBUs as octets, and answers to revocations. Pure. */
import type { Mac } from '../protocol/mac.ts';
import { encodeAuthenticated, type HmacSha1 } from '../protocol/mobility/authentication.ts';
import { ATT_WLAN, HANDOFF, REVOCATION_STATUS } from '../protocol/mobility/codes.ts';
import { noUpdateFlags, type BindingRevocationAcknowledgement, type BindingRevocationIndication, type BindingUpdate } from '../protocol/mobility/messages.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import type { Timestamp } from '../protocol/units.ts';
import { wanMtuOption } from '../protocol/vendor.ts';

export interface Gateway {
  readonly identity: string;
  readonly key: Uint8Array;
}

export const gateway = (number: number): Gateway => ({ identity: `home${number}@bench.example`, key: new Uint8Array(20).fill(number) });

export interface Registration {
  readonly subscriber: number;
  readonly sequence: number;
  readonly timestamp: Timestamp;
  /** `refresh`: HI 5; otherwise HI 4, as a gateway says it of whoever arrives. */
  readonly refresh?: boolean;
}

export const macOf = (n: number): Mac => `02:bb:${[24, 16, 8, 0].map((shift) => ((n >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;

/** What a gateway sends for a dual-stack subscriber (RFC 5213 §6.9.1.1). */
export function bindingUpdate({ identity }: Gateway, { subscriber, sequence, timestamp, refresh = false }: Registration): BindingUpdate {
  return {
    kind: 'bindingUpdate',
    sequence: sequence & 0xffff,
    flags: { ...noUpdateFlags, acknowledge: true, proxy: true },
    lifetime: 3600,
    options: [
      { kind: 'mnIdentifier', subtype: NAI, identifier: `subscriber${subscriber}@bench.example` },
      { kind: 'handoffIndicator', indicator: refresh ? HANDOFF.NOT_CHANGED : HANDOFF.UNKNOWN },
      { kind: 'accessTechnologyType', technology: ATT_WLAN },
      { kind: 'mnLinkLayerIdentifier', identifier: macOf(subscriber) },
      { kind: 'homeNetworkPrefix', prefixLength: 0, prefix: '::' },
      { kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: '0.0.0.0' },
      { kind: 'greKey', key: 0x1000_0000 + subscriber },
      { kind: 'timestamp', timestamp },
      { kind: 'magIdentifier', subtype: NAI, identifier: identity },
      wanMtuOption(1500),
    ],
  };
}

/** "The phone is gone from here", to a revocation (RFC 5846 §9.1). */
export const revocationAnswer = ({ sequence, flags, options }: BindingRevocationIndication): BindingRevocationAcknowledgement => ({
  kind: 'bindingRevocationAcknowledgement',
  status: REVOCATION_STATUS.SUCCESS,
  sequence,
  flags,
  options: options.filter((o) => o.kind === 'mnIdentifier'),
});

/** Signed, for IPv4-UDP. */
export const signed = ({ key }: Gateway, message: BindingUpdate | BindingRevocationAcknowledgement, hmac: HmacSha1): Uint8Array => encodeAuthenticated(message, { kind: 'udp' }, '::', key, hmac);
