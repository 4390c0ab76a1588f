/** Field codecs that only the data path's maps need. */
import { mac, octets } from '../../protocol/codec.ts';

export const bytes8 = octets(8);
export const bytes16 = octets(16);
export const mac6 = mac;
