/** Secrets that the cloud gives out: 256 random bits, of which it keeps a hash. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Octets of randomness; an argument in tests. */
export type Random = (octets: number) => Uint8Array;

export const newSecret = (prefix = '', random: Random = randomBytes): string => prefix + Buffer.from(random(32)).toString('base64url');

/** No salt and no stretching: nobody can guess 256 bits. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** What a session's pages send along. It follows from the cookie, which scripts and other sites cannot read. */
export const csrfOf = (sessionSecret: string): string => createHmac('sha256', sessionSecret).update('roamstead csrf').digest('base64url');

/** Takes as long wherever the two differ. */
export function sameText(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(x, y);
}
