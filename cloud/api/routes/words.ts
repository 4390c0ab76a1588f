/** What the routes about people share. */
import * as v from 'valibot';
import type { Millis } from '../../../protocol/units.ts';
import type { Access } from '../access.ts';
import { sessionCookie } from '../auth.ts';
import type { SessionInfo } from '../resources/people.ts';
import { Refused, shared, type Call } from '../route.ts';
import { csrfOf } from '../secrets.ts';
import type { UserRecord } from '../users.ts';

export const sessionInfo = v.object({ user: v.string(), role: shared.role, csrf: v.string(), version: v.string() });

/** No character that a terminal or a log would take for more than text, and no name that only looks like another. */
const printable = v.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'expected characters that can be printed');

/** The audit log names tokens and the program itself beside users: none may look like another. */
const unlikeOthers = v.check((name: string) => !/^(?:token\b|set-up$|roamstead$)/i.test(name), 'expected another name: this one would look like a token or the program itself in the audit log');

export const label = v.pipe(v.string(), v.trim(), v.minLength(1, 'expected a name'), v.maxLength(64, 'expected at most 64 characters'), printable);
export const newUser = { name: v.pipe(label, unlikeOthers), password: v.pipe(v.string(), v.maxLength(1024, 'expected at most 256 characters')) };

/** Signs a user in at this client. */
export async function signedIn(access: Access, user: UserRecord, call: Call, version: string): Promise<SessionInfo> {
  const { secret } = await access.sessions.begin(user.id, { ip: call.ip, agent: call.requested('user-agent') });
  await access.users.seen(user.id, access.now());
  call.header('set-cookie', sessionCookie(secret, call.secure));
  return { user: user.name, role: user.role, csrf: csrfOf(secret), version };
}

/** @throws Refused 429 */
export function waitFor(wait: Millis): void {
  const seconds = Math.ceil(wait / 1000);
  if (seconds > 0) throw new Refused(429, `too many tries that failed: try again in ${seconds} s`, { retryAfter: seconds });
}
