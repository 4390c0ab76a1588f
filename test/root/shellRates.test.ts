/** Rates in the files of both ends: told by the anchor, enforced where the packets are sent, and shown (RFC 7222). */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../lab/processes.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
beforeAll(async () => {
  lab = await shellLab();
  await lab.startLma('nodes: [{ match: "*", per-mn-agg-max-dl-rate: 20 Mbit/s, per-mn-agg-max-ul-rate: 64 kbit/s }]');
  await lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock\nhost-first: { maximum-guests: 4, down-rate: 100 Mbit/s }`);
});
afterAll(() => lab.close());

const binding = (): Record<string, unknown> => (JSON.parse(lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding', 'json')) as Record<string, unknown>[])[0] ?? {};
const session = (): Record<string, unknown> => (JSON.parse(lab.show('lma', 'lma-service', 'session', 'json')) as Record<string, unknown>[])[0] ?? {};

it('both ends have what policy says, and the gateway drops what goes up too fast', async () => {
  expect(lab.lease()).toBe('192.0.2.1');
  expect(session()).toMatchObject({ 'max-dl-rate': 20_000_000, 'max-ul-rate': 64_000 });
  expect(binding()).toMatchObject({ 'max-dl-rate': 20_000_000, 'max-ul-rate': 64_000 });
  await until('a packet', 5000, () => lab.run('phone', 'sh', '-c', `ping -q -c 1 -W 1 ${INTERNET} || true`).includes(' 1 received'));
  // More than the burst of 256 KB.
  lab.run('phone', 'sh', '-c', `ping -q -f -c 400 -s 1400 -W 1 ${INTERNET} || true`);
  expect(Number(binding()['upPoliced'])).toBeGreaterThan(50);
  expect(session()['upPoliced']).toBeUndefined(); // what did not come is not dropped again
  expect(lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding')).toMatch(/\[QOS\]: Upstream: 64000 bit\/s, Downstream: 20000000 bit\/s, dropped: \d+ up, 0 down/);
});
