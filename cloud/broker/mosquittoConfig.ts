/**
 * Mosquitto (Debian's 2.0) as the fleet's broker: the folder that it runs from, made of the same table as the embedded one's rules.
 * What is said here about its behaviour was tried on 2.0.11: test/root/mosquitto.test.ts. Claims go to the embedded broker beside it
 * (`only: 'claim'`): each claim needs a client id of its own, and Mosquitto would let a stolen claim credential say that it is a gateway.
 */
import { chown, readFile, stat } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../../runtime/durableJson.ts';
import type { Authority } from '../pki/ports.ts';
import { CLOUD } from '../pki/authority.ts';
import { ACL } from './acl.ts';
import { LIMITS } from './limits.ts';

export interface MosquittoOptions {
  /** As Mosquitto will see it; an absolute path. */
  readonly folder: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly authority: Pick<Authority, 'certificate' | 'server' | 'revocationList'>;
  /** The plugin's file. */
  readonly plugin?: string;
}

/** Where Debian puts it. */
const PLUGIN = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/mosquitto_dynamic_security.so`;
export const FILES = { config: 'mosquitto.conf', acl: 'acl', authority: 'authority.pem', server: 'server.pem', list: 'crl.pem', dynamic: 'dynamic-security.json', data: 'data' } as const;

/** Of a Mosquitto that runs from this folder. */
export const pidFile = (folder: string): string => join(folder, FILES.data, 'mosquitto.pid');

/** The role of who is revoked: nothing at all. Nobody else is known to the plugin, and what it does not know it leaves to the ACL file. */
export const REVOKED_ROLE = {
  rolename: 'revoked',
  acls: ['publishClientSend', 'publishClientReceive', 'subscribePattern', 'unsubscribePattern'].map((acltype) => ({ acltype, topic: '#', priority: 0, allow: false })),
};

/** Writes all that is not there yet, and what follows from the authority anew. @returns the files. @throws Error in words */
export async function writeMosquittoConfig(o: MosquittoOptions): Promise<readonly string[]> {
  const { folder } = o;
  if (!folder.startsWith('/')) throw new Error(`${folder}: Mosquitto needs an absolute path`);
  mkdirSync(join(folder, FILES.data), { recursive: true, mode: 0o750 });
  await give(folder, join(folder, FILES.data));
  await put(folder, FILES.config, configOf(o), 0o644);
  await put(folder, FILES.acl, aclFile(), 0o644);
  const dynamic = { defaultACLAccess: { publishClientSend: false, publishClientReceive: false, subscribe: false, unsubscribe: false }, clients: [], groups: [], roles: [REVOKED_ROLE] };
  // The plugin keeps it from now on.
  if (!(await exists(join(folder, FILES.dynamic)))) await put(folder, FILES.dynamic, JSON.stringify(dynamic), 0o600);
  await refreshMosquitto(o);
  return Object.values(FILES).map((name) => join(folder, name));
}

/** Certificates and the list of revoked ones; Mosquitto reads them when it is told to (SIGHUP). @returns whether anything is new */
export async function refreshMosquitto({ folder, authority }: Pick<MosquittoOptions, 'folder' | 'authority'>): Promise<boolean> {
  const server = await authority.server();
  const written = [
    await put(folder, FILES.authority, authority.certificate, 0o644),
    await put(folder, FILES.server, `${server.key}${server.pem}`, 0o600),
    await put(folder, FILES.list, await authority.revocationList(), 0o644),
  ];
  return written.includes(true);
}

const configOf = ({ folder, listen, plugin = PLUGIN }: MosquittoOptions): string => `# Made by roamstead cloud mosquitto-config; the next run writes it anew.
listener ${listen.port} ${listen.host}
set_tcp_nodelay true
max_connections ${LIMITS.connections}
max_packet_size ${LIMITS.gateway.longest}

# Each client shows a certificate of the fleet's authority; its CN is its user name.
cafile ${join(folder, FILES.authority)}
certfile ${join(folder, FILES.server)}
keyfile ${join(folder, FILES.server)}
crlfile ${join(folder, FILES.list)}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
# And its client id, so that nobody ends another's session by saying its name. Claims would all be one client: they go elsewhere.
use_username_as_clientid true
allow_anonymous false

# Who may what; and who may nothing any more.
acl_file ${join(folder, FILES.acl)}
plugin ${plugin}
plugin_opt_config_file ${join(folder, FILES.dynamic)}

# Retained messages survive; sessions are not needed beyond their connection.
persistence true
persistence_location ${join(folder, FILES.data)}/
pid_file ${pidFile(folder)}
autosave_interval 60
persistent_client_expiration 1h
max_queued_messages 1000
queue_qos0_messages false
allow_duplicate_messages false
sys_interval 0
`;

/** A pattern counts for every user: with %u in it, it is of use only to those that the table means it for. */
export const aclFile = (): string => `# Made by roamstead cloud mosquitto-config.
user ${CLOUD}
topic readwrite #
topic readwrite $CONTROL/#

# %u is the CN of the certificate. What matches no line is denied.
${ACL.filter(({ role }) => role === 'gateway').map(({ access, pattern }) => `pattern ${access} ${pattern}`).join('\n')}
`;

/** @returns whether it was another text before */
async function put(folder: string, name: string, text: string, mode: number): Promise<boolean> {
  const path = join(folder, name);
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) return false;
  await writeDurably(path, text, mode);
  await give(folder, path);
  return true;
}

/** Mosquitto is another user, and it reads and writes its files as that one. */
async function give(folder: string, path: string): Promise<void> {
  const { uid, gid } = await stat(folder);
  await chown(path, uid, gid).catch((e: unknown) => {
    throw new Error(`${path} cannot be given to the owner of its folder: ${(e as Error).message}`, { cause: e });
  });
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);
