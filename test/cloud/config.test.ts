import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lmaConfig, lmaSchema, magKeys, type LmaFile, type ServiceFile } from '../../cloud/config.ts';
import { problemsOf } from '../../cloud/configCheck.ts';
import { createLma } from '../../cloud/lma/lma.ts';
import { ConfigError } from '../../runtime/configError.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const example = readFileSync(new URL('../../examples/lma.yaml', import.meta.url), 'utf8');
const parse = (text: string) => parseConfig('lma.yaml', text, lmaSchema, problemsOf);
const core = (file: LmaFile, restartCounter = 1) => lmaConfig(file, file['lma-services'][0] as ServiceFile, restartCounter, () => 1);
const refusal = (text: string): string => {
  try {
    parse(text);
    return 'accepted';
  } catch (e) {
    expect(e).toBeInstanceOf(ConfigError);
    return (e as Error).message;
  }
};
/** The example with one line changed; the message must name that line. */
const changed = (from: string, to: string): string => {
  expect(example).toContain(from);
  const line = example.slice(0, example.indexOf(from)).split('\n').length;
  return refusal(example.replace(from, to)).replaceAll(`lma.yaml:${line}:`, 'HERE:');
};

describe("the guide's LMA example", () => {
  it('says what the guide says', () => {
    const config = core(parse(example), 3);
    expect(config).toMatchObject({
      restartCounter: 3,
      authentication: 'required',
      nodes: [{ match: '*' }],
      ipv4Pools: [{ name: 'PMIP_IPv4_POOL', network: '192.0.2.0', prefixLength: 24, router: '192.0.2.254' }],
      ipv6Pools: [{ name: 'PMIP_IPv6_POOL', prefix: { address: '2001:db8:f00d::', length: 48 }, allowStaticAllocation: true }],
      variables: { registrationLifetime: 40_000, timestampValidityWindow: 0, minDelayBeforeBceDelete: 60_000, revocation: true },
    });
    expect(config.apns[0]?.settings).toEqual({ dns4: ['198.51.100.250', '198.51.100.251'], dns6: [] });
    expect(parse(example)['lma-services'][0]?.['pgw-service']).toEqual({ name: 'pgw1', 'plmn-id': { mcc: '100', mnc: '200' } });
    expect(config.apns[0]).toMatchObject({ name: 'example.com', selectionMode: 'sent-by-ms', ipv4Pool: 'PMIP_IPv4_POOL', ipv6Pool: 'PMIP_IPv6_POOL', subscriberToSubscriber: false });
    expect(createLma(config).policy.apn('example.com')).toBeDefined();
  });

  it('L54 the three LMA variables are configurable and survive a restart: they stand in the file', () => {
    const text = example.replace('session-delete-delay-timeout: 60000', 'session-delete-delay-timeout: 5000\n    max-delay-before-new-bce-assign: 700').replace('tolerance: 0', 'tolerance: 250');
    for (let start = 0; start < 2; start++) expect(core(parse(text), start).variables).toMatchObject({ minDelayBeforeBceDelete: 5000, maxDelayBeforeNewBceAssign: 700, timestampValidityWindow: 250 });
  });

  it('gives each gateway its key', () => {
    expect([...magKeys(parse(example))].map(([id, key]) => [id, key.length])).toEqual([['M1@D1', 20]]);
  });
});

describe('is refused with file, line, expected and found:', () => {
  it.each([
    ['reg-lifetime: 40000', 'reg-lifetim: 40000', 'HERE: lma-services.0.reg-lifetim: unknown key; did you mean reg-lifetime?'],
    ['transport: [lma1]', 'observe: { listen: "localhost:9464" }', 'HERE: observe.listen: expected an address and a port such as 127.0.0.1:9464 or "[::1]:9464", found "localhost:9464"'],
    ['transport: [lma1]', 'store: { redis: { url: "http://:sesame@x" } }', 'HERE: store.redis.url: expected redis://[user:password@]host[:port][/database], rediss:// for TLS, or the path of a socket, found something else, which is not shown because it is a secret'],
    ['transport: [lma1]', 'store: { redis: { url: "redis://:sesame@192.0.2.1:port" } }', 'HERE: store.redis.url: expected redis://[user:password@]host[:port][/database], rediss:// for TLS, or the path of a socket, found something else, which is not shown because it is a secret'],
    ['transport: [lma1]', 'standby: { addresses: [{ address: 300.1.1.1/24, device: eth0 }] }', 'HERE: standby.addresses.0.address: expected an address with its length, such as 192.0.2.10/24, found "300.1.1.1/24"'],
    ['transport: [lma1]', 'standby: { addresses: [{ address: 192.0.2.1/99, device: eth0 }] }', 'HERE: standby.addresses.0.address: expected an address with its length, such as 192.0.2.10/24, found "192.0.2.1/99"'],
    ['network: 192.0.2.0/24', 'network: 192.0.2.0/31', 'HERE: ip-pools.0.network: expected an IPv4 network of /8 to /30, found 192.0.2.0/31'],
    ['subscriber-gw-address: 192.0.2.254', 'subscriber-gw-address: 192.0.3.254', 'HERE: ip-pools.0.subscriber-gw-address: expected an address of a host in 192.0.2.0/24, found 192.0.3.254'],
    ['subscriber-gw-address: 192.0.2.254', 'subscriber-gw-address: 192.0.2.255', 'HERE: ip-pools.0.subscriber-gw-address: expected an address of a host in 192.0.2.0/24, found 192.0.2.255'],
    ['prefix: 2001:db8:f00d::/48', 'prefix: 2001:db8:f00d::/63', 'HERE: ipv6-pools.0.prefix: expected a prefix of /8 to /62, of which each session gets a /64, found /63'],
    ['ip-pool: PMIP_IPv4_POOL', 'ip-pool: POOL', 'HERE: apns.0.ip-pool: expected one of the ip-pools (PMIP_IPv4_POOL), found POOL'],
    ['- name: example_A.com', '- name: Example.com', 'HERE: apns.1: example.com is defined twice'],
    ['    wan-mtu: 1500', '    addresses: [2001:db8::/129]', 'HERE: mobile-access-gateways.0.addresses.0: expected an address or a prefix, found 2001:db8::/129'],
    ['mcc: "100"', 'mcc: 100', 'HERE: lma-services.0.pgw-service.plmn-id.mcc: expected string, found 100 (put it in quotes)'],
    ['dns: [198.51.100.250, 198.51.100.251]', 'mtu: 1200', 'HERE: apns.0.mtu: expected >=1280, found 1200'],
    ['accounting-mode: none', 'accounting-mode: gtpp', 'HERE: apns.0.accounting-mode: expected ("none" | "radius"), found "gtpp"'],
    ['transport: [lma1]', 'nodes: []', 'lma.yaml:1: datapath: bpf needs transport: [DEVICE, ...], the devices on which tunnels arrive'],
  ])('%s -> %s', (from, to, message) => {
    expect(changed(from, to)).toBe(message);
  });

  it('a pool for two services, and pools that overlap in one address space', () => {
    const two = (space: number, apns: string) =>
      example
        .replace('ip-pools:', `  - { name: lma2, bind-address: [10.8.24.102], address-space: ${space} }\nip-pools:\n  - { name: MORE, network: 192.0.2.128/25, subscriber-gw-address: 192.0.2.129 }`)
        .replace('ipv6-pools:', 'ipv6-pools:\n  - { name: MORE6, prefix: 2001:db8:f00d:100::/56 }')
        .replaceAll(/ {2}- name: (example.*)/g, '  - name: $1\n    lma-service: lma1')
        .replace('apns:', `apns:\n${apns}`);
    const more = '  - { name: example.com, lma-service: lma2, ip-pool: MORE, ipv6-pool: MORE6 }';
    expect(refusal(two(1, more))).toBe('accepted');
    expect(refusal(two(0, more)).replaceAll(/^lma.yaml:\d+:/gm, 'lma.yaml:').split('\n')).toEqual([
      'lma.yaml: ip-pools.0.network: 192.0.2.128/25 overlaps the pool PMIP_IPv4_POOL of the same address space',
      'lma.yaml: ipv6-pools.0.prefix: 2001:db8:f00d:100::/56 overlaps the pool PMIP_IPv6_POOL of the same address space',
    ]);
    expect(refusal(two(1, more.replace('MORE,', 'PMIP_IPv4_POOL,')))).toContain('PMIP_IPv4_POOL serves APNs of two lma-services');
    expect(refusal(two(1, more.replace(' lma-service: lma2,', '')))).toContain('apns.0: say which lma-service example.com is of (lma1, lma2)');
    expect(refusal(two(1, more.replace('lma2', 'lma3')))).toContain('apns.0.lma-service: expected one of the lma-services (lma1, lma2), found lma3');
    expect(refusal(two(1, more.replace('lma2', 'lma1')))).toContain('lma-services.1: lma2 has no APN');
    expect(refusal(two(1, more).replace('10.8.24.102', '10.8.24.101'))).toContain('10.8.24.101 is bound by lma1');
    expect(refusal(two(1, more).replace('name: lma2', 'name: lma1'))).toContain('lma1 is defined twice');
  });

  it('a gateway that nothing would tell from a stranger', () => {
    const key = '    key: 00112233445566778899aabbccddeeff00112233\n';
    expect(refusal(example.replace(key, ''))).toContain('M1@D1 has no key');
    expect(refusal(example.replace(key, '').replace('transport:', 'authentication: optional\ntransport:'))).toContain('neither key nor addresses');
    expect(refusal(example.replace(key, '    addresses: [10.0.0.0/8]\n').replace('transport:', 'authentication: optional\ntransport:'))).toBe('accepted');
    expect(refusal(example.replace(key, `${key}    key-file: /etc/key\n`))).toContain('both key and key-file');
  });

  it('a bad key, without printing it', () => {
    const message = changed('key: 00112233445566778899aabbccddeeff00112233', 'key: 0011223344556677889x');
    expect(message).toBe('HERE: mobile-access-gateways.0.key: expected a key of at least 32 hex digits (make one: openssl rand -hex 20), found something else, which is not shown because it is a secret');
  });
});
