/** Who asks: people, their sign-ins, and programs with a token. As JSON: times are Unix milliseconds. */

export type Role = 'viewer' | 'operator' | 'owner';

export interface SetUpState {
  readonly needed: boolean;
}

/** `null` from `GET /session` when nobody is signed in: that is no error. */
export interface SessionInfo {
  readonly user: string;
  readonly role: Role;
  /** To be sent as `x-roamstead-csrf` with everything that changes something. */
  readonly csrf: string;
  readonly version: string;
}

/** One sign-in of somebody. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly createdAt: number;
  readonly lastSeen: number;
  readonly expiresAt: number;
  /** Where it was last used from. */
  readonly ip: string;
  /** The browser, in its own words. */
  readonly agent: string;
  /** The one that asks. */
  readonly current: boolean;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly lastSeen?: number;
  readonly sessions: number;
}

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Who made it; it goes on when they have left. */
  readonly by?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsed?: number;
  /** Only in the answer to its creation. */
  readonly secret?: string;
}
