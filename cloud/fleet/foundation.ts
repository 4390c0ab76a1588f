/** What the fleet's parts stand on: store, audit log, privacy, certificates, broker. Closed in the opposite order. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openControl, type ControlServer } from '../../runtime/control.ts';
import { durableJson } from '../../runtime/durableJson.ts';
import { openAuthority, type OpenAuthority } from '../pki/authority.ts';
import type { Authority } from '../pki/ports.ts';
import type { EndSessions } from '../privacy/parts.ts';
import { openPrivacy, type Privacy } from '../privacy/privacy.ts';
import { createAudit, type Audit } from './audit.ts';
import { openBroker, type OpenBroker } from './brokers.ts';
import { brokerNames, type CloudConfig } from './config.ts';
import type { FleetStore } from './ports.ts';
import { createRefusalLog } from './refusalLog.ts';
import { connectionOf, type StoreConfig } from './store/config.ts';
import { openFileStore } from './store/fileStore.ts';
import { openPostgresStore } from './store/postgresStore.ts';
import type { WholeStore } from './store/steps.ts';

export interface Foundation {
  readonly store: FleetStore;
  readonly audit: Audit;
  readonly privacy: Privacy;
  readonly authority: OpenAuthority;
  readonly broker: OpenBroker;
}

/** What is to be closed when this service ends, or does not get up. */
export interface Closing {
  add(close: () => unknown): void;
  /** The last first; one that fails keeps no other from it. */
  all(): Promise<void>;
}

export function createClosing(onError: (error: Error) => void): Closing {
  const calls: (() => unknown)[] = [];
  return {
    add: (close) => void calls.push(close),
    async all() {
      for (let call = calls.pop(); call; call = calls.pop()) {
        try {
          await call();
        } catch (e) {
          onError(e as Error);
        }
      }
    },
  };
}

export interface FoundationOptions {
  readonly config: CloudConfig;
  readonly closing: Closing;
  readonly now: () => number;
  readonly onErased: (pseudonyms: readonly string[]) => void;
  readonly endSessions: EndSessions;
  readonly onError: (error: Error) => void;
}

/** @throws Error in words */
export async function openFoundation({ config, closing, now, onErased, endSessions, onError }: FoundationOptions): Promise<Foundation> {
  const folder = config['state-directory'];
  const control = await takeFolder(config, onError);
  closing.add(() => control.close());
  const store = await openStore(config.store, folder, onError);
  closing.add(() => store.close());
  const audit = openAudit(store, folder, now, onError);
  const privacy = await openPrivacy({ store, audit, folder, now, onError, onErased, endSessions, revealRole: config.privacy.reveal, revealsPerHour: config.privacy['reveals-per-hour'] });
  closing.add(() => privacy.close());
  const authority = await openAuthority({ folder: join(folder, 'pki'), names: brokerNames(config), now });
  closing.add(() => authority.close());
  control.serve({ 'claim credential': ({ fresh, 'revoke-old': revokeOld }) => claimCredential(authority, { fresh: fresh === true, revokeOld: revokeOld === true }) });
  const broker = await openBroker({ config, authority, closing, now, onRefused: createRefusalLog(audit, onError), onError });
  return { store, audit, privacy, authority, broker };
}

/** Of the fleet service, for root on this machine. */
export const controlSocket = (config: CloudConfig): string => join(config['state-directory'], 'control.sock');

/** Key and certificate, PEM. */
export async function claimCredential(authority: Authority, { fresh, revokeOld }: { readonly fresh: boolean; readonly revokeOld: boolean }): Promise<string> {
  const { key, pem } = fresh || revokeOld ? await authority.renewClaim({ revokeOld }) : await authority.claim();
  return `${key.trimEnd()}\n${pem.trimEnd()}\n`;
}

/** Keeps every other cloud from the state directory. @throws Error in words */
export async function takeFolder(config: CloudConfig, onError: (error: Error) => void): Promise<ControlServer> {
  const folder = config['state-directory'];
  makeFolder(folder);
  return openControl(controlSocket(config), onError).catch((e: unknown) => {
    throw new Error(`state-directory: ${folder} cannot be this cloud's: ${(e as Error).message}`, { cause: e });
  });
}

export const openAudit = (store: FleetStore, folder: string, now: () => number, onError: (error: Error) => void): Audit => createAudit({ store, now, remember: durableJson(join(folder, 'audit-head.json')), onError });

/** @param folder the state directory */
export function openStore(store: StoreConfig, folder: string, onError: (error: Error) => void): Promise<WholeStore> {
  if (store === 'files') return openFileStore({ folder: join(folder, 'store'), onError });
  return openPostgresStore({ connection: connectionOf(store.postgresql), onError });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (e) {
    throw new Error(`state-directory: ${folder} cannot be made (${(e as Error).message}): make it, or name another one that this user may write`, { cause: e });
  }
}
