import type { access as english } from '../en/access.ts';
import type { Translated } from '../catalogue.ts';

export const access: Translated<typeof english> = {};
