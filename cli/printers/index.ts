/** How results look to people, by the command at the control socket. */
import { anchorPrinters } from './anchor.ts';
import { bothPrinters } from './both.ts';
import { gatewayPrinters } from './gateway.ts';
import type { Printers } from './table.ts';

export const printers: Printers = { ...gatewayPrinters, ...anchorPrinters, ...bothPrinters };
