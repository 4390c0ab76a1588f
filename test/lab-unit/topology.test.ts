import { describe, expect, it } from 'vitest';
import { DEFAULTS, HOMES_MAX, PHONES_MAX, construction, planOf } from '../../lab/topology.ts';

const options = { ...DEFAULTS, homes: 3, phones: 2 };
/** Every command with the namespace it runs in. */
const commands = (o: Parameters<typeof planOf>[0]) => {
  const c = construction(planOf(o));
  return [...c.namespaces, ...c.wires, ...[...c.inside].flatMap(([ns, lines]) => lines.map((line) => `${ns}: ${line}`))];
};

describe('the plan', () => {
  it('gives every home its own subnets and every phone its own MAC', () => {
    const { homes, phones } = planOf({ ...options, homes: HOMES_MAX, phones: PHONES_MAX });
    const distinct = (values: readonly unknown[]) => new Set(values).size === values.length;
    expect(distinct(homes.map((h) => h.ipv4))).toBe(true);
    expect(distinct(homes.map((h) => h.ipv6))).toBe(true);
    expect(distinct([...homes.map((h) => h.radioMac), ...phones.map((p) => p.mac)])).toBe(true);
  });

  it('puts a home behind a NAT without IPv6, and its NAT where the home was', () => {
    const [one, , three] = planOf({ ...options, nat: 3 }).homes;
    expect(one?.nat).toBeUndefined();
    expect(three).toMatchObject({ ipv4: '192.168.3.2', ipv4Router: '192.168.3.1', nat: { namespace: 'rs-nat3', outside: '198.18.3.2', router: '198.18.3.1' } });
    expect(three?.ipv6).toBeUndefined();
  });

  it.each([
    [{ homes: 0 }, 'homes is 0; it must be a whole number from 1 to 64'],
    [{ phones: 1.5 }, 'phones is 1.5; it must be a whole number from 1 to 200'],
    [{ nat: 4 }, 'nat is 4; it must be a whole number from 1 to 3'],
    [{ narrow: 0 }, 'narrow is 0; it must be a whole number from 1 to 3'],
    [{ delayMs: Number.NaN }, 'delay is NaN; it must be 0 to 1000 ms'],
    [{ prefix: 'x; rm' }, 'prefix is "x; rm"; it must be up to eight letters and digits and a dash'],
  ])('refuses %o in words', (wrong, message) => {
    expect(() => planOf({ ...options, ...wrong })).toThrow(message);
  });
});

describe('the construction', () => {
  it('never puts the fixed MAC on the interface that hostapd drives', () => {
    const fixed = commands(options).filter((line) => line.includes('00:00:5e:00:52:13'));
    expect(fixed).toHaveLength(3);
    for (const line of fixed) expect(line).toMatch(/^rs-home\d: link add br-access address .* type bridge/);
  });

  it('makes the narrow WAN narrow at both ends', () => {
    expect(commands({ ...options, narrow: 2 }).filter((line) => line.includes('mtu 1492'))).toEqual([
      'link add wan0 netns rs-home2 mtu 1492 type veth peer name home2 mtu 1492 netns rs-net',
    ]);
  });

  it('leaves the wire to the LMA to the delay line when there is a delay', () => {
    const wire = 'link add lma netns rs-net mtu 1500 type veth peer name net0 mtu 1500 netns rs-lma';
    expect(commands(options)).toContain(wire);
    expect(commands({ ...options, delayMs: 10 })).not.toContain(wire);
  });

  it('keeps every interface name within what the kernel takes', () => {
    const names = commands({ ...options, homes: HOMES_MAX, phones: PHONES_MAX, nat: HOMES_MAX }).flatMap((line) => [...line.matchAll(/link add (\S+)|peer name (\S+)/g)].map((m) => m[1] ?? m[2] ?? ''));
    expect(names.filter((name) => name.length > 15)).toEqual([]);
  });

  it('leaves the air to radios where there are any: no bridge, no wire, and nothing that only an access point may do', () => {
    const c = construction(planOf(options), 'radios');
    const all = [...c.namespaces, ...c.wires, ...[...c.inside.values()].flat()].join('\n');
    expect(all).not.toMatch(/rs-air|air1|wlan0 master/);
    expect(c.inside.get('rs-home1')).toContain('link set wlan0 address 02:aa:00:00:00:01');
  });

  it('has a place for a RADIUS server only where one is asked for', () => {
    expect(commands(options).filter((line) => line.includes('aaa'))).toEqual([]);
    const c = construction(planOf({ ...options, aaa: true }));
    expect(c.namespaces).toContain('netns add rs-aaa');
    expect(c.inside.get('rs-net')).toContain('address add 198.18.252.1/24 dev aaa');
  });
});
