/**
 * The fleet's own certificate authority, in a folder of the state directory: its key (made once), what it issued to the broker and
 * to the cloud, the claim credential, the ledger and the revocation list. All files are for their owner alone.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGatewayId } from '../../runtime/fleet/gatewayId.ts';
import { writeDurably } from '../../runtime/durableJson.ts';
import { openLedger } from './ledger.ts';
import type { Authority, Certificate, Credential } from './ports.ts';
import { certify, makeAuthority, newKey, openSigner, proveRequest, readCertificate, revocationList, type KeyPair, type Purpose } from './x509.ts';

const DAY = 86_400_000;
const AUTHORITY_LIVES = 3650 * DAY;
/** Also of the cloud's own and of the claim credential, which travels in images of new gateways. */
const SERVER_LIVES = 90 * DAY;
const CLAIM_LIVES = 365 * DAY;
/** A broker that is told of no newer one refuses everybody when this is over. */
const LIST_LIVES = 30 * DAY;

export const CLAIM = 'claim';
export const CLOUD = 'cloud';

export interface AuthorityOptions {
  readonly folder: string;
  /** DNS names and addresses under which gateways reach the broker. */
  readonly names: readonly string[];
  readonly now: () => number;
  /** Milliseconds; 90 days by default. */
  readonly gatewayLives?: number;
}

export interface OpenAuthority extends Authority {
  close(): Promise<void>;
}

/** @throws Error in words when the folder holds something else than what this version writes: nothing is made anew over it */
export async function openAuthority({ folder, names, now, gatewayLives = 90 * DAY }: AuthorityOptions): Promise<OpenAuthority> {
  if (names.length === 0) throw new Error('the broker needs a name or an address under which gateways reach it');
  const pair = await readPair(folder, 'authority') ?? await makeFirst(folder, now());
  const signer = await openSigner(pair).catch((e: unknown) => {
    throw new Error(`${join(folder, 'authority.key')} cannot be used: ${(e as Error).message}; put a copy of authority.key and authority.pem there`, { cause: e });
  });
  const ledger = await openLedger(join(folder, 'certificates.jsonl'), now());
  const watchers: ((serials: readonly string[]) => void)[] = [];
  /** One at a time: two callers of a credential that is due get the same new one. */
  let turn: Promise<unknown> = Promise.resolve();
  let list: { readonly pem: string; readonly number: number; readonly renewAt: number; readonly size: number } | undefined;

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = turn.then(run);
    turn = result.catch(() => undefined);
    return result;
  }

  async function issueTo(name: string, publicKey: Uint8Array, use: Purpose, lives: number): Promise<Certificate> {
    const certificate = await certify(signer, name, publicKey, use, now(), now() + lives);
    await ledger.issue({ name, serial: certificate.serial, expires: certificate.expires });
    return certificate;
  }

  async function make(file: string, name: string, use: Purpose, lives: number): Promise<Credential> {
    const { key, publicKey } = await newKey();
    const certificate = await issueTo(name, publicKey, use, lives);
    // The key comes first and holds both, so that a torn renewal is seen and made again.
    await writeDurably(join(folder, `${file}.pem`), `${key}${certificate.pem}`);
    return { ...certificate, key };
  }

  async function keep(file: string, name: string, use: Purpose, lives: number): Promise<Credential> {
    const text = await readText(join(folder, `${file}.pem`));
    const old = text === undefined ? undefined : split(text);
    if (old && !isRevoked(old.serial) && now() < renewalOf(old) && sameNames(use, old.names)) return old;
    return make(file, name, use, lives);
  }

  const isRevoked = (serial: string): boolean => ledger.revokedAt(serial) !== undefined;
  const valid = (name: string): string[] => ledger.of(name).flatMap((c) => (!isRevoked(c.serial) && c.expires > now() ? [c.serial] : []));

  async function revoke(serials: readonly string[]): Promise<void> {
    // Who has no certificate yet has nothing to take back.
    const fresh = serials.filter((serial) => serial !== '' && !isRevoked(serial));
    await ledger.revoke(fresh, now());
    if (fresh.length > 0) watchers.forEach((call) => call(fresh));
  }

  return {
    certificate: pair.certificate,
    server: () => inTurn(() => keep('server', names[0] as string, { purpose: 'server', names }, SERVER_LIVES)),
    cloud: () => inTurn(() => keep('cloud', CLOUD, { purpose: 'client' }, SERVER_LIVES)),
    claim: () => inTurn(() => keep('claim', CLAIM, { purpose: 'client' }, CLAIM_LIVES)),
    renewClaim: ({ revokeOld }) =>
      inTurn(async () => {
        const old = valid(CLAIM);
        const credential = await make('claim', CLAIM, { purpose: 'client' }, CLAIM_LIVES);
        if (revokeOld) await revoke(old);
        return credential;
      }),
    prove: proveRequest,
    issue({ gateway, publicKey }) {
      if (!isGatewayId(gateway)) throw new Error(`${gateway} is no gateway's id`);
      return issueTo(gateway, publicKey, { purpose: 'client' }, gatewayLives);
    },
    valid,
    revoke,
    isRevoked,
    revocationList: () =>
      inTurn(async () => {
        const revoked = [...ledger.revoked()];
        if (list && list.size === revoked.length && now() < list.renewAt) return list.pem;
        const number = Math.max((list?.number ?? 0) + 1, Math.floor(now() / 1000));
        list = { pem: await revocationList(signer, number, revoked, now(), now() + LIST_LIVES), number, renewAt: now() + LIST_LIVES / 2, size: revoked.length };
        return list.pem;
      }),
    onRevocation: (call) => void watchers.push(call),
    async close() {
      await turn;
      await ledger.close();
    },
  };
}

/** When two thirds of its time are over. */
const renewalOf = (c: { readonly from: number; readonly expires: number }): number => c.from + ((c.expires - c.from) * 2) / 3;
const sameNames = (use: Purpose, names: readonly string[]): boolean => use.purpose === 'client' || use.names.toSorted().join() === names.toSorted().join();

async function makeFirst(folder: string, now: number): Promise<KeyPair> {
  const pair = await makeAuthority('Roamstead fleet authority', now, now + AUTHORITY_LIVES);
  await writeDurably(join(folder, 'authority.key'), pair.key);
  await writeDurably(join(folder, 'authority.pem'), pair.certificate);
  return pair;
}

/** Undefined where neither is: a key without its certificate is one that was torn at its making, and nobody knows it. */
async function readPair(folder: string, name: string): Promise<KeyPair | undefined> {
  const key = await readText(join(folder, `${name}.key`));
  const certificate = await readText(join(folder, `${name}.pem`));
  if (certificate === undefined) return undefined;
  if (key === undefined) throw new Error(`${join(folder, `${name}.key`)} is missing: put a copy of it there. Without it no gateway can get a certificate; a new authority needs new claims of all gateways (remove ${name}.pem)`);
  return { key, certificate };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${path} cannot be read: ${(e as Error).message}`, { cause: e });
  }
}

/** A key and its certificate in one text. Undefined for anything else: what this authority issued it can issue again. */
function split(text: string): (Credential & { readonly from: number; readonly names: readonly string[] }) | undefined {
  const at = text.indexOf('-----BEGIN CERTIFICATE-----');
  if (at <= 0) return undefined;
  try {
    return { ...readCertificate(text.slice(at)), key: text.slice(0, at) };
  } catch {
    return undefined;
  }
}
