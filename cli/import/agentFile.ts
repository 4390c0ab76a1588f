/** An IOS MAG as our agent's configuration. */
import type { Apn } from './staros.ts';
import type { MagDraft, Nai } from './ios.ts';
import type { Remark, Tree } from './write.ts';

export interface AgentContext {
  /** The device towards the internet, which IOS does not name. */
  readonly uplink: string;
  /** By id of the LMA: the key that this gateway and it share. */
  readonly keys: ReadonlyMap<string, string>;
  /** Of the LMAs that are imported beside it. */
  readonly apns: readonly Apn[];
}

export const identityOf = (d: MagDraft): string => `${d.mag?.name ?? 'M1'}@${d.domain ?? 'D1'}`;

export function agentFile(d: MagDraft, { uplink, keys, apns }: AgentContext): { readonly tree: Tree; readonly remarks: Remark[] } {
  const remarks: Remark[] = [];
  const locals = d.nais.filter((n) => n.mac !== undefined);
  const defaults = d.nais.filter((n) => n.mac === undefined);
  const asked = d.loadAaa !== undefined;
  const servers = serversOf(d);
  const radius = asked && servers.length > 0;
  if (asked && !radius) remarks.push({ about: 'mn-profile-load-aaa', message: 'no RADIUS server with a key is named (radius-server host … key …), so the default profiles alone are used: add radius-servers and mn-profile-load-aaa: true' });
  if (d.mag === undefined) remarks.push({ about: 'mag', message: 'no "ipv6 mobile pmipv6-mag" was found: M1 was assumed' });
  const outside = [...d.interfaces].find(([, i]) => i.addresses.some((a) => Object.values(d.address).includes(a)))?.[0];
  remarks.push({ about: 'uplink', message: `the device towards the internet${outside === undefined ? ', which IOS does not name' : ` (${outside} in IOS)`}: ${uplink} was assumed (--uplink)` });
  if (d.access.length > 0) remarks.push({ about: 'interfaces', message: 'each device is assumed to be a bridge of its VLAN (br-VLAN); with hostapd on this machine give hostapd: [/run/hostapd/wlan0] instead of first-packet: true' });

  const tree: Tree = {
    domain: d.domain ?? 'D1',
    mag: d.mag?.name ?? 'M1',
    uplink,
    ...(d.address.ipv4 ?? d.address.ipv6 ? { address: { ...d.address } } : {}),
    'replay-protection': d.sequence ? 'sequence' : 'timestamp',
    ...(radius ? { 'mn-profile-load-aaa': true, 'radius-servers': servers, ...(Object.keys(d.radius).length > 0 ? { radius: d.radius } : {}) } : {}),
    'local-mobility-anchors': d.lmas.map((l) => ({ id: l.id, ...(l.ipv6 === undefined ? {} : { 'ipv6-address': l.ipv6 }), ...(l.ipv4 === undefined ? {} : { 'ipv4-address': l.ipv4 }), ...(keys.has(l.id) ? { key: keys.get(l.id) } : {}) })),
    ...(defaults.length > 0 ? { 'default-profiles': Object.fromEntries(defaults.map((n) => [n.nai, profile(n, apns)])) } : {}),
    ...(locals.length > 0 ? { profiles: locals.map((n) => ({ nai: n.nai, ...profile(n, apns), 'l2-addr': n.mac as string })) } : {}),
    ...(Object.keys(d.timers).length > 0 ? { timers: d.timers } : {}),
    ...(d.discover ? { 'discover-mn-detach': d.discover } : {}),
    ...(d.maxBindings === undefined ? {} : { 'max-bindings': d.maxBindings }),
    interfaces: d.access.map((a) => ({ name: a.name, device: deviceOf(d, a.name), ...(a.defaultProfile === undefined ? {} : { 'default-profile': a.defaultProfile }), 'first-packet': true })),
  };
  return { tree, remarks };
}

/** The guide's service is IPv4 alone unless a profile says otherwise. */
const profile = (n: Nai, apns: readonly Apn[]): Tree => {
  const dns = apns.find((a) => a.name === n.apn)?.dns ?? [];
  return { ...(n.apn === undefined ? {} : { apn: n.apn }), ...(n.lma === undefined ? {} : { lma: n.lma }), service: n.service ?? 'ipv4', ...(dns.length > 0 ? { dns } : {}) };
};

/** Of the group that profiles come from, if there is one; the key stands with the host, or is that of all. */
function serversOf(d: MagDraft): Tree[] {
  const group = d.group === undefined ? undefined : d.groups.get(d.group);
  const keyOf = (address: string): string | undefined => d.servers.find((s) => s.address === address)?.key ?? d.key;
  return (group ?? d.servers).flatMap((s) => {
    const key = s.key ?? keyOf(s.address);
    return key === undefined ? [] : [{ address: s.address, 'auth-port': s.authPort, 'acct-port': s.acctPort, key }];
  });
}

/** A device may have 15 characters; an interface's VLAN is what tells it from the others. */
const deviceOf = (d: MagDraft, name: string): string => `br-${d.interfaces.get(name)?.vlan ?? name.replace(/^.*[^\d]/, '')}`.slice(0, 15);
