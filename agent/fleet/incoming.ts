/** What the cloud sends, read without trust. Undefined: it is none. */
import * as v from 'valibot';
import type { ClaimResponse, Command, Desired, EnrolResponse } from '../../runtime/fleet/messages.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Of what is shown, logged or kept. */
const name = v.pipe(v.string(), v.maxLength(200));
const pem = v.pipe(v.string(), v.maxLength(65_536));

/** Milliseconds; less than a second proves nothing, more than ten minutes helps nobody. */
const proveWithin = v.pipe(v.number(), v.minValue(1000), v.maxValue(600_000));

const desired = v.object({ rev: whole, hash: name, document: v.unknown(), proveWithin: v.optional(proveWithin) });
const command = v.object({ name, arguments: v.optional(v.record(v.string(), v.unknown())), expires: v.number() });
const claimResponse = v.variant('status', [
  v.object({ status: v.literal('pending') }),
  v.object({ status: v.literal('refused'), reason: name }),
  v.object({ status: v.literal('claimed'), gateway: name, home: name, group: name, certificate: pem, authority: pem }),
]);
const enrolResponse = v.variant('status', [v.object({ status: v.literal('issued'), certificate: pem, authority: pem }), v.object({ status: v.literal('refused'), reason: name })]);

const reader =
  <T>(schema: v.GenericSchema<unknown, T>) =>
  (value: unknown): T | undefined => {
    const result = v.safeParse(schema, value);
    return result.success ? result.output : undefined;
  };

export const desiredIn: (value: unknown) => Desired | undefined = reader<Desired>(desired as v.GenericSchema<unknown, Desired>);
export const commandIn: (value: unknown) => Command | undefined = reader<Command>(command as v.GenericSchema<unknown, Command>);
export const claimResponseIn: (value: unknown) => ClaimResponse | undefined = reader<ClaimResponse>(claimResponse);
export const enrolResponseIn: (value: unknown) => EnrolResponse | undefined = reader<EnrolResponse>(enrolResponse);

/** Longer ones are not read. */
const LONGEST_PAYLOAD = 262_144;

export function json(payload: string): unknown {
  if (payload.length > LONGEST_PAYLOAD) return undefined;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return undefined;
  }
}
