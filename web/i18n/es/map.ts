import type { map as english } from '../en/map.ts';
import type { Translated } from '../catalogue.ts';

export const map: Translated<typeof english> = {};
