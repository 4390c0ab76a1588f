/** A gateway with RADIUS: profiles, accounting and dynamic authorization around one client, by configuration. Only such a gateway loads it. */
import { randomBytes } from 'node:crypto';
import type { Mac } from '../../protocol/mac.ts';
import { TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import { seconds } from '../../protocol/units.ts';
import { openRadiusClient } from '../../runtime/radius/client.ts';
import { secretOf } from '../../runtime/radius/config.ts';
import { openDynamicAuthorization } from '../../runtime/radius/dynamicAuthorization.ts';
import type { NasIdentity, RadiusClient } from '../../runtime/radius/types.ts';
import { accessInterfaces, identityOf, lmaPeers, type AgentConfig } from '../config.ts';
import type { AaaOptions, Source } from './aaa.ts';
import { createAccounting, type Accounting } from './accounting.ts';
import type { Answers } from './answers.ts';
import { createCache } from './cache.ts';
import { createDynamicRequests } from './dynamicRequest.ts';
import { createProfileSource, type StationProfiles } from './profileSource.ts';
import { createQuestions } from './questions.ts';

/** @throws Error in words when a key cannot be read, or nobody could send dynamic authorization */
export async function openRadius(o: AaaOptions, answers: Answers): Promise<Source> {
  const { config, list, feed, now, log, shown, onCount, onError } = o;
  const packets = o.onPacket ? { onPacket: o.onPacket } : {};
  const nas = nasOf(config);
  const client = config['radius-servers'].length > 0 ? openRadiusClient({ ...clientOptions(config), nas, onCount: (reason) => onCount(`RADIUS: ${reason}`), onError, ...packets }) : undefined;
  const names = new Map(accessInterfaces(config).map((i) => [i.device, i.name]));
  const interfaceName = (device: string): string => names.get(device) ?? device;

  const profiles = createStationProfiles(o, answers, client ?? NOBODY, interfaceName, (mac) => accounting?.ending(mac, TERMINATE_CAUSE.SESSION_TIMEOUT));
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
    reload: (changed) => profiles.reload(changed),
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

type Profiles = Omit<StationProfiles, 'reload'> & Pick<Source, 'reload'>;

function createStationProfiles(o: AaaOptions, answers: Answers, client: Pick<RadiusClient, 'authorize'>, interfaceName: (device: string) => string, onSessionTimeout: (mac: Mac) => void): Profiles {
  const { config, list, feed, now, onCount } = o;
  const kept = config['profile-cache'];
  const rejectAge = seconds(kept['reject-age']);
  const cache = createCache({ age: seconds(kept.age), ageWithoutRadius: seconds(kept['age-without-radius']), rejectAge, size: kept.size });
  const { password, dns } = config.radius;
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
    reload(changed) {
      context.lmas = lmaPeers(changed);
      source.reload();
    },
  };
}

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
