/** Passwords: scrypt (RFC 7914) with its parameters beside each hash, so that they can grow. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createTurns } from '../turns.ts';
import { Refused } from './route.ts';

export interface ScryptCost {
  /** Of work and memory: 128 * r * n octets. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
}
/** One of the equivalent settings of OWASP's Password Storage Cheat Sheet: 32 MiB, three passes. */
export const SCRYPT: ScryptCost = { n: 2 ** 15, r: 8, p: 3 };

export interface PasswordHash extends ScryptCost {
  /** Base64. */
  readonly salt: string;
  readonly hash: string;
}

export interface Passwords {
  hash(password: string): Promise<PasswordHash>;
  /** Takes as long for a user that does not exist (`undefined`). @throws Refused 429 when too many wait */
  verify(password: string, kept: PasswordHash | undefined): Promise<boolean>;
  /** Made with less work than is usual now. */
  outdated(kept: PasswordHash): boolean;
}

const LENGTH = 32;
/** Hashes at once, for their memory, and callers that may wait. */
const AT_ONCE = 2;
const MOST_WAITING = 32;

export function createPasswords(cost: ScryptCost = SCRYPT): Passwords {
  const turn = createTurns(AT_ONCE, (waiting) => {
    if (waiting >= MOST_WAITING) throw new Refused(429, 'too many people sign in at this moment; try again in some seconds', { retryAfter: 5 });
  });
  const derive = (password: string, salt: Buffer, { n, r, p }: ScryptCost): Promise<Buffer> =>
    turn(() => new Promise((resolve, reject) => scrypt(password.normalize('NFKC'), salt, LENGTH, { N: n, r, p, maxmem: 128 * r * (n + p) + (1 << 20) }, (e, key) => (e ? reject(e) : resolve(key)))));
  const nobody: PasswordHash = { ...cost, salt: randomBytes(16).toString('base64'), hash: randomBytes(LENGTH).toString('base64') };
  return {
    async hash(password) {
      const salt = randomBytes(16);
      return { ...cost, salt: salt.toString('base64'), hash: (await derive(password, salt, cost)).toString('base64') };
    },
    async verify(password, kept) {
      const { salt, hash, ...with_ } = kept ?? nobody;
      const expected = Buffer.from(hash, 'base64');
      const derived = await derive(password, Buffer.from(salt, 'base64'), with_);
      return timingSafeEqual(expected, derived) && kept !== undefined;
    },
    outdated: (kept) => kept.n * kept.r * kept.p < cost.n * cost.r * cost.p,
  };
}

export const SHORTEST = 12;
const LONGEST = 256;

/** What is wrong with a new password, in words. */
export function complaintAbout(password: string, name: string): string | undefined {
  const length = Array.from(password).length;
  if (length < SHORTEST) return `expected at least ${SHORTEST} characters, found ${length}: a few words that nobody would guess do well`;
  if (length > LONGEST) return `expected at most ${LONGEST} characters`;
  const plain = password.toLowerCase();
  if (new Set(plain).size < 5) return 'expected more than a few characters that repeat';
  if (isRun(plain)) return 'expected no row of the keyboard or the alphabet';
  const known = ['password', 'roamstead', ...(name.length > 2 ? [name.toLowerCase()] : [])].find((word) => plain.includes(word) && plain.length - word.length < 8);
  return known === undefined ? undefined : `expected something else than a few characters beside "${known}"`;
}

const RUNS = ['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm'];
const isRun = (text: string): boolean => RUNS.some((run) => run.includes(text) || Array.from(run).toReversed().join('').includes(text));
