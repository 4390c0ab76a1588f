/** `hold` of an APN: packets of its subscribers between two homes are kept for them. Off unless it is there: late packets are not to everybody's liking. */
import * as v from 'valibot';
import { field } from '../runtime/config.ts';
import type { HoldLimits, HoldRoom } from '../protocol/paths.ts';

/** Of one subscriber: all the time at 1,500 packets/s, or at 8 Mbit/s in full-sized ones. */
export const holdSection = v.optional(
  v.strictObject({
    packets: v.optional(field.count, 3000),
    octets: v.optional(field.count, 2_000_000),
    /** From the de-registration on. A sender of TCP repeats by itself after one. */
    milliseconds: v.optional(field.count, 2000),
    /** Milliseconds after which a new home is taken to be ready, though nothing has come from there. */
    settle: v.optional(field.count, 250),
  }),
);

/** Of all subscribers together. */
export const holdRoomSection = v.optional(v.strictObject({ packets: v.optional(field.count, 100_000), octets: v.optional(field.count, 64_000_000) }), {});

type Section = NonNullable<v.InferOutput<typeof holdSection>>;

/** `{ hold }`, or nothing where the APN has none. */
export const holdIn = ({ hold }: { readonly hold?: Section | undefined }): { readonly hold?: HoldLimits } => (hold ? { hold } : {});

/** What the data path is told, if any APN may hold. */
export const holdRoom = (f: { readonly apns: readonly { readonly hold?: Section | undefined }[]; readonly 'hold-room': HoldRoom }): HoldRoom | undefined => (f.apns.some((a) => a.hold) ? f['hold-room'] : undefined);
