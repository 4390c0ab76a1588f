/** From what a request shows to who asks: a token, else a session's cookie. */
import type { UnixMillis } from '../../protocol/units.ts';
import { csrfOf, sameText } from './secrets.ts';
import { ABSOLUTE, type SessionRecord, type Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import type { Access } from './route.ts';
import type { Users } from './users.ts';

export const CSRF_HEADER = 'x-roamstead-csrf';

export interface Principal {
  /** As in the audit log. */
  readonly name: string;
  readonly role: Access;
  readonly session?: { readonly id: string; readonly userId: string; readonly csrf: string };
  readonly token?: { readonly id: string };
}
const NOBODY: Principal = { name: '', role: 'anyone' };

/** Whose requests are counted together. */
export const keyOf = (p: Pick<Principal, 'session' | 'token'>): string => p.session?.userId ?? p.token?.id ?? '';

export interface Auth {
  /** @returns undefined when something was shown that is not, or no longer, valid */
  identify(headers: Headers, secure: boolean, ip: string): Principal | undefined;
  /** Still what it was when it was identified. */
  alive(principal: Principal): boolean;
  /** Its session, if it has one, is in use. */
  used(principal: Principal, ip: string): void;
}

export interface AuthParts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly now: () => UnixMillis;
  /** When it was last seen could not be kept. */
  readonly onError: (error: Error) => void;
}

export function createAuth({ users, sessions, tokens, now, onError }: AuthParts): Auth {
  const note = (kept: Promise<void>): void => void kept.catch(onError);
  const bySession = (record: SessionRecord | undefined, secret: string, ip: string): Principal | undefined => {
    const user = record && users.byId(record.userId);
    if (!record || !user) return undefined;
    note(sessions.seen(record, ip));
    note(users.seen(user.id, now()));
    return { name: user.name, role: user.role, session: { id: record.id, userId: user.id, csrf: csrfOf(secret) } };
  };
  return {
    identify(headers, secure, ip) {
      const authorization = headers.get('authorization');
      if (authorization !== null) {
        const token = tokens.find(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
        if (!token) return undefined;
        note(tokens.used(token));
        return { name: `token ${token.name}`, role: token.role, token: { id: token.id } };
      }
      const secret = cookieIn(headers.get('cookie') ?? '', secure);
      return secret === undefined ? NOBODY : bySession(sessions.find(secret), secret, ip);
    },
    used: ({ session }, ip) => session && note(sessions.use(session.id, ip)),
    alive: ({ session, token }) => (session ? sessions.alive(session.id) : token ? tokens.alive(token.id) : false),
  };
}

/** With `__Host-` no other name below the same domain can put a cookie in its place; browsers take that only when the way is encrypted. */
const cookieName = (secure: boolean): string => (secure ? '__Host-roamstead' : 'roamstead');

function cookieIn(header: string, secure: boolean): string | undefined {
  const start = `${cookieName(secure)}=`;
  const found = header.split(';').map((c) => c.trim()).find((c) => c.startsWith(start));
  return found?.slice(start.length) || undefined;
}

const attributes = (secure: boolean): string => `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
export const sessionCookie = (secret: string, secure: boolean): string => `${cookieName(secure)}=${secret}; Max-Age=${ABSOLUTE / 1000}; ${attributes(secure)}`;
export const noCookie = (secure: boolean): string => `${cookieName(secure)}=; Max-Age=0; ${attributes(secure)}`;

export const csrfMatches = (principal: Principal, headers: Headers): boolean =>
  principal.session === undefined || sameText(headers.get(CSRF_HEADER) ?? '', principal.session.csrf);
