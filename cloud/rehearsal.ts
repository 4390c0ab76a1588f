/**
 * Handovers of phones that do not exist, played in memory after the start: code that never ran is interpreted, and the first phones
 * would wait milliseconds longer than the thousandth. Nothing leaves the process.
 */
import { recordsOf } from '../linux/datapath/records.ts';
import { ANY_IPV6, parsePrefix } from '../protocol/address.ts';
import type { Endpoint } from '../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../protocol/mobility/authentication.ts';
import { ATT_WLAN, HANDOFF } from '../protocol/mobility/codes.ts';
import { decodeMessage, type Transport } from '../protocol/mobility/header.ts';
import { noUpdateFlags, type BindingUpdate } from '../protocol/mobility/messages.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import { timestampOf, type Millis, type Now } from '../protocol/units.ts';
import { wanMtuOption } from '../protocol/vendor.ts';
import { DEFAULT_VARIABLES } from './lma/config.ts';
import { createLma, step, type Lma } from './lma/lma.ts';
import { hmacSha1 } from '../runtime/hmac.ts';

interface Home {
  readonly identity: string;
  readonly endpoint: Endpoint;
}

const HOMES: readonly Home[] = [
  { identity: 'one@rehearsal.example', endpoint: { transport: 'ipv6', local: '2001:db8:2::1', remote: '2001:db8:1::1' } },
  { identity: 'two@rehearsal.example', endpoint: { transport: 'udp', local: '198.51.100.1', remote: '192.0.2.1', remotePort: 5436 } },
];
const KEY = new Uint8Array(20);
const STEP: Millis = 10_000;
const PHONES = 4;

/** Each call is one phone that comes, or moves to its other home. @returns the status of its acknowledgement */
export function createRehearsal(): () => number | undefined {
  let random = 0;
  const lma = createLma({
    name: 'lma1',
    restartCounter: 1,
    authentication: 'required',
    mags: HOMES.map(({ identity }) => ({ id: identity })),
    nodes: [{ match: '*' }],
    apns: [{ name: 'rehearsal', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'four', ipv6Pool: 'six', subscriberToSubscriber: false }],
    ipv4Pools: [{ name: 'four', network: '203.0.113.0', prefixLength: 24, router: '203.0.113.1', allowStaticAllocation: false }],
    ipv6Pools: [{ name: 'six', prefix: parsePrefix('2001:db8:3::/56'), allowStaticAllocation: false }],
    variables: DEFAULT_VARIABLES,
    random32: () => (random += 1),
  });
  let turn = 0;
  return () => {
    turn += 1;
    const home = HOMES[Math.floor(turn / PHONES) % HOMES.length] as Home;
    const now: Now = { at: turn * STEP, wall: Date.UTC(2026) + turn * STEP };
    step(lma, { kind: 'timer' }, now);
    return answered(lma, home, bindingUpdate(turn % PHONES, turn, home.identity, timestampOf(now.wall)), now);
  };
}

/** The PBU becomes octets and is decoded from them; what would be sent becomes octets, too. */
function answered(lma: Lma, { identity, endpoint }: Home, pbu: BindingUpdate, now: Now): number | undefined {
  const [into, out] = transports(endpoint);
  const careOf = endpoint.transport === 'ipv6' ? endpoint.remote : ANY_IPV6;
  const octets = encodeAuthenticated(pbu, into, careOf, KEY, hmacSha1);
  const message = decodeMessage(octets, into);
  verify(octets, message, careOf, KEY, hmacSha1);
  let status: number | undefined;
  for (const effect of step(lma, { kind: 'message', from: endpoint, message, peer: identity }, now)) {
    if (effect.kind === 'setPath') recordsOf(effect.path, { since: 0n, accessIfindex: 0, learns: true });
    if (effect.kind !== 'send') continue;
    encodeAuthenticated(effect.message, out, careOf, KEY, hmacSha1);
    if (effect.message.kind === 'bindingAcknowledgement') status = effect.message.status;
  }
  return status;
}

const transports = ({ transport, local, remote }: Endpoint): readonly [Transport, Transport] =>
  transport === 'ipv6' ? [{ kind: 'ipv6', source: remote, destination: local }, { kind: 'ipv6', source: local, destination: remote }] : [{ kind: 'udp' }, { kind: 'udp' }];

const bindingUpdate = (phone: number, sequence: number, identity: string, timestamp: bigint): BindingUpdate => ({
  kind: 'bindingUpdate',
  sequence: sequence & 0xffff,
  flags: { ...noUpdateFlags, acknowledge: true, proxy: true },
  lifetime: 3600,
  options: [
    { kind: 'mnIdentifier', subtype: NAI, identifier: `phone${phone}@rehearsal.example` },
    { kind: 'handoffIndicator', indicator: HANDOFF.UNKNOWN },
    { kind: 'accessTechnologyType', technology: ATT_WLAN },
    { kind: 'mnLinkLayerIdentifier', identifier: `02:00:00:00:00:0${phone}` },
    { kind: 'homeNetworkPrefix', prefixLength: 0, prefix: '::' },
    { kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: '0.0.0.0' },
    { kind: 'greKey', key: 0x1000 + phone },
    { kind: 'timestamp', timestamp },
    { kind: 'magIdentifier', subtype: NAI, identifier: identity },
    wanMtuOption(1500),
  ],
});
