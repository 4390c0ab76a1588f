/**
 * Handovers of phones that do not exist, played in memory after the start. A gateway sees few handovers, hours apart, and code
 * that ran seldom is interpreted: the first phone would wait milliseconds longer than the thousandth. Nothing leaves the process.
 */
import { phones } from '../linux/datapath/phones.ts';
import { recordsOf } from '../linux/datapath/records.ts';
import type { Netlink } from '../linux/netlink/socket.ts';
import { ANY_IPV6, MAG_LINK_LOCAL } from '../protocol/address.ts';
import { encode } from '../protocol/codec.ts';
import type { Received, Send } from '../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../protocol/mobility/authentication.ts';
import { STATUS } from '../protocol/mobility/codes.ts';
import { decodeMessage, type Transport } from '../protocol/mobility/header.ts';
import { noAcknowledgementFlags, type BindingAcknowledgement, type BindingUpdate } from '../protocol/mobility/messages.ts';
import { find } from '../protocol/mobility/options.ts';
import type { Millis, Now } from '../protocol/units.ts';
import { defaultTimers } from './mag/config.ts';
import type { MagEffect, MagEvent } from './mag/events.ts';
import { createMag, step } from './mag/mag.ts';
import type { Profile } from './mag/profile.ts';
import { hmacSha1 } from '../runtime/hmac.ts';

/** Every other phone is registered over IPv4. */
const HOMES = [{ ipv6: '2001:db8:1::1', mtu: 1500 }, { ipv4: '192.0.2.1', mtu: 1500 }] as const;
const ANCHOR = { id: 'rehearsal', ipv6: '2001:db8:2::1', ipv4: '198.51.100.1', forceUdp: 'auto' } as const;
const PROFILE: Profile = { nai: 'rehearsal@example', lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'local' };
const KEY = new Uint8Array(20);
const INTERFACE = 'rehearsal';
const STEP: Millis = 1000;

/** Encodes every request and sends none. */
const nowhere: Netlink = {
  request: ({ layout, body }) => {
    encode(layout, body);
    return [];
  },
  dump: () => [],
  close: () => undefined,
};

/** Each call is one phone that comes and goes. @returns how many paths it had */
export function createRehearsal(): () => number {
  let random = 0;
  const mag = createMag({
    identity: 'rehearsal@example',
    domain: 'example',
    lmas: [ANCHOR],
    timers: defaultTimers,
    timestamps: true,
    noRoaming: false,
    linkLocal: MAG_LINK_LOCAL,
    assumeDhcpServer: false,
    restartCounter: 1,
    random32: () => (random += 1),
  });
  const around = phones(nowhere);
  let at = 0;
  let paths = 0;
  const now = (): Now => ({ at, wall: Date.UTC(2026) + at });

  function feed(event: MagEvent): void {
    for (const effect of step(mag, event, now())) perform(effect);
  }

  function perform(effect: MagEffect): void {
    if (effect.kind === 'loadProfile') feed({ kind: 'profile', mac: effect.station.mac, question: effect.question, answer: { profile: PROFILE } });
    if (effect.kind === 'send' && effect.message.kind === 'bindingUpdate') feed(answered(effect, effect.message));
    if (effect.kind === 'setPath') {
      paths += 1;
      recordsOf(effect.path, { since: 0n, accessIfindex: 1, learns: false });
      around.add(effect.path, 1);
    }
  }

  feed({ kind: 'clock', synchronised: true });
  let n = 0;
  return () => {
    n = (n + 1) & 255;
    const mac = `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
    paths = 0;
    at += STEP;
    feed({ kind: 'careOf', careOf: HOMES[n % 2] ?? HOMES[0] });
    feed({ kind: 'stationAttached', station: { interface: INTERFACE, mac }, at });
    at += STEP;
    feed({ kind: 'stationDetached', interface: INTERFACE, mac, reason: 'rehearsed' });
    return paths;
  };
}

/** The PBU becomes octets, and so does the acknowledgement that an anchor would send; what comes back is decoded from them. */
function answered({ to }: Send, pbu: BindingUpdate): Received {
  const out: Transport = to.transport === 'ipv6' ? { kind: 'ipv6', source: to.local, destination: to.remote } : { kind: 'udp' };
  const back: Transport = to.transport === 'ipv6' ? { kind: 'ipv6', source: to.remote, destination: to.local } : { kind: 'udp' };
  const careOf = to.transport === 'ipv6' ? to.local : ANY_IPV6;
  encodeAuthenticated(pbu, out, careOf, KEY, hmacSha1);
  const octets = encodeAuthenticated(acknowledgement(pbu), back, careOf, KEY, hmacSha1);
  const message = decodeMessage(octets, back);
  verify(octets, message, careOf, KEY, hmacSha1);
  return { kind: 'message', from: to, message };
}

function acknowledgement({ sequence, lifetime, options }: BindingUpdate): BindingAcknowledgement {
  const timestamp = find(options, 'timestamp');
  return {
    kind: 'bindingAcknowledgement',
    status: STATUS.ACCEPTED,
    flags: { ...noAcknowledgementFlags, proxy: true },
    sequence,
    lifetime,
    options: [
      ...options.filter((o) => o.kind === 'mnIdentifier' || o.kind === 'handoffIndicator' || o.kind === 'accessTechnologyType' || o.kind === 'mnLinkLayerIdentifier'),
      { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:3::' },
      { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '203.0.113.2' },
      { kind: 'ipv4DefaultRouter', address: '203.0.113.1' },
      { kind: 'greKey', key: 1 },
      ...(timestamp ? [timestamp] : []),
    ],
  };
}
