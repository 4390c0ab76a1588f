/** Documents that the mock's fleet has from the beginning. */
import type { DocumentVersion } from '../../cloud/api/resources/rollouts.ts';

/** What somebody set up when the fleet was new. */
export function usualDocuments(now: number): DocumentVersion[] {
  const at = now - 40 * 86_400_000;
  return [
    {
      scope: { kind: 'fleet' },
      concern: 'profiles',
      document: { 'default-profiles': { guests: { service: 'dual', apn: 'internet', lma: ['lma-1', 'lma-2'], dns: ['192.0.2.53', '2001:db8::53'], 'per-mn-agg-max-dl-rate': '20 Mbit/s' } }, interfaces: { 'wlan-guests': 'guests' } },
      by: 'ada',
      at,
    },
    {
      scope: { kind: 'fleet' },
      concern: 'lmas',
      document: { 'local-mobility-anchors': [{ id: 'lma-1', 'ipv4-address': '198.51.100.1', 'ipv6-address': '2001:db8:1::1' }, { id: 'lma-2', 'ipv4-address': '198.51.100.2', 'ipv6-address': '2001:db8:1::2' }] },
      by: 'ada',
      at,
    },
    { scope: { kind: 'fleet' }, concern: 'limits', document: { 'host-first': { 'maximum-guests': 24, 'down-rate': '40 Mbit/s', 'up-rate': '10 Mbit/s' } }, by: 'grace', at },
    { scope: { kind: 'group', id: 'pilot' }, concern: 'profiles', document: { 'default-profiles': { guests: { 'per-mn-agg-max-dl-rate': '50 Mbit/s' } } }, by: 'grace', at: at + 86_400_000 },
  ];
}
