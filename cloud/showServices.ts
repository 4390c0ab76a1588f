/** `show lma-service all`: who answers where, for which network, with which APNs; as the file says it. */
import type { Handler } from '../runtime/control.ts';
import { apnsOf, poolsOf, type LmaFile } from './config.ts';

export interface ShownService {
  readonly 'lma-service': string;
  readonly 'bind-address': string;
  readonly 'address-space': number;
  readonly 'pgw-service'?: string;
  /** `100-200` */
  readonly 'plmn-id'?: string;
  readonly apns: string;
  readonly pools: string;
  /** `nat44` of at least one pool, or `routed`. */
  readonly egress: string;
}

export const serviceHandlers = (f: LmaFile): Record<string, Handler> => ({ 'show lma-service all': () => shownServices(f) });

export function shownServices(f: LmaFile): ShownService[] {
  const pools = poolsOf(f);
  return f['lma-services'].map((s) => {
    const own = pools.filter((p) => p.service === s.name);
    const plmn = s['pgw-service']?.['plmn-id'];
    return {
      'lma-service': s.name,
      'bind-address': s['bind-address'].join(' '),
      'address-space': s['address-space'],
      ...(s['pgw-service'] ? { 'pgw-service': s['pgw-service'].name } : {}),
      ...(plmn ? { 'plmn-id': `${plmn.mcc}-${plmn.mnc}` } : {}),
      apns: apnsOf(f, s).map((a) => a.name).join(' '),
      pools: own.map((p) => p.prefix).join(' '),
      egress: f['ip-pools'].some((p) => p.nat44 && own.some((o) => o.name === p.name)) ? 'nat44' : 'routed',
    };
  });
}
