/** The gateway's AAA as one part: profile sources, accounting and dynamic authorization around one RADIUS client, by configuration. */
import { randomBytes } from 'node:crypto';
import type { Mac } from '../../protocol/address.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { Paths } from '../../protocol/paths.ts';
import { TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import { seconds, type Now } from '../../protocol/units.ts';
import type { Shown } from '../../runtime/identities.ts';
import type { Log } from '../../runtime/log.ts';
import { openRadiusClient } from '../../runtime/radius/client.ts';
import { secretOf } from '../../runtime/radius/config.ts';
import { openDynamicAuthorization } from '../../runtime/radius/dynamicAuthorization.ts';
import type { NasIdentity, OnPacket, RadiusClient } from '../../runtime/radius/types.ts';
import { accessInterfaces, defaultProfiles, identityOf, lmaPeers, localList, type AgentConfig } from '../config.ts';
import type { BindingUpdateList } from '../mag/bindingUpdateList.ts';
import type { MagEvent } from '../mag/events.ts';
import { localProfiles, type ProfileSource } from '../mag/profile.ts';
import { createAnswers } from './answers.ts';
import { createAccounting, type Accounting } from './accounting.ts';
import { createCache } from './cache.ts';
import { identifierPolicy, profileMode } from './config.ts';
import { createDynamicRequests } from './dynamicRequest.ts';
import { createProfileSource, type StationProfiles } from './profileSource.ts';
import { createQuestions } from './questions.ts';

export interface AaaOptions {
  readonly config: AgentConfig;
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly paths: Pick<Paths, 'counters'>;
  readonly feed: (event: MagEvent) => void;
  readonly now: () => Now;
  readonly log: Log;
  readonly shown: Shown;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
  /** For debug. */
  readonly onPacket?: OnPacket;
}

export interface Aaa extends ProfileSource {
  /** Every transition of the gateway, as it comes. */
  onTransition(t: Transition): void;
  /** A frame of a station that is known. */
  seen(mac: Mac): void;
  /** Other default profiles, and LMAs that profiles may name, from now on; nobody waits for it. */
  use(config: AgentConfig): void;
  /** After what the last agent left was taken up. */
  takeUp(): void;
  close(): void;
}

/** @throws Error in words when a key cannot be read, or nobody could send dynamic authorization */
export async function openAaa(o: AaaOptions): Promise<Aaa> {
  const { config, list, feed, now, log, shown, onCount, onError } = o;
  const packets = o.onPacket ? { onPacket: o.onPacket } : {};
  const nas = nasOf(config);
  const client = config['radius-servers'].length > 0 ? openRadiusClient({ ...clientOptions(config), nas, onCount: (reason) => onCount(`RADIUS: ${reason}`), onError, ...packets }) : undefined;
  const names = new Map(accessInterfaces(config).map((i) => [i.device, i.name]));
  const interfaceName = (device: string): string => names.get(device) ?? device;

  const profiles = createStationProfiles(o, client ?? NOBODY, interfaceName, (mac) => accounting?.ending(mac, TERMINATE_CAUSE.SESSION_TIMEOUT));
  const accounting: Accounting | undefined =
    client && config.radius.accounting === 'start-stop'
      ? createAccounting({ client, list, paths: o.paths, grantOf: (mac) => profiles.grantOf(mac), interfaceName, interval: config.radius['interim-interval'], run: randomBytes(4).toString('hex'), now })
      : undefined;

  const onRequest = createDynamicRequests({
    list,
    grantOf: (mac) => profiles.grantOf(mac),
    sessionOf: (mac) => accounting?.sessionOf(mac),
    interfaceName,
    disconnect(mac) {
      log('info', 'disconnected by dynamic authorization (RFC 5176)', { station: shown(mac) });
      profiles.forget(mac);
      accounting?.ending(mac, TERMINATE_CAUSE.ADMIN_RESET);
      feed({ kind: 'disconnect', mac, reason: 'Disconnect-Request (RFC 5176)' });
    },
    reconcile: (mac) => profiles.reconcile(mac),
  });
  const dynamic = config['dynamic-authorization'];
  const door = dynamic
    ? await openDynamicAuthorization({
        listen: [dynamic.listen].flat().map((address) => ({ address, port: dynamic.port })),
        clients: dynamic.clients.map((c, i) => ({ address: c.address, secret: secretOf(c, `dynamic-authorization.clients.${i}`) })),
        nas,
        requireMessageAuthenticator: config.radius['require-message-authenticator'],
        onRequest,
        onCount: (reason) => onCount(`RADIUS: ${reason}`),
        onError,
        ...packets,
      }).catch((e: unknown) => {
        client?.close();
        throw e;
      })
    : undefined;

  return {
    load: (station) => profiles.load(station),
    onTransition(t) {
      // First what is billed: afterwards nobody remembers the station.
      accounting?.onTransition(t);
      profiles.onTransition(t);
    },
    seen: (mac) => profiles.seen(mac),
    use: (changed) => profiles.use(changed),
    takeUp() {
      profiles.takeUp();
      accounting?.takeUp();
    },
    close() {
      door?.close();
      accounting?.close();
      profiles.close();
      client?.close();
    },
  };
}

/** Without servers no interface asks. */
const NOBODY: Pick<RadiusClient, 'authorize'> = { authorize: () => Promise.resolve({ kind: 'timeout', reason: 'no RADIUS server is configured' }) };

function createStationProfiles(o: AaaOptions, client: Pick<RadiusClient, 'authorize'>, interfaceName: (device: string) => string, onSessionTimeout: (mac: Mac) => void): StationProfiles & Pick<Aaa, 'use'> {
  const { config, list, feed, now, onCount } = o;
  const kept = config['profile-cache'];
  const rejectAge = seconds(kept['reject-age']);
  const cache = createCache({ age: seconds(kept.age), ageWithoutRadius: seconds(kept['age-without-radius']), rejectAge, size: kept.size });
  const { password, dns } = config.radius;
  const answers = createAnswers({
    ...configured(config),
    local: localProfiles(localList(config), {}),
    policy: identifierPolicy(config),
    policyOfDefaults: config['mn-identifier'] !== undefined,
    onCount,
  });
  const context = { lmas: lmaPeers(config), dns };
  const source = createProfileSource({
    answers,
    questions: createQuestions({ client, cache, context, ...(password === undefined ? {} : { password }), interfaceName, now, onCount }),
    list,
    feed,
    onSessionTimeout,
    now,
    askAgain: seconds(config.radius['ask-again']),
    refresh: seconds(kept.age),
    pause: Math.max(SHORTEST_PAUSE, rejectAge),
  });
  return {
    ...source,
    use(changed) {
      context.lmas = lmaPeers(changed);
      answers.use(configured(changed));
      source.reload();
    },
  };
}

const configured = (config: AgentConfig) => ({ modes: new Map(accessInterfaces(config).map((i) => [i.device, profileMode(config, i)])), defaults: defaultProfiles(config) });

/** A phone that was refused says something every second or so. */
const SHORTEST_PAUSE = 1000;

function nasOf(config: AgentConfig): NasIdentity {
  const ipv4 = config.radius['nas-ip-address'] ?? config.address.ipv4;
  const ipv6 = config.radius['nas-ipv6-address'] ?? config.address.ipv6;
  return { identifier: config.radius['nas-identifier'] ?? identityOf(config), ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}

function clientOptions(config: AgentConfig) {
  const { timeout, retransmit, 'dead-time': deadTime, 'require-message-authenticator': requireMessageAuthenticator } = config.radius;
  const servers = config['radius-servers'].map((s, i) => ({ address: s.address, authPort: s['auth-port'], acctPort: s['acct-port'], secret: secretOf(s, `radius-servers.${i}`) }));
  return { servers, timeout: seconds(timeout), retransmit, deadTime: seconds(deadTime), requireMessageAuthenticator };
}
