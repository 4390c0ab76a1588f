/** What people read. The blocks are the guide's "Sample Output for the show ipv6 mobile pmipv6 mag binding Command", line for line. */
import { describe, expect, it } from 'vitest';
import type { ShownBinding } from '../../agent/show.ts';
import { fields, magBindings, printers, table } from '../../cli/printers.ts';

const sample: ShownBinding = {
  domain: 'D1',
  mnnai: 'mn0@example.com',
  state: 'active',
  phyintf: 'GigabitEthernet0/1/0.3074',
  hoa: '192.0.2.1',
  'prefix-len': 24,
  dflt: '192.0.2.254',
  att: 4,
  llid: '0024.d78e.21a4',
  hnps: [],
  'peer-id': 'lma1',
  lifetime: 3600,
  liferem: 3599,
  'up-stream-grekey': 5,
  'down-stream-grekey': 5,
};

/** "Configuring MN Profiles locally on a MAG". The guide's first block alone has the rule above the total; the other three are as here. */
const LOCAL_PROFILE = `Total number of bindings: 1
-----
[Binding][MN]: Domain: D1, Nai: mn0@example.com
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: 192.0.2.1, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 5, Downstream: 5
`;

/** "Configuring a Default MN Profile on the MAG" */
const DEFAULT_PROFILE = `Total number of bindings: 1
-----
[Binding][MN]: Domain: D1, Nai: 0024.d78e.21a4
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: 192.0.2.1, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 8, Downstream: 8
`;

describe('show ipv6 mobile pmipv6 mag binding', () => {
  it('prints the guide’s sample of a local profile', () => {
    expect(magBindings([sample])).toBe(LOCAL_PROFILE);
  });
  it('prints the guide’s sample of a default profile', () => {
    expect(magBindings([{ ...sample, mnnai: '0024.d78e.21a4', 'up-stream-grekey': 8, 'down-stream-grekey': 8 }])).toBe(DEFAULT_PROFILE);
  });
  it('prints what is missing as the guide’s zeroes, and why', () => {
    const { hoa: _, 'peer-id': __, 'up-stream-grekey': ___, ...rest } = sample;
    const text = magBindings([{ ...rest, state: 'denied', reason: 'no profile', hnps: ['2001:db8:1::/64', '2001:db8:2::/64'] }]);
    for (const line of ['State: DENIED (no profile)', 'Hoa: 0.0.0.0,', 'HNP: 2001:db8:1::/64, 2001:db8:2::/64', 'Id: -', 'Upstream: 0, Downstream: 5']) expect(text).toContain(line);
  });
  it('prints nobody', () => {
    expect(magBindings([])).toBe('Total number of bindings: 0\n-----\n');
  });
  it('a name from the network forges no line and moves no cursor', () => {
    const text = magBindings([{ ...sample, mnnai: 'a\n[Binding][MN]: State: ACTIVE\u001b[2J' }]);
    expect(text.split('\n')).toHaveLength(LOCAL_PROFILE.split('\n').length);
    expect(text).not.toContain('\u001b');
  });
});

describe('the rest', () => {
  it('tables have a column a field, in the order in which the fields appear', () => {
    expect(table([{ mnnai: 'a', hoa: '192.0.2.1' }, { mnnai: 'longer', hnps: ['2001:db8::/64'] }])).toBe('mnnai   hoa        hnps\na       192.0.2.1  -\nlonger  -          ["2001:db8::/64"]\n');
    expect(table([])).toBe('none\n');
    expect(table([{ mnnai: 'a\tb\u0007' }])).toBe('mnnai\na?b?\n');
  });
  it('fields nest, lists stand in a line', () => {
    expect(fields({ mag: 'M1@D1', timers: { a: 1, longer: true }, list: [1, 'x'], nothing: undefined })).toBe('mag      M1@D1\ntimers\n  a       1\n  longer  true\nlist     1, x\nnothing  -\n');
  });
  it('every command has its printer', () => {
    expect(Object.keys(printers).toSorted()).toEqual(['clear mag denied', 'show lma statistics', 'show lma-service session', 'show mag binding', 'show mag globals', 'show mag stats']);
    expect(printers['clear mag denied']?.(null)).toBe('done\n');
  });
});
