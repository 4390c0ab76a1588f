import { it } from 'vitest';
import { cacheAgrees } from '../lma/anyRequests.ts';

it('indexes, pools, store, paths and deadlines of the binding cache agree with the list of entries', () => cacheAgrees(1500));
