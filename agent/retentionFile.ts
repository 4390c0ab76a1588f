/** What a retained binding's file holds: JSON of one version, every field checked, since a half-right binding would be worse than none. */
import * as v from 'valibot';
import { canonicalIp, isIpv4, isIpv6 } from '../protocol/address.ts';
import { canonicalMac } from '../protocol/mac.ts';
import type { RetainedBinding } from './mag/retained.ts';

/** Grows with each change of the fields below. */
const VERSION = 2;

const text = v.pipe(v.string(), v.nonEmpty());
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const key = v.pipe(whole, v.maxValue(0xffff_ffff));
const canonical = (what: string, test: (s: string) => boolean) => v.pipe(v.string(), v.check(test, `expected ${what}`));
const ipv4 = canonical('an IPv4 address', (s) => isIpv4(s) && canonicalIp(s) === s);
const ipv6 = canonical('an IPv6 address', (s) => isIpv6(s) && canonicalIp(s) === s);
const mac = canonical('a MAC address', (s) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(s) && canonicalMac(s) === s);
const ip = v.union([ipv4, ipv6]);
const prefix = v.strictObject({ address: ipv6, length: v.pipe(whole, v.maxValue(128)) });
const flag = v.exactOptional(v.boolean());

const profile = v.strictObject({
  nai: text,
  apn: v.exactOptional(text),
  lmas: v.array(text),
  ipv4: v.boolean(),
  ipv6: v.boolean(),
  dns4: v.array(ipv4),
  dns6: v.array(ipv6),
  wantedIpv4: v.exactOptional(ipv4),
  wantedPrefixes: v.exactOptional(v.array(prefix)),
  exclusive: v.exactOptional(v.literal(true)),
  source: v.picklist(['local', 'default', 'radius']),
});

const tunnel = v.strictObject({
  transport: v.picklist(['gre6', 'gre4', 'udp4']),
  local: ip,
  remote: ip,
  remotePort: v.exactOptional(v.pipe(whole, v.maxValue(65535))),
  sendKey: key,
  receiveKey: key,
  mtu: whole,
});

const path = v.strictObject({
  index: whole,
  space: whole,
  ipv4: v.exactOptional(ipv4),
  prefixes: v.array(prefix),
  tunnel,
  access: v.strictObject({ interface: text, mac }),
  peers: flag,
});

const binding = v.pipe(
  v.strictObject({
    version: v.literal(VERSION),
    mac,
    interface: text,
    index: whole,
    downlinkKey: key,
    uplinkKey: key,
    identity: v.exactOptional(v.string()),
    profile,
    lma: text,
    assignedOver: v.exactOptional(v.picklist(['ipv6', 'ipv4'])),
    assigned: v.strictObject({
      ipv4: v.exactOptional(v.strictObject({ address: ipv4, prefixLength: v.pipe(whole, v.maxValue(32)), router: ipv4 })),
      prefixes: v.array(prefix),
      linkLocal: v.exactOptional(ipv6),
      dns4: v.exactOptional(v.array(ipv4)),
      dns6: v.exactOptional(v.array(ipv6)),
      mtu: v.exactOptional(whole),
    }),
    path,
    granted: v.pipe(v.number(), v.finite(), v.minValue(0)),
    grantedUntil: v.pipe(v.number(), v.finite()),
    lessons: v.strictObject({ noIpv4: flag, noIpv6: flag, noForceUdp: flag, noTlv: flag, noRedirect: flag, askAnew: v.exactOptional(v.picklist(['prefixes', 'ipv4', 'both'])) }),
    dhcpServer: v.boolean(),
    keepaliveEvery: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(1))),
  }),
  v.check((b) => b.path.index === b.index && b.path.access.mac === b.mac && b.path.tunnel.receiveKey === b.downlinkKey, 'its path is that of another binding'),
);

export const encodeRetained = (b: RetainedBinding): string => JSON.stringify({ version: VERSION, ...b });

/** @throws Error with the first thing that is wrong */
export function decodeRetained(json: string): RetainedBinding {
  const result = v.safeParse(binding, JSON.parse(json));
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(`${issue.path?.map((item) => String(item.key)).join('.') ?? 'the file'}: ${issue.message}`);
  }
  const { version: _, ...retained } = result.output;
  return retained;
}
