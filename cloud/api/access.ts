/** Users, sessions, tokens and the set-up link together: who may come in. */
import type { UnixMillis } from '../../protocol/units.ts';
import type { Audit } from '../fleet/audit.ts';
import type { FleetStore } from '../fleet/ports.ts';
import { createAuth, type Auth } from './auth.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createLoginGuard, createRateLimit, type LoginGuard, type RateLimit } from './rateLimit.ts';
import { openSessions, type Sessions } from './sessions.ts';
import { createSetUp, type SetUp } from './setup.ts';
import { openTokens, type Tokens } from './tokens.ts';
import { openUsers, type Users } from './users.ts';

export interface Access {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly setUp: SetUp;
  readonly auth: Auth;
  readonly guard: LoginGuard;
  /** Sign-ins that fail are in the audit log, but whoever tries without end must not fill it. */
  readonly refusals: RateLimit;
  readonly audit: Audit;
  readonly now: () => UnixMillis;
}

export interface AccessParts {
  readonly store: FleetStore;
  readonly audit: Audit;
  readonly now: () => UnixMillis;
  readonly onError: (error: Error) => void;
  /** `roamstead cloud --new-owner`: the set-up link works once more, though there are users. */
  readonly newOwner?: boolean;
  /** Cheaper ones in tests. */
  readonly passwords?: Passwords;
}

export async function openAccess({ store, audit, now, onError, newOwner = false, passwords = createPasswords() }: AccessParts): Promise<Access> {
  const users = await openUsers({ store, audit, passwords, now });
  const sessions = await openSessions({ store, now });
  const tokens = await openTokens({ store, audit, now });
  return { users, sessions, tokens, setUp: createSetUp({ users: () => users.size, newOwner }), auth: createAuth({ users, sessions, tokens, now, onError }), guard: createLoginGuard(), refusals: createRateLimit({ burst: 100, perSecond: 0.05 }), audit, now };
}
