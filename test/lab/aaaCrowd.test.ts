/** 500 stations that join one gateway at once, profiles from FreeRADIUS: whoever is entitled gets a binding, and nobody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aaaAgent, openAaaWorld } from '../../lab/aaa/world.ts';
import type { AaaWorld } from '../../lab/aaa/world.ts';
import { scriptSocket } from '../../lab/configuration.ts';
import { crowdMac, joinAll } from '../../lab/crowd.ts';
import { until } from '../../lab/processes.ts';
import { stationScript } from '../../lab/stationScript.ts';
import type { StationScript } from '../../lab/stationScript.ts';
import { dottedMac } from '../../protocol/mac.ts';
import { openSceneIn } from './scene.ts';
import type { Scene } from './scene.ts';

const STATIONS = 500;
/** Every seventh is known to nobody, every eleventh is refused by name. */
const unknown = (n: number): boolean => n % 7 === 0;
const refused = (n: number): boolean => !unknown(n) && n % 11 === 0;
const numbers = Array.from({ length: STATIONS }, (_, i) => i + 1);
const entitled = numbers.filter((n) => !unknown(n) && !refused(n));
const nai = (n: number): string => `subscriber${n}@home.example`;

let scene: Scene<AaaWorld>;
let script: StationScript;
const bindings = async () => (await scene.pmip.ask(1, 'show mag binding')) as { readonly mnnai: string; readonly state: string; readonly hoa?: string; readonly llid: string }[];

beforeAll(async () => {
  const stations = numbers.filter((n) => !unknown(n)).map((n) => ({ mac: crowdMac(n), ...(refused(n) ? { reject: true as const } : { reply: [`Mobile-Node-Identifier = "${nai(n)}"`, 'Service-Selection = "internet"'] }) }));
  scene = await openSceneIn((lab) => openAaaWorld(lab, { stations }), { homes: 1, phones: 1, prefix: 'rscrowd-' }, { stations: 'script', agent: () => aaaAgent() }, () => undefined);
  script = await stationScript(scriptSocket(scene.world.folder, scene.world.home(1)));
});
afterAll(async () => {
  script?.close();
  await scene?.close();
});

describe(`${STATIONS} stations at once`, () => {
  it('all who are entitled have a binding of their own, and an address that is nobody else\'s', async () => {
    await joinAll(scene.pmip, 1, script, numbers.map(crowdMac), entitled.length, 30_000);
    const active = (await bindings()).filter((b) => b.state === 'active');
    expect(active.map((b) => b.mnnai).sort()).toEqual(entitled.map(nai).sort());
    expect(new Set(active.map((b) => b.hoa)).size).toBe(entitled.length);
  });

  it('and nobody else has: neither here nor at the anchor', async () => {
    await until('all to be answered', 30_000, async () => (await bindings()).every((b) => b.state === 'active' || b.state === 'denied'));
    const denied = (await bindings()).filter((b) => b.state === 'denied').map((b) => b.llid);
    expect(denied.sort()).toEqual(numbers.filter((n) => unknown(n) || refused(n)).map((n) => dottedMac(crowdMac(n))).sort());
    const anchored = ((await scene.pmip.ask(0, 'show lma-service session')) as { mnnai: string }[]).map((s) => s.mnnai);
    expect(anchored.sort()).toEqual(entitled.map(nai).sort());
  });
});
