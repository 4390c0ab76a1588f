/** Bit rates as people write them. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { agentSchema, localList, magConfig } from '../../agent/config.ts';
import { guestRates } from '../../agent/hostFirst.ts';
import { lmaConfig, lmaSchema } from '../../cloud/config.ts';
import { pathRates } from '../../protocol/qos.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { bitRate, ratesIn } from '../../runtime/rateConfig.ts';

const KEY = '00112233445566778899aabbccddeeff';

describe('a bit rate', () => {
  it.each([
    ['20 Mbit/s', 20e6], ['20Mbit/s', 20e6], ['20M', 20e6], ['1.5 Gbit/s', 1.5e9], ['64 kbit/s', 64_000], ['50000', 50_000], [50_000, 50_000],
  ])('%s is %i bits a second', (text, bits) => expect(v.parse(bitRate, text)).toBe(bits));

  it.each(['', 'fast', '20 MB/s', '20 mbit/s', '-5M', '15999', 0, Number.NaN, '1e9999', '2000 Gbit/s'])('%s is none', (text) => {
    expect(v.safeParse(bitRate, text).success).toBe(false);
  });

  it('a row without any sets none', () => {
    expect(ratesIn({})).toEqual({});
    expect(ratesIn({ 'per-mn-agg-max-dl-rate': 5 })).toEqual({ rates: { down: 5 } });
  });
});

describe('of the configuration', () => {
  const agent = (more: string) =>
    parseConfig('x.yaml', `{ domain: D1, mag: M1, uplink: wan0, local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1", key: ${KEY} }], interfaces: [{ name: lan0, first-packet: true }], ${more} }`, agentSchema);

  it('the home\'s limits reach the data path and the gateway', () => {
    const config = agent('host-first: { maximum-guests: 8, up-rate: 5 Mbit/s }');
    expect(guestRates(config['host-first'])).toEqual(pathRates({ up: 5e6 }));
    expect(magConfig(config, { counter: 1, lostState: false }, () => 0).maximumGuests).toBe(8);
    expect([guestRates(agent('')['host-first']), magConfig(agent(''), { counter: 1, lostState: false }, () => 0).maximumGuests]).toEqual([undefined, undefined]);
  });

  it('a profile\'s reach the gateway', () => {
    const config = agent('profiles: [{ nai: mn0@example.com, l2-addr: 0024.d78e.21a4, per-mn-agg-max-ul-rate: 2 Mbit/s }]');
    expect(localList(config)[0]?.rates).toEqual({ up: 2e6 });
  });

  it('a mistake is told with its line', () => {
    expect(() => agent('\nhost-first: { up-rate: fast }')).toThrow('x.yaml:2: host-first.up-rate: expected a rate such as 20 Mbit/s, at least 16 kbit/s, found "fast"');
  });

  it('those of an APN and of a node reach the anchor', () => {
    const file = parseConfig('x.yaml', `{ lma-services: [{ name: lma1, bind-address: ["2001:db8::1"] }], ip-pools: [{ name: v4, network: 192.0.2.0/24, subscriber-gw-address: 192.0.2.254 }], apns: [{ name: a, ip-pool: v4, per-mn-agg-max-dl-rate: 50 Mbit/s }], nodes: [{ match: "*", per-mn-agg-max-ul-rate: 64 kbit/s }] }`, lmaSchema);
    const core = lmaConfig(file, file['lma-services'][0]!, 1, () => 0);
    expect([core.apns[0]?.rates, core.nodes[0]?.rates]).toEqual([{ down: 50e6 }, { up: 64_000 }]);
  });
});
