/** Composition root of the fleet service: from its configuration to parts that know each other by plain arguments. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Log } from '../../runtime/log.ts';
import { CONCERNS } from '../../runtime/fleet/topics.ts';
import { openAccess } from '../api/access.ts';
import type { Route } from '../api/route.ts';
import { auditRoutes } from '../api/routes/audit.ts';
import { claimsRoutes } from '../api/routes/claims.ts';
import { commandsRoutes } from '../api/routes/commands.ts';
import { documentsRoutes } from '../api/routes/documents.ts';
import { groupsRoutes } from '../api/routes/groups.ts';
import { homesRoutes } from '../api/routes/homes.ts';
import { liveRoutes } from '../api/routes/live.ts';
import { privacyRoutes } from '../api/routes/privacy.ts';
import { rolloutsRoutes } from '../api/routes/rollouts.ts';
import { settingsRoutes } from '../api/routes/settings.ts';
import { telemetryRoutes } from '../api/routes/telemetry.ts';
import { createLiveStream } from '../api/sse.ts';
import { startApi } from '../api/start.ts';
import { openLive, type LivePart } from '../live/live.ts';
import { wire } from '../live/wire.ts';
import { createClaims } from './claims.ts';
import { serveEnrolments } from './claimsEnrol.ts';
import { openCommands } from './commands.ts';
import type { CloudConfig, KnownLma } from './config.ts';
import type { GatewayRecord } from './records.ts';
import { anchorsOf, openDocuments } from './documents.ts';
import { createClosing, openFoundation, type Foundation } from './foundation.ts';
import { openGateways } from './gateways.ts';
import { openGroups } from './groups.ts';
import { createHomes } from './homes.ts';
import { createProvisioning } from './provisioning.ts';
import { openPublished } from './published.ts';
import { createDifference } from './difference.ts';
import { createRegistry } from './registry.ts';
import { openRollouts } from './rollouts.ts';
import { createTelemetry } from './telemetry.ts';
import { every } from './every.ts';

export interface FleetOptions {
  readonly version: string;
  /** The dashboard as it was built. */
  readonly site: string;
  /** A link for one more owner, though there are some: they forgot their passwords. */
  readonly newOwner?: boolean;
  /** Those of the configuration, and the one that this service runs. */
  readonly lmas: readonly KnownLma[];
}

export interface RunningFleet {
  /** Of the dashboard and the API. */
  readonly address: string;
  readonly port: number;
  readonly broker: string;
  stop(): Promise<void>;
}

const now = (): number => Date.now();
const newId = (): string => randomBytes(9).toString('base64url');
/** RFC 4285 leaves the length open: 32 octets. */
const newKey = (): string => randomBytes(32).toString('hex');
/** Retained messages come in rows; a broker that was silent for so long has told them. */
const BROKER_PAUSE = 200;

/** Resolves when it answers. @throws Error in words when something that it needs is not there */
export async function runFleet(config: CloudConfig, log: Log, options: FleetOptions): Promise<RunningFleet> {
  const onError = (e: Error): void => log('error', e.message);
  const closing = createClosing(onError);
  try {
    return await start(config, log, options, onError, closing);
  } catch (e) {
    await closing.all();
    throw e;
  }
}

async function start(config: CloudConfig, log: Log, { version, site, lmas, newOwner = false }: FleetOptions, onError: (e: Error) => void, closing: ReturnType<typeof createClosing>): Promise<RunningFleet> {
  let livePart: LivePart | undefined;
  const stream = createLiveStream();
  const onErased = (pseudonyms: readonly string[]): void => {
    livePart?.forget(new Set(pseudonyms));
    stream.forget();
  };
  const foundation = await openFoundation({ config, closing, now, onErased, endSessions: async (pseudonyms) => livePart?.endSessions(pseudonyms) ?? { ended: 0, left: 0 }, onError });
  const { store, audit, privacy, authority, broker } = foundation;
  const { bus, admission } = broker;
  const misheard = new Map<string, number>();
  const gateways = await openGateways(store, audit);
  const anchors = lmas.flatMap((l) => l.anchors);
  const documents = await openDocuments({ store, gateways, builtIn: anchors.length > 0 ? { lmas: { 'local-mobility-anchors': anchors } } : {} });
  const registry = await createRegistry({
    bus, store, gateways, now, onError,
    live: stream,
    fuzz: privacy.fuzz,
    fuzzMetres: () => privacy.settings.get().positions.fuzzMetres,
    silence: config['offline-after'] * 1000,
    subscribersAt: (identity) => (livePart && lmas.length > 0 && livePart.lmas.all().every((l) => l.reachable) ? livePart.subscribers.at(identity) : undefined),
    count: (reason, times = 1) => void misheard.set(reason, (misheard.get(reason) ?? 0) + times),
  });
  closing.add(() => registry.close());
  const live = await openLive({
    lmas: lmas.map((l) => ({ name: l.name, socket: l['control-socket'] })),
    captureRoom: config['capture-room'],
    wire, bus, store, now, onError,
    brokerAnswers: () => bus.connected,
    misheard: () => [...misheard, ...(bus.dropped > 0 ? [['more than is read of one, or no JSON', bus.dropped] as const] : [])],
    homes: registry,
    // Gateways whose own file says where their LMA is have a key of their own, too.
    gateways: () => [...gateways.all()].filter((g) => g.revoked !== undefined || anchorsOf('lmas', documents.merged(g, 'lmas')).length > 0),
    rollouts: () => rollouts.list(),
    neighbours: () => registry.neighbours(),
    pseudonymOf: (identity) => privacy.pseudonyms.of(identity),
    nameOf: (nai) => privacy.pseudonyms.name(nai),
    epoch: () => privacy.settings.get().pseudonyms.epochBegan,
    live: stream,
  });
  livePart = live;
  closing.add(() => live.close());
  const published = await openPublished(store, gateways);
  const provisioning = createProvisioning({ gateways, documents, published, bus, admission: live.lmaAdmission, seen: (id, concern) => registry.seen(id, concern), running: (id, concern) => registry.configuration(id, concern).running, pause: () => setTimeout(BROKER_PAUSE), onError });
  const rollouts = await openRollouts({ store, audit, gateways, registry, documents, provisioning, figuresOf: (of, from, to) => live.figures.figuresOf(of, from, to), live: stream, now, newId, onError });
  const groups = await openGroups({ store, audit, gateways, documents, newId });
  const homes = createHomes({ gateways, groups, registry, documents, provisioning, rollouts, admission, lmaAdmission: live.lmaAdmission, bus, now, newKey, onError });
  const commands = await openCommands({ bus, store, audit, gateways, registry, now, newId, onError });
  closing.add(() => commands.close());
  const telemetry = await createTelemetry({ bus, gateways, registry, now, newId });
  closing.add(() => telemetry.close());
  const claims = await createClaims({ bus: broker.claims, store, authority, homes, registry, readmit: (gateway) => admission.readmit(gateway), audit, live: stream, now, onError });
  closing.add(() => claims.close());
  const enrolments = await serveEnrolments({ bus, authority, homes, now, onError });
  closing.add(() => enrolments.close());
  // A gateway that knows a later revision than we do: the store was lost, and numbers go on from there.
  registry.watch({ running: (id, running) => CONCERNS.some((c) => (running[c]?.rev ?? 0) > (gateways.get(id)?.desired[c]?.rev ?? 0)) && void provisioning.refresh([id]).catch(onError) });

  await provisioning.compare();
  /** Killed between the word and the deed, or the broker or the disk did not take it. Doing it twice is free. */
  async function shutOut(which: (g: GatewayRecord) => boolean): Promise<void> {
    for (const g of gateways.all()) if (g.revoked && which(g)) await admission.revoke(g.id, g.certificate?.serial ?? '').catch(onError);
  }
  // Another broker may not have heard it from the process before, and is not waited for.
  void shutOut(() => true);
  let stopping = false;
  bus.onChange((connected) => {
    if (stopping) return;
    log(connected ? 'info' : 'warn', connected ? 'the broker is there' : 'the broker is away: gateways go on with what they have');
    if (connected) provisioning.compare().catch(onError);
  });
  const access = await openAccess({ store, audit, now, onError, newOwner });
  const routes: readonly Route[] = [
    ...homesRoutes({ registry, homes, documents, differenceOf: createDifference(published, registry), bindingsOf: (home) => live.subscribers.bindingsOf(home, 200) }),
    ...groupsRoutes(groups),
    ...documentsRoutes(documents),
    ...rolloutsRoutes(rollouts, documents),
    ...claimsRoutes(claims, registry),
    ...commandsRoutes(commands),
    ...telemetryRoutes(telemetry),
    ...auditRoutes({ audit }),
    ...settingsRoutes({ settings: privacy.settings }),
    ...privacyRoutes({ reveal: privacy.reveal, erase: privacy.erase }),
    ...liveRoutes({ live, pseudonyms: privacy.pseudonyms, audit, captures: { role: config.privacy.reveal, perHour: config.privacy['reveals-per-hour'] }, smallestGroup: () => privacy.settings.get().smallestGroup }),
  ];
  const api = await startApi({ config: config.http, access, live: stream, routes, site, version, now, onError });
  closing.add(() => api.close());
  const clocks = [
    every(100, async () => live.tick(now()), onError),
    every(250, () => rollouts.tick(), onError),
    every(1000, () => registry.tick(), onError),
    every(1000, () => commands.tick(), onError),
    every(5000, () => provisioning.tick(), onError),
    every(5000, () => privacy.tick(), onError),
    every(60_000, () => claims.tick(), onError),
    every(60_000, () => shutOut((g) => authority.valid(g.id).length > 0), onError),
    every(60_000, () => telemetry.tick(), onError),
    every(3_600_000, () => broker.refresh(), onError),
  ];
  closing.add(() => Promise.all(clocks.map((stop) => stop())));
  tell(log, foundation, api, gateways.size);
  return {
    address: api.address,
    port: api.port,
    broker: broker.address,
    stop() {
      stopping = true;
      return closing.all();
    },
  };
}

function tell(log: Log, { broker }: Foundation, api: { readonly address: string; setUpLink(): string | undefined }, homes: number): void {
  log('info', 'the fleet service answers', { dashboard: api.address, broker: broker.address, homes });
  const link = api.setUpLink();
  if (link !== undefined) log('info', `open this link and make an owner; it works once: ${link}`);
}
