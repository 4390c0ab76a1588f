import type { home as english } from '../en/home.ts';
import type { Translated } from '../catalogue.ts';

export const home: Translated<typeof english> = {};
