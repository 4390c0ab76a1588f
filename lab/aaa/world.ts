/** A lab whose homes ask a RADIUS server who may come in: FreeRADIUS in a namespace of its own, EAP of every kind on the phones. */
import { join } from 'node:path';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import type { UnixDatagram } from '../../linux/sockets/unixDatagram.ts';
import type { AccessOptions, OpenAccessLink } from '../accessLink.ts';
import { builtInServer } from '../authentication.ts';
import type { Authentication, OpenAuthentication } from '../authentication.ts';
import { RADSEC_SECRET } from '../../runtime/radius/radsec.ts';
import { LabError } from '../namespaces.ts';
import { AAA } from '../topology.ts';
import type { HomePlan, LabOptions, PhonePlan } from '../topology.ts';
import { wiredAccessWith } from '../wiredAccess.ts';
import { openWorld } from '../world.ts';
import type { World } from '../world.ts';
import { certificates } from './certificates.ts';
import { accountOf, supplicantLines } from './credentials.ts';
import type { Credential } from './credentials.ts';
import { startFreeradius } from './freeradius.ts';
import type { RadiusServer } from './freeradius.ts';
import { operatorProxy, startOperator } from './operator.ts';
import type { Account, EapMethod, Subscribers } from './raddb.ts';
import { cardAnswer } from './simCard.ts';

export interface AaaOptions {
  /**
   * What each phone authenticates with; the server knows each of them unless `accounts` says otherwise. Without it hostapd asks
   * nobody (lab/authentication.ts), and only the gateways use the server.
   */
  readonly credential?: (phone: PhonePlan) => Credential;
  /** Instead of what the credentials say. */
  readonly accounts?: (known: readonly Account[]) => readonly Account[];
  readonly stations?: Subscribers['stations'];
  /** hostapd asks the gateway on its loopback, which passes it on to the LMA by RadSec; the server knows the LMA alone. */
  readonly radsec?: boolean;
  /** hostapd tells the server who came and went. */
  readonly accounting?: boolean;
}

export interface AaaWorld extends World {
  readonly radius: RadiusServer;
}

export const RADIUS_SECRET = 'radius-lab';

const METHODS: readonly EapMethod[] = ['peap', 'ttls', 'tls', 'md5', 'mschapv2', 'sim'];

/** What a gateway's configuration says to get its profiles from the server. */
export const aaaAgent = (extra: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  profiles: [],
  'mn-profile-load-aaa': true,
  'radius-servers': [{ address: AAA.ipv4, key: RADIUS_SECRET }],
  ...extra,
});

/** As the server sees it: behind a NAT, the NAT's own. */
export const seenAddress = (home: HomePlan): string => home.nat?.outside ?? home.ipv4;

/** hostapd at each home asks the RADIUS server; phones prove themselves with their credentials. */
function radiusAuthentication(aaa: AaaOptions, credentialOf: NonNullable<AaaOptions['credential']>, sockets: Set<UnixDatagram>): (options: AccessOptions) => Authentication {
  return ({ folder, plan }) => {
    const pki = certificates(join(folder, 'pki'));
    const [address, secret] = aaa.radsec ? ['127.0.0.1', RADSEC_SECRET] : [plan.aaa?.ipv4, RADIUS_SECRET];
    const server = (kind: 'auth' | 'acct', port: number) => [`${kind}_server_addr=${address}`, `${kind}_server_port=${port}`, `${kind}_server_shared_secret=${secret}`];
    return {
      prepare: () => undefined,
      hostapd: (home) => [`own_ip_addr=${home.ipv4}`, `nas_identifier=home${home.number}`, ...server('auth', 1812), ...(aaa.accounting ? server('acct', 1813) : []), 'radius_request_cui=1'],
      supplicant: (phone) => supplicantLines(credentialOf(phone), pki),
      started(phone, control) {
        const credential = credentialOf(phone);
        if (!('card' in credential)) return;
        const socket = unixDatagram({
          path: join(folder, `card${phone.number}`),
          peer: control,
          onMessage(octets) {
            const answer = cardAnswer(credential.card, new TextDecoder().decode(octets));
            if (answer !== undefined) socket.send(new TextEncoder().encode(answer));
          },
          onError: () => undefined,
        });
        socket.unref();
        sockets.add(socket);
        socket.send(new TextEncoder().encode('ATTACH'));
      },
    };
  };
}

/**
 * The homes' access points and the phones are not started yet (`World.startAccess`).
 * @param accessWith what they meet over
 */
export async function openAaaWorld(lab: LabOptions, aaa: AaaOptions, accessWith: (open: OpenAuthentication) => OpenAccessLink = wiredAccessWith): Promise<AaaWorld> {
  const sockets = new Set<UnixDatagram>();
  const world = await openWorld({ ...lab, aaa: true }, accessWith(aaa.credential ? radiusAuthentication(aaa, aaa.credential, sockets) : builtInServer));
  let radius: RadiusServer | undefined;
  const close: World['close'] = async (keep) => {
    for (const socket of sockets) socket.close();
    await radius?.stop();
    await world.close(keep);
  };
  try {
    radius = await startServers(world, aaa, sockets);
    return { ...world, radius, close };
  } catch (error) {
    await close(true);
    throw error;
  }
}

async function startServers(world: World, aaa: AaaOptions, sockets: Set<UnixDatagram>): Promise<RadiusServer> {
  const { folder, plan } = world;
  if (!plan.aaa) throw new LabError('the plan has no place for a RADIUS server');
  const credentials = plan.phones.flatMap((p) => aaa.credential?.(p) ?? []);
  const cards = credentials.flatMap((c) => ('card' in c ? [c.card] : []));
  if (cards.length > 0) {
    const { process, socket } = await startOperator(folder, plan.aaa.namespace, cards);
    world.adopt(process);
    sockets.add(socket);
  }
  const known = credentials.map(accountOf);
  return startFreeradius({
    folder,
    namespace: plan.aaa.namespace,
    addresses: [plan.aaa.ipv4, plan.aaa.ipv6],
    clients: aaa.radsec ? [{ address: plan.lma.ipv4, secret: RADIUS_SECRET }] : plan.homes.flatMap((h) => [seenAddress(h), ...(h.ipv6 ? [h.ipv6] : [])].map((address) => ({ address, secret: RADIUS_SECRET }))),
    accounts: aaa.accounts?.(known) ?? known,
    stations: aaa.stations ?? [],
    eap: { methods: METHODS, certificates: certificates(join(folder, 'pki')) },
    ...(cards.length > 0 ? { proxy: operatorProxy } : {}),
  });
}
