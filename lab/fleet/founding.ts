/** A fleet that was claimed long ago: keys, certificates and records, made in the cloud's own store before the cloud starts. */
import { createPublicKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeKey, type GatewayKey } from '../../agent/fleet/key.ts';
import type { Claimed } from '../../agent/fleet/ports.ts';
import { openTokens } from '../../cloud/api/tokens.ts';
import { createAudit } from '../../cloud/fleet/audit.ts';
import { openDocuments, versionChange } from '../../cloud/fleet/documents.ts';
import { openGateways } from '../../cloud/fleet/gateways.ts';
import type { GroupRecord, GatewayRecord } from '../../cloud/fleet/records.ts';
import { openFileStore } from '../../cloud/fleet/store/fileStore.ts';
import { openAuthority } from '../../cloud/pki/authority.ts';
import { durableJson } from '../../runtime/durableJson.ts';
import { quarters, type Place } from './town.ts';

export interface Member {
  readonly key: GatewayKey;
  readonly mag: string;
  readonly place: Place;
  readonly claimed: Claimed;
}

export const DOMAIN = 'simulated.example';
export const APN = 'internet';
/** By whom, in the audit log. */
const BY = 'lab';

export interface FoundingOptions {
  /** The cloud's state directory. */
  readonly folder: string;
  /** Under which gateways reach the broker. */
  readonly names: readonly string[];
  readonly town: readonly Place[];
  readonly lma: string;
  /** Homes that are done. */
  readonly onProgress: (made: number) => void;
  readonly onError: (error: Error) => void;
}

/** Homes that are given certificates at the same time, so that they share a write to the disk. */
const ROW = 50;

/** What an operator's program signs in with: an owner's token that ends with the folder. */
export async function makeToken(folder: string, onError: (error: Error) => void): Promise<string> {
  return withStore(folder, onError, async ({ store, audit }) => (await openTokens({ store, audit, now: Date.now })).add({ name: BY, role: 'owner' }, BY).then(({ secret }) => secret));
}

export async function foundFleet({ folder, names, town, lma, onProgress, onError }: FoundingOptions): Promise<readonly Member[]> {
  const authority = await openAuthority({ folder: join(folder, 'pki'), names, now: Date.now });
  const members: Member[] = [];
  const records: GatewayRecord[] = [];

  async function claim(place: Place, number: number): Promise<void> {
    const key = makeKey();
    const publicKey = createPublicKey(key.pem).export({ type: 'spki', format: 'der' });
    const { pem, serial, expires } = await authority.issue({ gateway: key.gateway, publicKey });
    const mag = `home${number}`;
    const { name, group, position } = place;
    members[number - 1] = { key, mag, place, claimed: { home: name, group, certificate: pem, authority: authority.certificate } };
    records.push({ id: key.gateway, name, group, position, identity: `${mag}@${DOMAIN}`, createdAt: Date.now(), certificate: { serial, expires }, key: randomBytes(32).toString('hex'), desired: {} });
  }

  for (let at = 0; at < town.length; at += ROW) {
    await Promise.all(town.slice(at, at + ROW).map((place, i) => claim(place, at + i + 1)));
    onProgress(members.length);
  }
  await authority.close();
  await withStore(folder, onError, async ({ store, audit }) => {
    const gateways = await openGateways(store, audit);
    const documents = await openDocuments({ store, gateways, builtIn: {} });
    const profiles = { 'default-profiles': { guests: { apn: APN, lma, service: 'dual' } } };
    const version = documents.draft({ scope: { kind: 'fleet' }, concern: 'profiles', document: profiles, by: BY, at: Date.now() });
    const groups = quarters.map((record: GroupRecord) => ({ put: 'groups', record }));
    await gateways.change(() => ({ put: records, changes: [...groups, versionChange(version)], deed: { by: BY, action: 'homes.claim', target: `${records.length} simulated homes` } }));
  });
  return members;
}

async function withStore<T>(folder: string, onError: (error: Error) => void, work: (parts: { readonly store: Awaited<ReturnType<typeof openFileStore>>; readonly audit: ReturnType<typeof createAudit> }) => Promise<T>): Promise<T> {
  const store = await openFileStore({ folder: join(folder, 'store'), onError });
  try {
    return await work({ store, audit: createAudit({ store, now: Date.now, remember: durableJson(join(folder, 'audit-head.json')), onError }) });
  } finally {
    await store.close();
  }
}
