import { it } from 'vitest';
import { losesNothing, neverThrows } from '../cli/import/anyText.ts';

it('importing any text never throws', () => neverThrows(2000));
it('importing any text loses no line', () => losesNothing(20_000));
