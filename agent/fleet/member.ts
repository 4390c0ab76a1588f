/** What only a gateway of a fleet has: key, certificate, documents, and the client that keeps it in touch. Loaded with `fleet:` in the file. */
import type { Transition } from '../../protocol/entity.ts';
import { shownAs } from '../../runtime/identities.ts';
import { readNamed } from '../../runtime/namedFile.ts';
import type { Trace } from '../../runtime/traces.ts';
import { identityOf, type AgentConfig } from '../config.ts';
import { part } from '../part.ts';
import { showHandlers } from '../show.ts';
import { ownBssids } from '../wifi/survey/survey.ts';
import { createFleetClient, type FleetClient } from './client.ts';
import type { Disk, FleetOptions, FleetParts } from './fleet.ts';
import { createOrders } from './orders.ts';
import type { Credential, Documents, World } from './ports.ts';
import { radioMarks } from './radio.ts';
import type { Reach } from './reach.ts';
import type { OwnersWord, Sharing } from './sharing.ts';
import { guestsAt, limitsInForce } from './status.ts';
import { openCredentials, openKey, openStore } from './store.ts';
import { createTeller } from './tell.ts';
import type { Work } from './work.ts';

export { overlay } from './overlay.ts';

type Section = NonNullable<AgentConfig['fleet']>;

export interface MemberOptions extends FleetOptions {
  readonly section: Section;
  readonly folder: string;
  readonly world: World;
  readonly owner: Pick<OwnersWord, 'sharing'>;
  readonly reach: Pick<Reach, 'all'>;
  readonly probe: () => void;
}

export interface Member {
  /** That the gateway starts with. */
  readonly documents: Documents;
  /** Undefined until `start`. */
  readonly client: FleetClient | undefined;
  start(parts: FleetParts, work: Work): void;
  onTransition(t: Transition): void;
  onTrace(trace: Trace): void;
}

/** @throws Error in words when the gateway's key cannot be had */
export async function openMember(o: MemberOptions): Promise<Member> {
  const { config: base, section, folder, world, owner, log, onError } = o;
  const { broker, ...files } = section;
  const { key, credentials, store } = o.disk ?? (await openDisk(folder, world, onError));
  // It takes 10 MB, and a gateway without a fleet has none.
  const { mqttConnect } = await part("the fleet's MQTT client", () => import('./mqtt.ts'));
  const shown = shownAs('pseudonymous');
  const teller = createTeller(shown, (event) => client?.tell(event));
  let client: FleetClient | undefined;

  function clientOf(p: FleetParts, work: Work): FleetClient {
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
            return guestsAt(p.mag);
          },
          identify: () => log('warn', `fleet: somebody asks which gateway this is: ${identityOf(base)}`),
          restart: () => p.restart('the fleet asked for it'),
        }),
        telemetry: { bindings: () => show['show mag binding']?.({ command: 'show mag binding' }), counters: () => ({ octets: p.octets(), counters: p.show.counters.all() }) },
        figures: () => {
          const { up, down } = p.octets();
          const authority = credentials.load()?.authority;
          const radio = authority === undefined ? undefined : radioMarks(authority, ownBssids(), p.show.neighbours().map((n) => n.bssid));
          return { bindings: guestsAt(p.mag), sharing: shownSharing(owner.sharing, limitsInForce(work.config, p.limitGuests !== undefined)), counters: { ...teller.sums, bytesUp: up, bytesDown: down }, lmas: o.reach.all(), memory: process.memoryUsage.rss(), ...(radio && { radio }) };
        },
      },
      judge: work.judge,
      apply: work.apply,
      probe: o.probe,
      log,
      onCount: o.onCount,
      onError,
    });
  }

  return {
    documents: store.state.good,
    get client() {
      return client;
    },
    start(parts, work) {
      client = clientOf(parts, work);
      const { code, gateway } = client.status();
      if (code !== undefined) void claimQr(gateway, code).then((qr) => qr.split('\n').forEach((line) => log('info', line))).catch((e: unknown) => onError(e as Error));
      client.start();
    },
    onTransition: (t) => teller.onTransition(t),
    onTrace: (trace) => teller.onTrace(trace),
  };
}

/** A gateway that is claimed draws none. */
export const claimQr = async (gateway: string, code: string): Promise<string> => (await part('the QR code of a claim', () => import('./qr.ts'))).claimQr(gateway, code);

const openDisk = async (folder: string, { after }: World, onError: FleetOptions['onError']): Promise<Disk> => ({ key: await openKey(folder), credentials: openCredentials(folder, onError), store: await openStore(folder, after, onError) });

function shownSharing({ paused }: Sharing, { 'maximum-guests': maximumGuests, 'up-rate': upRate, 'down-rate': downRate }: AgentConfig['host-first']) {
  return { paused, ...(maximumGuests === undefined ? {} : { maximumGuests }), ...(upRate === undefined ? {} : { upRate }), ...(downRate === undefined ? {} : { downRate }) };
}

/** One PEM file with certificate and key, the same for all new gateways. @throws Error that names the file */
function claimCredential({ 'claim-credential': file, 'claim-broker': broker, authority }: Omit<Section, 'broker'>): Credential {
  if (file === undefined) throw new Error('nobody has claimed this gateway, and fleet.claim-credential is not configured');
  const pem = readNamed(file).toString();
  return { certificate: pem, key: pem, authority: readNamed(authority).toString(), ...(broker === undefined ? {} : { broker }) };
}
