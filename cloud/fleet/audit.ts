import type { AuditEntry } from '../api/resources.ts';
import type { Change, StreamQuery } from './ports.ts';

/** What somebody did. `before` and `after` are kept without secrets. */
export interface Deed {
  readonly by: string;
  /** Such as `homes.revoke`. */
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Audit {
  /** One commit with `changes`: what happened and that it was written down, or neither. */
  record(deed: Deed, changes?: readonly Change[]): Promise<AuditEntry>;
  list(query?: StreamQuery): Promise<readonly AuditEntry[]>;
  verify(): Promise<Verdict>;
}

export interface Verdict {
  readonly entries: number;
  /** The first number that is not as it was written, and why. */
  readonly broken?: { readonly number: number; readonly reason: string };
}
