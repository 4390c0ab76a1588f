/**
 * The two keys that feeds are signed with, in one folder: `NAME.rsa` (PEM, RSA of 2048 bits) for apk and `NAME.sec` (usign) for
 * opkg. The folder is $ROAMSTEAD_SIGNING_KEYS; without it a development key is made once, below the user's state folder, and
 * is called so wherever its name is seen.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readSecretKey, secretKeyFile } from './usign.ts';
import type { UsignKey } from './usign.ts';

export interface SigningKeys {
  /** Name of the public RSA key's file below /etc/apk/keys. */
  readonly apkName: string;
  readonly apk: KeyObject;
  readonly opkg: UsignKey;
  /** Made here, known to nobody else, and worth nothing: for trying things out. */
  readonly development: boolean;
  readonly folder: string;
}

const DEVELOPMENT = 'roamstead-DEVELOPMENT';
const RSA_BITS = 2048;

/** @throws Error in words when the folder of the environment has not the two keys, or others may read them */
export function signingKeys(environment: NodeJS.ProcessEnv): SigningKeys {
  const given = environment['ROAMSTEAD_SIGNING_KEYS'];
  // A secret that a build service does not have is an empty text there: that is no wish for the development key.
  if (given === '') throw new Error('signing: ROAMSTEAD_SIGNING_KEYS is empty; name the folder of the keys, or unset it to sign with the development key');
  if (given !== undefined) return readKeys(given, false);
  const folder = join(environment['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'roamstead', 'signing-DEVELOPMENT');
  if (missing(folder, DEVELOPMENT).length > 0) makeKeys(folder, DEVELOPMENT);
  return readKeys(folder, true);
}

const ENDINGS = ['rsa', 'sec'] as const;
const missing = (folder: string, name: string) => ENDINGS.filter((ending) => !existsSync(join(folder, `${name}.${ending}`)));

/** Makes both keys, or the one that is missing because its maker was interrupted; never over others. @throws Error in words when both are there */
export function makeKeys(folder: string, name: string): void {
  const wanted = missing(folder, name);
  if (wanted.length === 0) throw new Error(`signing: ${folder} has keys already; choose another folder, or remove ${ENDINGS.map((ending) => `${name}.${ending}`).join(' and ')}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const make = { rsa: newRsa, sec: () => newUsign(name) };
  for (const ending of wanted) put(join(folder, `${name}.${ending}`), make[ending]());
}

const newRsa = (): string => generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

function newUsign(name: string): string {
  const number = randomBytes(8);
  return secretKeyFile(`${name} key ${number.toString('hex')}`, randomBytes(32), number, randomBytes(16));
}

/** Whole or not at all; what another process has put there meanwhile stays. */
function put(path: string, content: string): void {
  const begun = `${path}.${process.pid}`;
  try {
    writeFileSync(begun, content, { mode: 0o600 });
    linkSync(begun, path);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  } finally {
    rmSync(begun, { force: true });
  }
}

/** What a router needs of the RSA key. */
export const apkPublicKey = (keys: SigningKeys): string => createPublicKey(keys.apk).export({ format: 'pem', type: 'spki' }).toString();

function readKeys(folder: string, development: boolean): SigningKeys {
  const only = (ending: string): string => {
    const found = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(ending)) : [];
    if (found.length !== 1) throw new Error(`signing: ${folder} has ${found.length} files *${ending}, expected one; \`npm run package -- --make-keys ${folder}\` makes both keys`);
    return String(found[0]);
  };
  const read = (file: string): string => {
    const path = join(folder, file);
    if ((statSync(path).mode & 0o077) !== 0) throw new Error(`signing: others may read ${path}; chmod 600 it`);
    return readFileSync(path, 'utf8');
  };
  const rsa = only('.rsa');
  const sec = only('.sec');
  return { apkName: `${rsa}.pub`, apk: readRsa(read(rsa), join(folder, rsa)), opkg: readSecretKey(read(sec), join(folder, sec)), development, folder };
}

function readRsa(pem: string, path: string): KeyObject {
  const key = (() => {
    try {
      return createPrivateKey(pem);
    } catch (cause) {
      throw new Error(`signing: ${path} is no private key in PEM without a passphrase`, { cause });
    }
  })();
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (key.asymmetricKeyType !== 'rsa' || bits === undefined || bits < RSA_BITS) throw new Error(`signing: ${path} is ${key.asymmetricKeyType} of ${bits} bits; apk needs RSA of ${RSA_BITS} or more`);
  return key;
}
