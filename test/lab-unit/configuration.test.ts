/** The lab's configurations are accepted by the programs they are for. */
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { lmaSchema } from '../../cloud/config.ts';
import { agentConfig, identityOf, keyOf, lmaConfig } from '../../lab/configuration.ts';
import { drawing } from '../../lab/drawing.ts';
import { DEFAULTS, planOf } from '../../lab/topology.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const plan = planOf({ ...DEFAULTS, homes: 3, phones: 2, nat: 3, narrow: 2 });

describe('the configuration of an agent', () => {
  it.each(plan.homes.map((home) => [home.number, home] as const))('of home %i is a correct one', (_, home) => {
    const config = parseConfig('agent.yaml', agentConfig('/tmp/lab', plan, home, { refresh: 4, lifetime: 60, detach: { interval: 1, timeout: 0.5, retries: 1 } }), agentSchema);
    expect(config.mag).toBe(`home${home.number}`);
    expect(config['local-mobility-anchors'][0]).toMatchObject({ 'ipv4-address': plan.lma.ipv4, ...(home.ipv6 ? { 'ipv6-address': plan.lma.ipv6 } : {}) });
    expect(config['local-mobility-anchors'][0]?.['ipv6-address']).toBe(home.nat ? undefined : plan.lma.ipv6);
    expect(config.profiles.map((p) => p['l2-addr'])).toEqual(plan.phones.map((p) => p.mac));
  });

  it('listens to hostapd or to a script, never to both', () => {
    const [home] = plan.homes;
    if (!home) throw new Error('no home');
    const [byHostapd, byScript] = (['hostapd', 'script'] as const).map((stations) => parseConfig('agent.yaml', agentConfig('/tmp/lab', plan, home, { stations }), agentSchema).interfaces[0]);
    expect([byHostapd?.hostapd.length, byHostapd?.['scripted-stations']]).toEqual([1, undefined]);
    expect([byScript?.hostapd.length, byScript?.['scripted-stations']]).toEqual([0, '/tmp/lab/stations1.sock']);
  });
});

describe('the configuration of the LMA', () => {
  it('is a correct one, and knows every home by its own key', () => {
    const config = parseConfig('lma.yaml', lmaConfig('/tmp/lab', plan), lmaSchema);
    expect(config['mobile-access-gateways'].map(({ id, key }) => [id, key])).toEqual(plan.homes.map((h) => [identityOf(h), keyOf(h)]));
    expect(new Set(plan.homes.map(keyOf)).size).toBe(3);
  });
});

describe('the drawing', () => {
  it('names every home with its addresses and what is special about it', () => {
    const text = drawing(planOf({ ...plan.options, delayMs: 10 }));
    for (const home of plan.homes) expect(text).toContain(home.ipv4);
    expect(text).toContain('WAN 1492 octets');
    expect(text).toContain('behind a NAT as 198.18.3.2');
    expect(text).toContain('10 ms each way');
  });
});
