/** A lab that is run from the cloud: `roamstead cloud` beside the LMA, agents with `fleet:` that nobody has claimed, and the API as people reach it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import type { HomeDetails } from '../../cloud/api/resources/homes.ts';
import type { Rollout, RolloutPlan, Scope } from '../../cloud/api/resources/rollouts.ts';
import { lmaSocket, type Variation } from '../../lab/configuration.ts';
import { serveTraffic } from '../../lab/measure.ts';
import { run } from '../../lab/namespaces.ts';
import { roamstead } from '../../lab/paths.ts';
import { startPmip } from '../../lab/pmip.ts';
import { until, type LabProcess } from '../../lab/processes.ts';
import { DEFAULTS, type LabOptions, type Plan } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import type { Scene } from './scene.ts';

export interface FleetScene extends Scene {
  /** Where the dashboard is, from outside of the lab. */
  readonly url: string;
  readonly cloud: Cloud;
  /** What `roamstead agent status` says there. */
  status(home: number): Promise<AgentStatus>;
}

export interface Cloud {
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  log(): string;
  /** A command of the cloud's, such as `claim-credential --new`. */
  run(...words: string[]): string;
}

export interface FleetSceneOptions extends Partial<LabOptions> {
  readonly prefix: string;
  /** Merged over cloud.yaml. */
  readonly cloud?: (plan: Plan, folder: string) => Readonly<Record<string, unknown>>;
  /** Between the cloud's configuration and its start: another broker, for instance. */
  readonly beside?: (world: FleetScene['world'], cloud: Cloud) => Promise<void>;
  /** Merged over the gateways' `fleet:`. */
  readonly fleet?: (lma: string) => Readonly<Record<string, unknown>>;
  readonly variation?: Variation;
}

const READY_MS = 20_000;
export const PROFILE = 'guests';

export async function openFleetScene({ cloud: changes, beside, fleet, variation = {}, ...lab }: FleetSceneOptions): Promise<FleetScene> {
  const world = await openWorld({ ...DEFAULTS, ...lab });
  const { plan, folder } = world;
  const path = (name: string): string => join(folder, name);
  const door = await listen(path('api.sock'));
  try {
    writeFileSync(path('cloud.yaml'), cloudConfig(plan, folder, changes?.(plan, folder)));
    let running: LabProcess | undefined;
    const cloud: Cloud = {
      async start() {
        running = world.spawn({ name: 'cloud', namespace: plan.lma.namespace, argv: [process.execPath, roamstead, 'cloud', '--config', path('cloud.yaml')] });
        const p = running;
        const from = p.log().length;
        await until('the cloud', READY_MS, () => {
          if (!p.running()) throw new Error(`the cloud ended: ${p.log().slice(from)}`);
          return p.log().slice(from).includes('the fleet service answers');
        });
      },
      stop: async (signal) => running?.stop(signal),
      log: () => running?.log() ?? '',
      run: (...words) => run([process.execPath, roamstead, 'cloud', ...words, '--config', path('cloud.yaml')]),
    };
    const access = world.startAccess();
    await beside?.(world, cloud);
    await Promise.all([access, cloud.start()]);
    // The API is on the loopback of the anchor's namespace; this end of the way is on ours.
    world.spawn({ name: 'api', namespace: plan.lma.namespace, argv: way(path('api.sock'), '127.0.0.1:8080') });
    writeFileSync(path('claim.pem'), cloud.run('claim-credential'), { mode: 0o600 });
    await serveTraffic(world);
    const managed = (home: number) => ({ broker: `mqtts://${plan.lma.ipv4}:8883`, authority: path('cloud/pki/authority.pem'), 'claim-credential': path('claim.pem'), 'state-directory': path(`fleet${home}`), ...fleet?.(plan.lma.ipv4) });
    const pmip = await startPmip(world, {
      ...variation,
      lma: { 'mobile-access-gateways': undefined, ...variation.lma },
      interface: () => ({ 'default-profile': PROFILE }),
      agent: (home) => ({ 'local-mobility-anchors': [], profiles: [], fleet: managed(home.number), ...variation.agent?.(home) }),
    });
    await until('the way to the API', READY_MS, () => existsSync(path('api.sock')));
    return {
      world,
      pmip,
      cloud,
      url: `http://127.0.0.1:${door.port}`,
      status: (home) => pmip.ask(home, 'agent status') as Promise<AgentStatus>,
      roam: (phone, home) => pmip.arrival(home, world.phone(phone).mac, () => world.roam(phone, home)),
      async close() {
        door.close();
        await world.close();
      },
    };
  } catch (error) {
    door.close();
    await world.close(true);
    throw error;
  }
}

const cloudConfig = (plan: Plan, folder: string, changes: Readonly<Record<string, unknown>> = {}): string =>
  stringify({
    role: 'fleet',
    lmas: [{ name: 'lma1', 'control-socket': lmaSocket(folder), anchors: [{ id: 'lma1', 'ipv6-address': plan.lma.ipv6, 'ipv4-address': plan.lma.ipv4 }] }],
    broker: { kind: 'embedded', listen: `${plan.lma.ipv4}:8883`, names: [plan.lma.ipv4] },
    'state-directory': join(folder, 'cloud'),
    ...changes,
  });

/** A port of this machine's loopback. */
export interface Door {
  readonly port: number;
  close(): void;
}

/** Leads to an address of the anchor's namespace. */
export async function openDoor({ world }: Pick<FleetScene, 'world'>, address: string): Promise<Door> {
  // A colon means something to socat.
  const name = `door-${address.replaceAll(':', '-')}`;
  const socket = join(world.folder, `${name}.sock`);
  world.spawn({ name, namespace: world.plan.lma.namespace, argv: way(socket, address) });
  await until('the door', READY_MS, () => existsSync(socket));
  return listen(socket);
}

const way = (socket: string, address: string): string[] => ['socat', `UNIX-LISTEN:${socket},fork`, `TCP:${address}`];

/** Leads to a socket file. */
async function listen(socket: string): Promise<Door> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(socket);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one);
      one.on('error', () => undefined).on('close', () => (open.delete(one), other.destroy())).pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const s of open) s.destroy();
    },
  };
}

/** Somebody at the API, who has signed in. */
export interface Person {
  /** @throws Error with what the API said when it refused */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** The audit log, the newest first. */
  audit(): Promise<readonly { readonly action: string; readonly target: string; readonly by: string; readonly reason?: string }[]>;
  /** Claims the home's gateway by the code that it shows, and waits for it. @returns its id */
  claim(home: number, name: string, group?: string): Promise<string>;
  /** A change of all homes of the scope at once, unless `pace` says otherwise. */
  start(concern: string, document: unknown, scope?: Scope, pace?: Partial<RolloutPlan>): Promise<Rollout>;
  /** The rollout when it is over. */
  ended(id: string): Promise<Rollout>;
  /** Both. */
  rollOut(concern: string, document: unknown, scope?: Scope): Promise<Rollout>;
  home(id: string): Promise<HomeDetails>;
}

/** The first owner, made with the link of the log. */
export async function firstOwner(scene: FleetScene): Promise<Person> {
  const token = setUpLink(scene).split('#')[1];
  return personOf(scene, '/setup', { token, name: 'ada', password: PASSWORD });
}
export const PASSWORD = 'four words of a kind';
export const setUpLink = ({ cloud, url }: FleetScene): string => `${url}/setup#${/\/setup#(\S+)/.exec(cloud.log())?.[1] ?? ''}`;
export const signIn = (scene: FleetScene, name = 'ada', password = PASSWORD): Promise<Person> => personOf(scene, '/session', { name, password });

async function personOf(scene: FleetScene, path: string, credentials: object): Promise<Person> {
  // A connection that is kept may end just as it is used again.
  let headers: Record<string, string> = { 'content-type': 'application/json', connection: 'close' };
  const fetched = async (method: string, route: string, body?: unknown) => {
    const response = await fetch(`${scene.url}/api/v1${route}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${JSON.stringify(answer)}`);
    return { response, answer };
  };
  const { response, answer } = await fetched('POST', path, credentials);
  headers = { ...headers, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '', 'x-roamstead-csrf': (answer as { csrf: string }).csrf };
  const person: Person = {
    ask: async (method, route, body) => (await fetched(method, route, body)).answer as never,
    audit: async () => (await person.ask<{ items: never[] }>('GET', '/audit')).items,
    home: (id) => person.ask('GET', `/homes/${id}`),
    async claim(number, name, group = 'homes') {
      const { gateway: id = '', code } = (await scene.status(number)).fleet ?? {};
      await eventually(`the claim of home ${number}`, async () => (await person.ask<{ gateway: string }[]>('GET', '/claims')).some((c) => c.gateway === id));
      await person.ask('POST', '/claims', { code, name, group });
      await eventually(`home ${number} to be online with an LMA`, async () => {
        const home = await person.home(id);
        return home.status === 'online' && home.lmas.length > 0 && home.configuration.lmas.status === 'applied';
      });
      return id;
    },
    start: (concern, document, scope = { kind: 'fleet' }, pace = {}) => person.ask('POST', '/rollouts', { scope, concern, document, canary: 500, ramp: 1, watch: 0, tolerance: { success: 1, time: 10 }, ...pace }),
    ended: (id) =>
      eventually(`the rollout to end`, async () => {
        const rollout = await person.ask<Rollout>('GET', `/rollouts/${id}`);
        return rollout.endedAt !== undefined && rollout;
      }),
    rollOut: async (concern, document, scope) => person.ended((await person.start(concern, document, scope)).id),
  };
  return person;
}

const PATIENCE_MS = 40_000;

/** Asks four times a second: nobody may ask much more often. */
export async function eventually<T>(what: string, ask: () => Promise<T | false>): Promise<T> {
  let next = 0;
  return until(what, PATIENCE_MS, async () => {
    if (performance.now() < next) return false;
    next = performance.now() + 250;
    return ask();
  });
}

/** Of an agent's fleet: key, certificate and authority that it goes to the broker with. */
export const credentialsOf = (folder: string, home: number): { readonly file: (name: string) => string; read(name: string): string } => {
  const file = (name: string): string => join(folder, `fleet${home}`, name);
  return { file, read: (name) => readFileSync(file(name), 'utf8') };
};
