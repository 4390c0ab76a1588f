import type { rollout as english } from '../en/rollout.ts';
import type { Translated } from '../catalogue.ts';

export const rollout: Translated<typeof english> = {};
