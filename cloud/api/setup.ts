/** The first run: nobody has a password yet, so whoever can read the log makes the first owner, with a link that works once. */
import { newSecret, sameText } from './secrets.ts';

export interface SetUp {
  /** True while there is no user. */
  needed(): boolean;
  /** For the log; undefined when no owner is to be made. The token is behind `#`, which browsers send to nobody. */
  link(address: string): string | undefined;
  accepts(token: string): boolean;
  /** The owner was made. */
  done(): void;
}

export interface SetUpOptions {
  /** How many there are. */
  readonly users: () => number;
  /** All owners forgot their passwords: whoever can start the cloud makes one more. */
  readonly newOwner?: boolean;
}

/** A new token with each start of the process. */
export function createSetUp({ users, newOwner = false }: SetUpOptions): SetUp {
  const secret = newSecret();
  let open = newOwner;
  const needed = () => users() === 0;
  const possible = () => open || needed();
  return {
    needed,
    link: (address) => (possible() ? `${address}/setup#${secret}` : undefined),
    accepts: (token) => sameText(token, secret) && possible(),
    done() {
      open = false;
    },
  };
}
