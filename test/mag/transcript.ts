/** Events and effects of a gateway as lines that a person can read, with raw identities: what the text scenarios are made of. */
import { describeEffect as effectInWords, describeEvent as eventInWords } from '../../agent/debug/words.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';

const raw = (identity: string): string => identity;

export const describeEvent = (event: MagEvent): string => eventInWords(event, raw);
/** One line; undefined for what only repeats another line. */
export const describeEffect = (effect: MagEffect): string | undefined => effectInWords(effect, raw);
