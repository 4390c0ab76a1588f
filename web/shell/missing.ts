import { signal } from '@preact/signals';

/** Parts of the cloud that do not answer now, in words: told by the overview, shown in the header of every page. */
export const missing = signal<readonly string[]>([]);
