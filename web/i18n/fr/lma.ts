import type { lma as english } from '../en/lma.ts';
import type { Translated } from '../catalogue.ts';

export const lma: Translated<typeof english> = {};
