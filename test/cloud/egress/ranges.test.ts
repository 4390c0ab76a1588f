import { expect, it } from 'vitest';
import { rangesOf } from '../../../cloud/egress/ranges.ts';
import { formatIp } from '../../../protocol/address.ts';

const words = (networks: readonly string[]) => rangesOf(networks).map(({ first, behind }) => `${formatIp(first)} ${behind ? formatIp(behind) : 'end'}`);

it.each([
  [['192.0.2.0/24'], ['192.0.2.0 192.0.3.0']],
  [['192.0.2.7'], ['192.0.2.7 192.0.2.8']],
  [['192.0.2.77/24'], ['192.0.2.0 192.0.3.0']],
  [['10.1.0.0/16', '10.0.0.0/8', '192.0.2.0/25', '192.0.2.128/25'], ['10.0.0.0 11.0.0.0', '192.0.2.0 192.0.3.0']],
  [['240.0.0.0/4'], ['240.0.0.0 end']],
  [['fe80::/10', 'ff00::/8'], ['fe80:: fec0::', 'ff00:: end']],
  [['0.0.0.0/0'], ['0.0.0.0 end']],
  [[], []],
] as const)('%o', (networks, ranges) => {
  expect(words(networks)).toEqual(ranges);
});
