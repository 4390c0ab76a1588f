/** What a gateway does where no document says otherwise. */
import type { Concern } from '../../runtime/fleet/topics.ts';

export const builtIn: Readonly<Record<Concern, unknown>> = {
  profiles: { 'default-profiles': { guests: { service: 'dual', apn: 'internet', lma: ['lma-1', 'lma-2'], dns: ['192.0.2.53', '2001:db8::53'] } }, interfaces: { 'wlan-guests': 'guests' } },
  timers: {
    timers: { 'binding-lifetime': 3600, 'binding-refresh-time': 300, 'initial-retransmit-time': 1, 'max-retransmit-time': 32, 'bri-delay-min': 1000, 'bri-delay-max': 2000, 'bri-retries': 1 },
    'discover-mn-detach': { interval: 10, timeout: 2, retries: 3, delay: 0.5 },
    heartbeat: { enabled: true, interval: 60, timeout: 5, 'missing-allowed': 3 },
  },
  lmas: { 'local-mobility-anchors': [{ id: 'lma-1', 'ipv4-address': '198.51.100.1', 'ipv6-address': '2001:db8:1::1' }, { id: 'lma-2', 'ipv4-address': '198.51.100.2', 'ipv6-address': '2001:db8:1::2' }] },
  limits: { 'max-bindings': 512, 'host-first': {} },
};
