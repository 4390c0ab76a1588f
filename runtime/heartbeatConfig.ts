/** `heartbeat:` of both configuration files (RFC 5847 §5). */
import * as v from 'valibot';
import { DEFAULT_HEARTBEAT, type HeartbeatVariables } from '../protocol/heartbeat.ts';
import { field, type Problem } from './config.ts';

const secondsFrom = (least: number, most: number) => v.pipe(field.seconds, v.minValue(least), v.maxValue(most));

export const heartbeatEntries = {
  /** Off: requests are answered, none is sent. */
  enabled: v.boolean(),
  /** Seconds; RFC 5847 recommends 30 to 3600. */
  interval: secondsFrom(1, 3600),
  /** Seconds that an answer may take before the request is repeated. */
  timeout: secondsFrom(0.5, 3600),
  /** So many answers may be missing in a row. */
  'missing-allowed': field.count,
};

export const heartbeatFields = v.optional(
  v.strictObject({
    enabled: v.optional(heartbeatEntries.enabled, DEFAULT_HEARTBEAT.enabled),
    interval: v.optional(heartbeatEntries.interval, DEFAULT_HEARTBEAT.interval / 1000),
    timeout: v.optional(heartbeatEntries.timeout, DEFAULT_HEARTBEAT.timeout / 1000),
    'missing-allowed': v.optional(heartbeatEntries['missing-allowed'], DEFAULT_HEARTBEAT.missingAllowed),
  }),
  {},
);

export const heartbeatVariables = (c: v.InferOutput<typeof heartbeatFields>): HeartbeatVariables => ({ enabled: c.enabled, interval: c.interval * 1000, timeout: c.timeout * 1000, missingAllowed: c['missing-allowed'] });

/** A request is repeated before the next one is due. */
export const heartbeatProblems = ({ interval, timeout }: v.InferOutput<typeof heartbeatFields>, path: Problem['path']): Problem[] =>
  timeout <= interval ? [] : [{ path: [...path, 'timeout'], message: `expected no more than the interval (${interval}), found ${timeout}` }];
