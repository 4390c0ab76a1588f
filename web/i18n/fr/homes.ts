import type { homes as english } from '../en/homes.ts';
import type { Translated } from '../catalogue.ts';

export const homes: Translated<typeof english> = {};
