/** The accounting part of the anchor's configuration, in the seed's words where it has them. */
import * as v from 'valibot';
import { field, type Problem } from '../../runtime/config.ts';
import { hasOneSecret, nasNames, ONE_SECRET, patience, radiusServer, within } from '../../runtime/radius/config.ts';

const eventStream = v.strictObject({
  folder: field.text,
  /** Megabytes, of one file. */
  'file-size': v.optional(within(1, 10_000), 64),
  /** Files kept. */
  files: v.optional(v.pipe(within(2, 100_000), v.integer()), 100),
});

const addressLog = v.strictObject({
  folder: field.text,
  /** Days kept; 0 = for ever. Some laws want a year, others forbid more than some days. */
  days: v.optional(field.count, 0),
});

const accounting = v.strictObject({
  'radius-servers': v.optional(v.array(radiusServer), []),
  ...patience,
  ...nasNames,
  /** Seconds between interim records; 0 = none (RFC 2869 §2.1: no more often than once a minute). */
  'interim-interval': v.optional(v.union([v.literal(0), within(60, 86_400)]), 600),
  /** Seconds until servers are tried again when none answered. */
  'retry-interval': v.optional(within(0.1, 3600), 10),
  /** Records that wait for a server. What a later one supersedes goes first when there is no more room. */
  spool: v.optional(v.pipe(within(100, 10_000_000), v.integer()), 100_000),
  /** For billing: what happens to sessions, as NDJSON. */
  'event-stream': v.optional(eventStream),
  /** Who had which address when, as NDJSON. */
  'address-log': v.optional(addressLog),
});

/** Of a service: several operators have servers and files of their own. */
export const accountingSection = v.optional(accounting, {});
export type AccountingFile = v.InferOutput<typeof accounting>;

/** Whether there is anything to do. */
export const isAccounting = (f: AccountingFile): boolean => f['radius-servers'].length > 0 || f['event-stream'] !== undefined || f['address-log'] !== undefined;

/** @param at the section's place in the file */
export function accountingProblems({ 'radius-servers': servers }: AccountingFile, at: Problem['path']): Problem[] {
  const problem = (i: number, message: string): Problem => ({ path: [...at, 'radius-servers', i], message });
  return servers.flatMap((s, i) => [
    ...(hasOneSecret(s) ? [] : [problem(i, ONE_SECRET)]),
    ...(servers.slice(0, i).some((o) => o.address === s.address && o['acct-port'] === s['acct-port']) ? [problem(i, `${s.address} with acct-port ${s['acct-port']} is there twice`)] : []),
  ]);
}
