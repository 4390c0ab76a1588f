/** Results of commands that both processes answer, or none needs to. */
import type { ShownDebugging } from '../../runtime/debug.ts';
import { debugging } from './access.ts';
import { fields, type Printers } from './table.ts';

export const bothPrinters: Printers = {
  'show debugging': (result) => debugging(result as readonly ShownDebugging[]),
  'show version': (result) => fields(result as Readonly<Record<string, unknown>>),
  undebug: (result) => (result === 0 ? 'Nothing was being debugged\n' : `${result as number} switched off\n`),
};
