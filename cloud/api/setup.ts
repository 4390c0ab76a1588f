/** The first run: nobody has a password yet, so whoever can read the log makes the first owner, with a link that works once. */
import { newSecret, sameText, type Random } from './secrets.ts';

export interface SetUp {
  /** True while there is no user. */
  needed(): boolean;
  /** For the log, while needed. The token is behind `#`, which browsers send to nobody. */
  link(address: string): string | undefined;
  accepts(token: string): boolean;
}

/** A new token with each start of the process. @param users how many there are */
export function createSetUp(users: () => number, random?: Random): SetUp {
  const secret = random ? newSecret('', random) : newSecret();
  const needed = () => users() === 0;
  return { needed, link: (address) => (needed() ? `${address}/setup#${secret}` : undefined), accepts: (token) => sameText(token, secret) && needed() };
}
