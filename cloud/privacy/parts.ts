/** The parts of privacy as the others see them: types only. Each is made by a factory of its own file and wired in cloud/fleet/main.ts. */
import type { Revealed } from '../api/resources/subscribers.ts';
import type { Settings } from '../api/resources/network.ts';
import type { Access } from '../api/route.ts';

/** As the LMA's control socket tells it. */
export interface RawIdentity {
  readonly nai: string;
  readonly mac?: string;
  /** Home addresses and prefixes, so that a search by them finds whom they belonged to. */
  readonly addresses?: readonly string[];
}

/** The one door through which raw identities come in. */
export interface Pseudonyms {
  /** `mn-` and 16 hex digits, of the NAI under the key of the present epoch. What a reveal needs is sealed by the next `flush`. */
  of(identity: RawIdentity): string;
  /** The same pseudonym, and nothing is sealed: to look whether a name is one that is known. */
  name(nai: string): string;
  /**
   * Pseudonyms of an NAI in all epochs whose key is kept, the newest first; those that had the MAC or the address (one in the /64).
   * A pseudonym is its own.
   */
  search(text: string): Promise<readonly string[]>;
  /** Writes what was sealed since the last one. Rejects when the store refuses; what waits goes with the next. */
  flush(): Promise<void>;
}

/** @throws Refused (cloud/api/route.ts) in words: role, reason, too many, not known, key destroyed */
export interface Reveal {
  (pseudonym: string, reason: string, by: { readonly user: string; readonly role: Access }): Promise<Revealed>;
}

export interface Erased {
  /** Pseudonyms that are forgotten, of every epoch. */
  readonly pseudonyms: readonly string[];
  /** Lines of history that went. */
  readonly lines: number;
  /** Sessions that were ended first, and those that could not be, because their LMA does not answer: what happens there begins history anew. */
  readonly sessions: EndedSessions;
}
export interface EndedSessions {
  readonly ended: number;
  readonly left: number;
}
/** Of these pseudonyms. Never rejects. */
export type EndSessions = (pseudonyms: readonly string[]) => Promise<EndedSessions>;
/** Of one subscriber, named by NAI, MAC, address or pseudonym. The audit entry does not say whom. */
export type Erase = (subscriber: string, reason: string, by: { readonly user: string; readonly role: Access }) => Promise<Erased>;

/** What operators set; kept in the store, audited. */
export interface SettingsKeeper {
  get(): Settings;
  change(change: SettingsChange, by: string): Promise<Settings>;
}
export interface SettingsChange {
  readonly retention?: Partial<Settings['retention']>;
  readonly pseudonyms?: { readonly rotateDays?: number };
  readonly positions?: Partial<Settings['positions']>;
  readonly smallestGroup?: number;
}

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}
/** As it is shown: moved by up to `metres`, the same way each time for the same `id`. */
export type Fuzz = (id: string, position: Position, metres: number) => Position;
