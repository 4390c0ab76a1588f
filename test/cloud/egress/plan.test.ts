/** The egress of a configuration file: what is planned, what is refused in words, and what the address log is told. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lmaSchema, type LmaFile } from '../../../cloud/config.ts';
import { problemsOf } from '../../../cloud/configCheck.ts';
import { egressPlan, portBlocks } from '../../../cloud/egress/plan.ts';
import { ruleset } from '../../../cloud/egress/ruleset.ts';
import { shownServices } from '../../../cloud/showServices.ts';
import { parseConfig } from '../../../runtime/configFile.ts';

const operators = readFileSync(new URL('../../../examples/lma-operators.yaml', import.meta.url), 'utf8');
const parse = (text: string): LmaFile => parseConfig('lma.yaml', text, lmaSchema, problemsOf);
const changed = (from: string, to: string): string => {
  expect(operators).toContain(from);
  return operators.replace(from, to);
};

it('two operators are two address spaces with pools of their own', () => {
  expect(egressPlan(parse(operators)).spaces).toMatchObject([
    { space: 0, device: 'pmip0', peer: 'pmip0p', pools: ['10.64.0.0/16', '2001:db8:a::/48'], nat44: [{ outside: '198.51.100.0', subscribersPerAddress: 512, portsPerSubscriber: 126 }], upstream: undefined, resolvers: ['198.51.100.250', '2001:db8:a::53'] },
    { space: 1, device: 'pmip1', pools: ['10.64.0.0/16'], nat44: [{ outside: '198.51.100.128' }] },
  ]);
});

it('the way out of an operator, and the filter, are as the file says', () => {
  const own = changed('address-space: 1 ', 'upstream: { device: vlan200, gateways: [192.0.2.1, "2001:db8:b::1"] }\n    address-space: 1 ');
  expect(egressPlan(parse(own)).spaces[1]).toMatchObject({ upstream: 'vlan200', gateways: ['192.0.2.1', '2001:db8:b::1'] });
  expect(egressPlan(parse(operators)).filter?.management).toContain('192.168.0.0/16');
  expect(egressPlan(parse(`${operators}egress: { management: [192.0.2.0/24] }\n`)).filter?.management).toEqual(['192.0.2.0/24']);
  expect(egressPlan(parse(`${operators}egress: { filter: false }\n`)).filter).toBeUndefined();
});

it.each([
  ['outside: 198.51.100.128/25', 'outside: 198.51.100.0/24', '198.51.100.0/24 overlaps the outside addresses of POOL_A'],
  ['outside: 198.51.100.128/25', 'outside: 198.51.100.128/30', 'ip-pools.1.nat44: 10.64.0.0/16 with 120 ports for each subscriber needs 128 outside addresses, and 198.51.100.128/30 has 4'],
  ['outside: 198.51.100.128/25', 'outside: 198.51.100.999/25', 'expected an IPv4 network of /8 to /32, found 198.51.100.999/25'],
  ['address-space: 1 ', 'address-space: 256 ', 'lma-services.1.address-space: expected a number below 256, found 256'],
  ['  - name: operator-b', '  - name: operator-b\n    upstream: { device: vlan200, gateways: [nobody] }', 'expected an IP address'],
  ['    address-space: 1 ', '    upstream: { device: vlan200 }\n    # ', 'lma-services.1.upstream: address space 0 goes the way of the machine itself'],
  ['transport:', 'egress: { bogons: [10.0.0.0/33] }\ntransport:', 'egress.bogons.0: expected an address or a prefix, found 10.0.0.0/33'],
])('%s -> %s is refused in words', (from, to, words) => {
  expect(() => parse(changed(from, to))).toThrow(words);
});

it('the address log learns the block of each address, by its space', () => {
  const blockOf = portBlocks(parse(operators));
  expect([blockOf(0, '10.64.2.1'), blockOf(1, '10.64.2.1')]).toEqual([
    { address: '198.51.100.1', first: 1150, last: 1275 },
    { address: '198.51.100.129', first: 1150, last: 1275 },
  ]);
  expect([blockOf(0, '192.0.2.1'), blockOf(2, '10.64.2.1'), blockOf(0, '2001:db8:a:1::/64')]).toEqual([undefined, undefined, undefined]);
});

it('a large pool costs two small maps and no rule per subscriber', () => {
  const { spaces } = egressPlan(parse(operators));
  const maps = ruleset(spaces, undefined).filter((c) => c.what.startsWith('add to the map'));
  const sizes = maps.map(({ attributes: [, , elements = [0, []]] }) => (elements[1] as readonly unknown[]).length);
  expect(sizes).toEqual([128, 512, 128, 512]);
});

describe('show lma-service all', () => {
  it('tells who answers where, and for which network', () => {
    expect(shownServices(parse(operators))).toEqual([
      { 'lma-service': 'operator-a', 'bind-address': '2001:db8:cafe:1024::101 10.8.24.101', 'address-space': 0, 'pgw-service': 'pgw-a', 'plmn-id': '100-200', apns: 'internet', pools: '10.64.0.0/16 2001:db8:a::/48', egress: 'nat44' },
      { 'lma-service': 'operator-b', 'bind-address': '2001:db8:cafe:1024::102 10.8.24.102', 'address-space': 1, apns: 'internet', pools: '10.64.0.0/16', egress: 'nat44' },
    ]);
  });
});
