/**
 * The two keys that feeds are signed with, in one folder: `NAME.rsa` (PEM, RSA of 2048 bits) for apk and `NAME.sec` (usign) for
 * opkg. The folder is $ROAMSTEAD_SIGNING_KEYS; without it a development key is made once, below the user's state folder, and
 * is called so wherever its name is seen.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
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
  if (!existsSync(join(folder, `${DEVELOPMENT}.sec`))) makeKeys(folder, DEVELOPMENT);
  return readKeys(folder, true);
}

/** Makes both keys; never over others. */
export function makeKeys(folder: string, name: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (file: string, content: string) => writeFileSync(join(folder, file), content, { mode: 0o600, flag: 'wx' });
  write(`${name}.rsa`, generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  const number = randomBytes(8);
  write(`${name}.sec`, secretKeyFile(`${name} key ${number.toString('hex')}`, randomBytes(32), number, randomBytes(16)));
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
