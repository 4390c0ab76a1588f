/**
 * What goes wrong in a fleet, with the programs that people run: the broker away while a phone walks, documents that would cut a gateway off
 * or that it cannot work with, the cloud killed in the middle of a rollout, and certificates in the wrong hands. At the end the same way
 * once more with Debian's Mosquitto and PostgreSQL instead of the embedded ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Group } from '../../cloud/api/resources/homes.ts';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Overview } from '../../cloud/api/resources/network.ts';
import type { Rollout } from '../../cloud/api/resources/rollouts.ts';
import { FILES, pidFile } from '../../cloud/broker/mosquittoConfig.ts';
import { startPostgres, type PostgresServer } from '../../lab/postgres.ts';
import { until } from '../../lab/processes.ts';
import { topics } from '../../runtime/fleet/topics.ts';
import { connectDevice, type Device } from '../cloud/broker/device.ts';
import { credentialsOf, eventually, firstOwner, openDoor, openFleetScene, signIn, type Door, type FleetScene, type Person } from './fleetScene.ts';
import { attach, sessions, startTraffic } from './scene.ts';

const PROFILES = { 'default-profiles': { guests: { apn: 'internet', lma: 'lma1', service: 'dual' } } };
const lifetime = (seconds: number): object => ({ timers: { 'binding-lifetime': seconds } });

/** Registration times that the homes' agents work with. */
const running = async (scene: FleetScene): Promise<unknown[]> => Promise.all(scene.world.plan.homes.map(async ({ number }) => ((await scene.pmip.ask(number, 'show mag globals')) as { 'reg-time': number })['reg-time']));

/** One session, at this home. A phone of a default profile is known by its MAC. */
const holds = async (scene: FleetScene, home: number): Promise<void> => expect([...(await sessions(scene)).values()]).toMatchObject([{ mag: `home${home}@lab.example` }]);

/** Somebody with this certificate says at the broker that it is `clientId`. */
async function intruder(scene: FleetScene, door: Door, credential: string, clientId: string): Promise<Device> {
  return connectDevice({ port: door.port, authority: readFileSync(join(scene.world.folder, 'cloud/pki/authority.pem'), 'utf8'), credential, clientId });
}
/** Key and certificate of a home's gateway, as a thief takes them from its disk. */
function stolen(scene: FleetScene, home: number): string {
  const disk = credentialsOf(scene.world.folder, home);
  return `${disk.read('gateway.key')}${(JSON.parse(disk.read('credential.json')) as { certificate: string }).certificate}`;
}

describe('with the broker and the store that the cloud brings', () => {
  let scene: FleetScene;
  let ada: Person;
  let door: Door;
  const homes: string[] = [];
  let north = '';
  let cutOff: Rollout;

  beforeAll(async () => {
    scene = await openFleetScene({ prefix: 'rsf-', homes: 3, phones: 1, cloud: ({ lma }) => ({ broker: { kind: 'embedded', listen: `${lma.ipv4}:8883`, names: [lma.ipv4, 'localhost'] } }) });
    door = await openDoor(scene, `${scene.world.plan.lma.ipv4}:8883`);
    ada = await firstOwner(scene);
    ({ id: north } = await ada.ask<Group>('POST', '/groups', { name: 'North' }));
    const [, , third] = await Promise.all([north, north, undefined].map(async (group, i) => (homes[i] = await ada.claim(i + 1, `Home ${i + 1}`, group))));
    expect(await ada.rollOut('profiles', PROFILES)).toMatchObject({ status: 'done', applied: 3 });
    // Its proof takes half a minute; the last test looks at what came of it.
    cutOff = await ada.start('lmas', { 'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': '198.18.250.99' }] }, { kind: 'home', id: third ?? '' });
  });
  afterAll(async () => {
    door?.close();
    await scene?.close();
  });

  it('a document that a gateway cannot work with is rejected with its path, and taken back', async () => {
    const home = { kind: 'home', id: homes[0] ?? '' } as const;
    await expect(ada.start('timers', { timers: { 'binding-lifetime': 'long' } }, home)).rejects.toThrow(/422.*timers\.binding-lifetime/);
    // Only the gateway knows whom it has for an anchor.
    const rollout = await ada.rollOut('profiles', { 'default-profiles': { guests: { lma: 'nowhere' } } }, home);
    expect(rollout.status).toBe('rolled back');
    expect(rollout.reason).toMatch(/rejected it \(default-profiles\.guests\.lma.*: .*nowhere/);
    await eventually('what it had before', async () => (await ada.home(home.id)).configuration.profiles.status === 'applied');
  });

  it('while the broker is away phones walk, and afterwards their roams are told', async () => {
    const phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
    const traffic = await startTraffic(scene, phone);
    await scene.cloud.stop();
    await scene.roam(1, 2);
    await traffic.flows();
    expect(await scene.status(2)).toMatchObject({ state: 'serving', fleet: { state: 'offline' } });
    await scene.roam(1, 1);
    await traffic.ends();
    await holds(scene, 1);
    await scene.cloud.start();
    ada = await signIn(scene);
    await eventually('the roams of that time', async () => {
      const { homes: count, subscribers, ticker } = await ada.ask<Overview>('GET', '/overview');
      const to = ticker.map((h: HandoverSummary) => h.to.name);
      return count.online === 3 && subscribers === 1 && to.includes('Home 1') && to.includes('Home 2');
    });
  });

  it('killed in the middle of a rollout the cloud goes on where it was, and no home gets anything twice', async () => {
    const { id } = await ada.start('timers', lifetime(1200), { kind: 'group', id: north }, { canary: 1, watch: 3 });
    await eventually('the first wave', async () => (await ada.ask<Rollout>('GET', `/rollouts/${id}`)).applied === 1);
    await scene.cloud.stop('SIGKILL');
    expect((await running(scene)).filter((seconds) => seconds === 1200)).toHaveLength(1);
    await scene.cloud.start();
    ada = await signIn(scene);
    expect(await ada.ended(id)).toMatchObject({ status: 'done', applied: 2, failed: 0 });
    expect(await running(scene)).toEqual([1200, 1200, 3600]);
    for (const home of homes.slice(0, 2)) expect((await ada.home(home)).configuration.timers).toMatchObject({ status: 'applied', running: { rev: 1 }, desired: { rev: 1 } });
    await holds(scene, 1);
  });

  it('a stolen claim credential hears nothing, and says nothing for a gateway', async () => {
    const claim = readFileSync(join(scene.world.folder, 'claim.pem'), 'utf8');
    // It may still wait before it tries again: the cloud was killed just now.
    const connection = await eventually('the gateway to be back', async () => {
      const { state, session, since } = (await scene.status(1)).fleet ?? {};
      return state === 'connected' && { state, session, since };
    });
    const thief = await intruder(scene, door, claim, homes[0] ?? '');
    expect(await thief.subscribe(topics.desired(homes[0] ?? '', 'lmas'))).toBe(false);
    const other = await intruder(scene, door, claim, 'gw-aaaaaaaaaaaaaaaaaaaaaaaaaa');
    await other.publish(topics.state(homes[0] ?? ''), { state: 'lost', session: 1e6 }, true);
    await eventually('the refusals in the audit log', async () => {
      const refused = (await ada.audit()).filter((e) => /^broker\..* refused$/.test(e.action)).map((e) => e.action);
      return refused.includes('broker.subscribe refused') && refused.includes('broker.publish refused');
    });
    expect(thief.heard).toEqual([]);
    expect((await ada.home(homes[0] ?? '')).status).toBe('online');
    expect((await scene.status(1)).fleet).toMatchObject(connection);
    await Promise.all([thief.end(), other.end()]);
  });

  it('a document that would cut a gateway off is taken back by the gateway itself, which says why', async () => {
    const rollout = await ada.ended(cutOff.id);
    expect(rollout).toMatchObject({ status: 'rolled back', failed: 1 });
    expect(rollout.reason).toMatch(/went back to what it had before \(.*no LMA answered/);
    await eventually('its anchor', async () => {
      const { lmas, configuration } = await ada.home(homes[2] ?? '');
      return lmas.some((l) => l.id === 'lma1' && l.reachable) && configuration.lmas.status === 'applied';
    });
    expect(await scene.pmip.ask(3, 'show mag globals')).toMatchObject({ peers: [{ id: 'lma1', ipv6: scene.world.plan.lma.ipv6 }] });
  });

  it('a gateway that publishes as another is refused; revoked, its certificate opens nothing any more', async () => {
    const credential = stolen(scene, 3);
    const twin = await intruder(scene, door, credential, homes[2] ?? '');
    await twin.publish(topics.state(homes[0] ?? ''), { state: 'lost', session: 1e6 }, true);
    await eventually('the refusal in the audit log', async () => (await ada.audit()).some((e) => e.action === 'broker.publish refused' && e.by === homes[2] && e.target.includes(homes[0] ?? 'nobody')));
    expect((await ada.home(homes[0] ?? '')).status).toBe('online');
    const ours = await intruder(scene, door, credential, homes[2] ?? '').catch(() => undefined);
    await ada.ask('POST', `/homes/${homes[2]}/revoke`, { reason: 'its key is known' });
    if (ours) await ours.ended;
    await expect(intruder(scene, door, credential, homes[2] ?? '').then((d) => d.subscribe(topics.desired(homes[2] ?? '', 'lmas')))).rejects.toThrow();
    await eventually('the refusal in the audit log', async () => (await ada.audit()).some((e) => e.action === 'broker.connect refused' && e.by === homes[2]));
    await eventually('the gateway to be out', async () => (await scene.status(3)).fleet?.state === 'offline');
    expect(await ada.ask('GET', '/audit/verify')).not.toHaveProperty('broken');
  });
});

describe('with Mosquitto and PostgreSQL', () => {
  let scene: FleetScene;
  let postgres: PostgresServer;
  let ada: Person;
  let home = '';

  beforeAll(async () => {
    postgres = await startPostgres();
    postgres.create('roamstead');
    const { host, port, user } = postgres.connection();
    scene = await openFleetScene({
      prefix: 'rsm-',
      homes: 1,
      phones: 1,
      cloud: ({ lma }, folder) => ({
        store: { postgresql: { host, port, user, database: 'roamstead' } },
        broker: { kind: 'mosquitto', host: lma.ipv4, names: [lma.ipv4], listen: `${lma.ipv4}:8883`, claims: `${lma.ipv4}:8884`, folder: join(folder, 'mosquitto'), 'pid-file': pidFile(join(folder, 'mosquitto')) },
      }),
      async beside(world, cloud) {
        const { folder, plan } = world;
        const at = join(folder, 'mosquitto');
        mkdirSync(at);
        // Which is another user.
        execFileSync('chmod', ['711', folder]);
        execFileSync('chown', ['mosquitto:', at]);
        cloud.run('mosquitto-config');
        const broker = world.spawn({ name: 'mosquitto', namespace: plan.lma.namespace, argv: ['/usr/sbin/mosquitto', '-c', join(at, FILES.config)] });
        await until('mosquitto', 10_000, () => broker.log().includes('running'));
      },
      fleet: (lma) => ({ 'claim-broker': `mqtts://${lma}:8884` }),
    });
    ada = await firstOwner(scene);
  });
  afterAll(async () => {
    await scene?.close();
    await postgres?.close();
  });

  it('a gateway is claimed, works with its documents, and a phone is served', async () => {
    home = await ada.claim(1, 'Smith');
    expect(await ada.rollOut('profiles', PROFILES)).toMatchObject({ status: 'done', applied: 1 });
    expect(await ada.rollOut('timers', lifetime(900))).toMatchObject({ status: 'done', applied: 1 });
    expect(await running(scene)).toEqual([900]);
    await attach(scene, 1, 1, ['ipv4']);
    await eventually('the roam', async () => (await ada.ask<Overview>('GET', '/overview')).ticker.some((h) => h.to.name === 'Smith' && h.duration !== undefined));
  });

  it('what was changed is there when the cloud starts anew', async () => {
    await scene.cloud.stop();
    expect((await scene.status(1)).fleet?.state).toBe('connected');
    await scene.cloud.start();
    ada = await signIn(scene);
    await eventually('the home', async () => (await ada.home(home)).status === 'online');
    expect((await ada.home(home)).configuration.timers).toMatchObject({ status: 'applied' });
    expect(await ada.ask('GET', '/audit/verify')).not.toHaveProperty('broken');
  });

  it('revoked, it is out at once, and its phones are', async () => {
    await ada.ask('POST', `/homes/${home}/revoke`, { reason: 'stolen' });
    await eventually('its connection to end', async () => (await scene.status(1)).fleet?.state === 'offline');
    await eventually('no session', async () => (await sessions(scene)).size === 0);
  });
});
