/**
 * The fleet's and the owner's word in the gateway's shell: the configuration that the agent starts with, and what becomes of it
 * while it runs. Without `fleet:` in the file there is no broker, and the owner can pause and cap all the same.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Received, Transition } from '../../protocol/entity.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import type { Handlers } from '../../runtime/control.ts';
import type { Log } from '../../runtime/log.ts';
import type { Trace } from '../../runtime/traces.ts';
import { identityOf, type AgentConfig } from '../config.ts';
import type { Complaint } from '../lastProblems.ts';
import type { GiveUpReport } from '../mag/ownRevocation.ts';
import type { Mag } from '../mag/mag.ts';
import { part } from '../part.ts';
import type { ShowOptions } from '../show/options.ts';
import { jittered } from './backoff.ts';
import type { GatewayKey } from './key.ts';
import { ownersLimits } from './limits.ts';
import type { CredentialStore, Store, World } from './ports.ts';
import { createReach } from './reach.ts';
import { capIn, openSharing, type Sharing } from './sharing.ts';
import { statusOf, type AgentStatus, type FleetStatus } from './status.ts';
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
  let parts: FleetParts | undefined;
  let stopProbes = (): void => undefined;
  const probe = (): void => parts?.feed({ kind: 'probeLmas' });
  const reach = createReach(() => parts?.mag.config.lmas ?? [], now);
  const fleet = section && (await part('the fleet', () => import('./member.ts')));
  const member = fleet && (await fleet.openMember({ ...o, section, folder, world, owner, reach, probe }));
  const work = createWork({
    base,
    documents: member?.documents ?? {},
    over: fleet?.overlay ?? ownersLimits,
    cap: () => owner.sharing.cap,
    ability: () => parts && { bindings: parts.bindings, polices: parts.limitGuests !== undefined },
    parts: () => parts,
  });

  function watchAnchors(): void {
    if (work.config.heartbeat.enabled && reach.quietFor(QUIET)) probe();
    stopProbes = world.after(jittered(QUIET, world.random()), watchAnchors);
  }

  function ownerChanged(): void {
    if (member?.client) member.client.ownerChanged();
    else work.apply({});
  }

  async function decide(sharing: Partial<Sharing>, text: string): Promise<void> {
    log('info', text);
    const kept = owner.set(sharing);
    ownerChanged();
    member?.client?.tell({ kind: 'notice', at: now().wall, level: 'info', text });
    await kept;
  }

  /** Among the last problems, where the owner looks who wonders what became of a limit. */
  function warnOfRates(): void {
    const { 'up-rate': up, 'down-rate': down } = work.config['host-first'];
    if (parts && !parts.limitGuests && (up ?? down) !== undefined) log('warn', 'the data path of this gateway keeps to no rates: of the limits for its guests only their number is in force');
  }

  /** At once, save with the code of a gateway that nobody has claimed: a QR code is drawn first. */
  function status(): AgentStatus | Promise<AgentStatus> {
    const seen = member?.client?.status();
    return seen?.code === undefined || !fleet ? statusWith(seen) : fleet.claimQr(seen.gateway, seen.code).then((qr) => statusWith({ ...seen, qr }));
  }

  const statusWith = (seen: FleetStatus | undefined): AgentStatus =>
    statusOf({
      version: o.version,
      identity: identityOf(base),
      config: work.config,
      polices: parts === undefined || parts.limitGuests !== undefined,
      sharing: owner.sharing,
      mag: parts?.mag,
      octets: parts?.octets() ?? { up: 0, down: 0 },
      reach,
      problems: o.problems?.() ?? [],
      ...(seen ? { fleet: seen } : {}),
    });

  return {
    get config() {
      return work.config;
    },
    paused: () => owner.sharing.paused,
    start(running) {
      parts = running;
      warnOfRates();
      watchAnchors();
      member?.start(running, work);
    },
    heard(received) {
      if (reach.heard(received)) member?.client?.answered();
    },
    onTransition: (t) => member?.onTransition(t),
    onTrace: (trace) => member?.onTrace(trace),
    handlers: {
      'agent status': status,
      async 'agent pause'() {
        const why = "the home's owner paused sharing";
        const [, report] = await Promise.all([decide({ paused: true }, why), parts?.giveUp(why)]);
        return report;
      },
      'agent resume': () => decide({ paused: false }, "the home's owner resumed sharing"),
      'agent unclaim'() {
        const client = member?.client;
        if (!client) throw new Error('this gateway is of no fleet: its file has no section "fleet"');
        log('warn', "fleet: the home's owner wants this gateway to be claimed anew");
        client.unclaim();
        return client.status();
      },
      'agent cap': async (request) => {
        await decide({ cap: capIn(request) }, "the home's owner set other limits");
        warnOfRates();
        return owner.sharing.cap;
      },
    },
    async close() {
      stopProbes();
      await member?.client?.close();
    },
  };
}

/** Also of the code that a person types, which nobody is to guess. */
const random = (): number => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

/** @returns what prevents it */
function after(delay: Millis, call: () => void): () => void {
  const timer = setTimeout(call, delay);
  timer.unref();
  return () => clearTimeout(timer);
}
