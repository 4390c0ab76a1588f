import type { subscribers as english } from '../en/subscribers.ts';
import type { Translated } from '../catalogue.ts';

export const subscribers: Translated<typeof english> = {};
