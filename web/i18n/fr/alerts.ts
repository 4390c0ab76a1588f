import type { alerts as english } from '../en/alerts.ts';
import type { Translated } from '../catalogue.ts';

export const alerts: Translated<typeof english> = {};
