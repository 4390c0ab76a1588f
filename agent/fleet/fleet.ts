/**
 * The fleet's and the owner's word in the gateway's shell: the configuration that the agent starts with, and what becomes of it
 * while it runs. Without `fleet:` in the file there is no broker, and the owner can pause and cap all the same.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Received, Transition } from '../../protocol/entity.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import type { Handlers } from '../../runtime/control.ts';
import { shownAs } from '../../runtime/identities.ts';
import type { Log } from '../../runtime/log.ts';
import type { Trace } from '../../runtime/traces.ts';
import { identityOf, type AgentConfig } from '../config.ts';
import type { Complaint } from '../lastProblems.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import type { GiveUpReport } from '../mag/ownRevocation.ts';
import type { Mag } from '../mag/mag.ts';
import type { ShowOptions } from '../show/options.ts';
import { showHandlers } from '../show.ts';
import { ownBssids } from '../wifi/survey/survey.ts';
import { jittered } from './backoff.ts';
import { createFleetClient, type FleetClient } from './client.ts';
import { createOrders } from './orders.ts';
import type { GatewayKey } from './key.ts';
import type { Credential, CredentialStore, Store, World } from './ports.ts';
import { claimQr } from './qr.ts';
import { radioMarks } from './radio.ts';
import { createReach } from './reach.ts';
import { capIn, openSharing, type Sharing } from './sharing.ts';
import { statusOf, type AgentStatus } from './status.ts';
import { openCredentials, openKey, openStore } from './store.ts';
import { createTeller } from './tell.ts';
import { createWork, type Adjustable } from './work.ts';

export interface FleetOptions {
  /** As the file has it. */
  readonly config: AgentConfig;
  /** Of the agent. */
  readonly version: string;
  readonly now: () => Now;
  readonly log: Log;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
  /** What the log warned of last. */
  readonly problems?: () => readonly Complaint[];
  /** Instead of the files in the state directory: hundreds of simulated gateways in one process have none. */
  readonly disk?: Disk;
}

/** What of a gateway outlives its agent. */
export interface Disk {
  readonly key: GatewayKey;
  readonly credentials: CredentialStore;
  readonly store: Store;
}

/** What the gateway is, once it runs. */
export interface FleetParts extends Adjustable {
  readonly mag: Mag;
  readonly show: Omit<ShowOptions, 'shown'>;
  /** Bindings that the data path was made for. */
  readonly bindings: number;
  readonly octets: () => { readonly up: number; readonly down: number };
  readonly giveUp: (reason: string) => Promise<GiveUpReport>;
  readonly restart: (why: string) => void;
}

export interface Fleet {
  /** By which the agent works: the file's, with what the fleet said last and the owner allows. */
  readonly config: AgentConfig;
  /** Nobody new is let in. */
  readonly paused: () => boolean;
  start(parts: FleetParts): void;
  heard(received: Received): void;
  onTransition(t: Transition): void;
  readonly onTrace: (trace: Trace) => void;
  readonly handlers: Handlers;
  close(): Promise<void>;
}

/** LMAs that nobody has heard of for so long are asked. */
const QUIET: Millis = 60_000;

/** @throws Error in words when the gateway's key cannot be had */
export async function openFleet(o: FleetOptions): Promise<Fleet> {
  const { config: base, now, log, onError } = o;
  const section = base.fleet;
  const world: World = { now, after, random };
  // Not beside the bindings: whatever ends there as they do is taken for one.
  const folder = section?.['state-directory'] ?? join(base['state-directory'], 'owner');
  const owner = openSharing(base['owner-directory'] ?? folder, onError);
  // The MQTT client takes 10 MB: only a gateway of a fleet loads it.
  const disk = section && { ...(o.disk ?? (await openDisk(folder, onError))), ...(await import('./mqtt.ts')) };
  let parts: FleetParts | undefined;
  let client: FleetClient | undefined;
  let stopProbes = (): void => undefined;
  const work = createWork({
    base,
    documents: disk?.store.state.good ?? {},
    cap: () => owner.sharing.cap,
    ability: () => parts && { bindings: parts.bindings, polices: parts.limitGuests !== undefined },
    parts: () => parts,
  });
  const reach = createReach(() => parts?.mag.config.lmas ?? [], now);
  const shown = shownAs('pseudonymous');
  const teller = createTeller(shown, (event) => client?.tell(event));
  const probe = (): void => parts?.feed({ kind: 'probeLmas' });

  function watchAnchors(): void {
    if (work.config.heartbeat.enabled && reach.quietFor(QUIET)) probe();
    stopProbes = world.after(jittered(QUIET, world.random()), watchAnchors);
  }

  function clientOf(p: FleetParts, { key, credentials, store, mqttConnect }: NonNullable<typeof disk>, { broker, ...files }: NonNullable<typeof section>): FleetClient {
    const show = showHandlers({ ...p.show, shown });
    return createFleetClient({
      world,
      connect: mqttConnect(broker),
      store,
      credentials,
      key,
      claimCredential: () => claimCredential(files),
      gateway: {
        agent: o.version,
        identity: identityOf(base),
        commands: createOrders({
          identity: identityOf(base),
          show,
          shown,
          neighbours: p.show.neighbours,
          refresh() {
            p.feed({ kind: 'refreshAll' });
            return guests(p.mag);
          },
          identify: () => log('warn', `fleet: somebody asks which gateway this is: ${identityOf(base)}`),
          restart: () => p.restart('the fleet asked for it'),
        }),
        telemetry: { bindings: () => show['show mag binding']?.({ command: 'show mag binding' }), counters: () => ({ octets: p.octets(), counters: p.show.counters.all() }) },
        figures: () => {
          const { up, down } = p.octets();
          const authority = credentials.load()?.authority;
          const radio = authority === undefined ? undefined : radioMarks(authority, ownBssids(), p.show.neighbours().map((n) => n.bssid));
          return { bindings: guests(p.mag), sharing: shownSharing(owner.sharing, work.config), counters: { ...teller.sums, bytesUp: up, bytesDown: down }, lmas: reach.all(), memory: process.memoryUsage.rss(), ...(radio && { radio }) };
        },
      },
      judge: work.judge,
      apply: work.apply,
      probe,
      log,
      onCount: o.onCount,
      onError,
    });
  }

  function ownerChanged(): void {
    if (client) client.ownerChanged();
    else work.apply({});
  }

  async function decide(sharing: Partial<Sharing>, text: string): Promise<void> {
    log('info', text);
    const kept = owner.set(sharing);
    ownerChanged();
    client?.tell({ kind: 'notice', at: now().wall, level: 'info', text });
    await kept;
  }

  function status(): AgentStatus {
    const fleet = client?.status();
    return statusOf({
      version: o.version,
      identity: identityOf(base),
      config: work.config,
      sharing: owner.sharing,
      mag: parts?.mag,
      octets: parts?.octets() ?? { up: 0, down: 0 },
      reach,
      problems: o.problems?.() ?? [],
      ...(fleet ? { fleet: { ...fleet, ...(fleet.code === undefined ? {} : { qr: claimQr(fleet.gateway, fleet.code) }) } } : {}),
    });
  }

  return {
    get config() {
      return work.config;
    },
    paused: () => owner.sharing.paused,
    start(running) {
      parts = running;
      watchAnchors();
      if (!disk || !section) return;
      client = clientOf(running, disk, section);
      const { code, gateway } = client.status();
      if (code !== undefined) for (const line of claimQr(gateway, code).split('\n')) log('info', line);
      client.start();
    },
    heard(received) {
      if (reach.heard(received)) client?.answered();
    },
    onTransition: (t) => teller.onTransition(t),
    onTrace: (trace) => teller.onTrace(trace),
    handlers: {
      'agent status': status,
      async 'agent pause'() {
        await decide({ paused: true }, "the home's owner paused sharing");
        return parts?.giveUp("the home's owner paused sharing");
      },
      'agent resume': () => decide({ paused: false }, "the home's owner resumed sharing"),
      'agent unclaim'() {
        if (!client) throw new Error('this gateway is of no fleet: its file has no section "fleet"');
        log('warn', "fleet: the home's owner wants this gateway to be claimed anew");
        client.unclaim();
        return client.status();
      },
      'agent cap': async (request) => {
        await decide({ cap: capIn(request) }, "the home's owner set other limits");
        return owner.sharing.cap;
      },
    },
    async close() {
      stopProbes();
      await client?.close();
    },
  };
}

const openDisk = async (folder: string, onError: FleetOptions['onError']): Promise<Disk> => ({ key: await openKey(folder), credentials: openCredentials(folder, onError), store: await openStore(folder, after, onError) });

/** Also of the code that a person types, which nobody is to guess. */
const random = (): number => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

/** @returns what prevents it */
function after(delay: Millis, call: () => void): () => void {
  const timer = setTimeout(call, delay);
  timer.unref();
  return () => clearTimeout(timer);
}

const guests = (mag: Mag): number => entriesOf(mag.list).filter((e) => e.state.name === 'active').length;

function shownSharing({ paused }: Sharing, { 'host-first': limits }: AgentConfig) {
  const { 'maximum-guests': maximumGuests, 'up-rate': upRate, 'down-rate': downRate } = limits;
  return { paused, ...(maximumGuests === undefined ? {} : { maximumGuests }), ...(upRate === undefined ? {} : { upRate }), ...(downRate === undefined ? {} : { downRate }) };
}

/** One PEM file with certificate and key, the same for all new gateways. @throws Error that names the file */
function claimCredential({ 'claim-credential': file, 'claim-broker': broker, authority }: { readonly 'claim-credential'?: string | undefined; readonly 'claim-broker'?: string | undefined; readonly authority: string }): Credential {
  if (file === undefined) throw new Error('nobody has claimed this gateway, and fleet.claim-credential is not configured');
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (e) {
      throw new Error(`${path} cannot be read: ${(e as NodeJS.ErrnoException).code ?? 'unknown'}`, { cause: e });
    }
  };
  const pem = read(file);
  return { certificate: pem, key: pem, authority: read(authority), ...(broker === undefined ? {} : { broker }) };
}
