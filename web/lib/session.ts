/** Who is using the dashboard, and what that lets them do. */
import { computed, signal } from '@preact/signals';
import type { Role, SessionInfo, SetUpState } from '../../cloud/api/resources/people.ts';
import { call, failureOf, get } from './api.ts';

/** undefined: not known yet; null: nobody. */
export const session = signal<SessionInfo | null | undefined>(undefined);
/** No user exists yet: the one-time link of the log makes the first one. */
export const setUpNeeded = signal(false);
/** Why nothing can be said about the session. */
export const sessionError = signal<string | undefined>(undefined);

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, owner: 2 };
const rank = computed(() => (session.value ? RANK[session.value.role] : -1));
/** Whether this user may do what needs that role. */
export const may = (role: Role): boolean => rank.value >= RANK[role];

/** Asks the cloud who we are. */
export async function findSession(): Promise<void> {
  sessionError.value = undefined;
  try {
    const found = await get<SessionInfo | null>('/session');
    if (found === null) setUpNeeded.value = await get<SetUpState>('/setup').then((s) => s.needed, () => false);
    session.value = found;
  } catch (failure) {
    sessionError.value = failureOf(failure).message;
  }
}

export async function login(name: string, password: string): Promise<void> {
  session.value = await call<SessionInfo>('POST', '/session', { name, password });
}

export async function logout(): Promise<void> {
  await call('DELETE', '/session').catch(() => undefined);
  session.value = null;
}

export async function setUp(token: string, name: string, password: string): Promise<void> {
  session.value = await call<SessionInfo>('POST', '/setup', { token, name, password });
  setUpNeeded.value = false;
}
