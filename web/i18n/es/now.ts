import type { now as english } from '../en/now.ts';
import type { Translated } from '../catalogue.ts';

export const now: Translated<typeof english> = {};
