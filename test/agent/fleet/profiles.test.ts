/** Default profiles that change while phones are there: in the background, as changes at a RADIUS server (agent/aaa). */
import { describe, expect, it } from 'vitest';
import { openAaa } from '../../../agent/aaa/aaa.ts';
import { agentSchema, type AgentConfig } from '../../../agent/config.ts';
import { problemsOf } from '../../../agent/configCheck.ts';
import type { Entry } from '../../../agent/mag/binding.ts';
import type { MagEvent } from '../../../agent/mag/events.ts';
import type { Profile } from '../../../agent/mag/profile.ts';
import { now } from '../../../runtime/clock.ts';
import { parseConfig } from '../../../runtime/configFile.ts';

const MAC = '00:24:d7:8e:21:a4';
const OTHER = '00:24:d7:8e:21:b5';
const configOf = (more: string): AgentConfig =>
  parseConfig('x.yaml', `domain: D1\nmag: M1\nuplink: wan0\nlocal-mobility-anchors: [{ id: lma1, ipv4-address: 192.0.2.1 }]\n${more}\n`, agentSchema, problemsOf);
const withApn = (apn: string, radius: string): AgentConfig => configOf(`default-profiles: { guests: { apn: ${apn} } }\ninterfaces: [{ name: Wi-Fi, device: br0, first-packet: true, default-profile: guests }]\n${radius}`);

async function running(config: AgentConfig) {
  const fed: MagEvent[] = [];
  const list = new Map<string, Entry>();
  const aaa = await openAaa({ config, list: { byMac: list }, paths: { counters: () => undefined }, feed: (event) => fed.push(event), now, log: () => undefined, shown: (s) => s, onCount: () => undefined, onError: (e) => expect.unreachable(e.message) });
  const here = async (mac: string): Promise<void> => {
    const answer = await aaa.load({ interface: 'br0', mac });
    const profile: Profile | undefined = 'profile' in answer ? answer.profile : undefined;
    list.set(mac, { mac, interface: 'br0', ...(profile ? { profile } : {}), state: { name: profile ? 'active' : 'denied' } } as Entry);
  };
  return { aaa, fed, list, here };
}
const told = (fed: readonly MagEvent[]): unknown[] => fed.flatMap((e) => (e.kind === 'profileChanged' ? [[e.mac, 'profile' in e.answer ? e.answer.profile.apn : 'refused']] : []));

/** A gateway with RADIUS, too, has interfaces that do not ask it. */
describe.each([
  ['without RADIUS', ''],
  ['beside RADIUS', 'radius-servers: [{ address: 127.0.0.1, key: aaacisco }]'],
])('%s', (_, radius) => {
  it('who is here by its word hears what is another now, and nobody else', async () => {
    const { aaa, fed, here } = await running(withApn('old.example', radius));
    await here(MAC);
    aaa.use(withApn('old.example', radius));
    expect(fed).toEqual([]);
    aaa.use(withApn('new.example', radius));
    expect(told(fed)).toEqual([[MAC, 'new.example']]);
    expect(await aaa.load({ interface: 'br0', mac: OTHER })).toMatchObject({ profile: { apn: 'new.example' } });
    aaa.close();
  });

  it('who was refused for want of a profile is let in, and who has none any more is refused', async () => {
    const none = configOf(`interfaces: [{ name: Wi-Fi, device: br0, first-packet: true }]\n${radius}`);
    const { aaa, fed, list, here } = await running(none);
    await here(MAC);
    aaa.use(withApn('new.example', radius));
    expect(told(fed)).toEqual([[MAC, 'new.example']]);
    await here(MAC);
    fed.length = 0;
    aaa.use(none);
    expect([told(fed), list.size]).toEqual([[[MAC, 'refused']], 1]);
    aaa.close();
  });

  it('whoever the last agent left with another profile hears of it, and nobody else', async () => {
    const { aaa, fed, list, here } = await running(withApn('old.example', radius));
    await here(MAC);
    aaa.close();
    const next = await running(withApn('new.example', radius));
    const [taken] = list.values();
    if (taken) next.list.set(MAC, taken);
    await next.here(OTHER);
    next.aaa.takeUp();
    expect([fed, told(next.fed)]).toEqual([[], [[MAC, 'new.example']]]);
    next.aaa.close();
  });
});
