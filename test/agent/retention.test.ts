/** What outlives the agent: written after the handover, read at start, and never trusted further than it can be checked. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { retain, type RetainedBinding } from '../../agent/mag/retained.ts';
import { openRetention, type Retention } from '../../agent/retention.ts';
import { decodeRetained, encodeRetained } from '../../agent/retentionFile.ts';
import { settingsOptions } from '../../protocol/vendor.ts';
import { acceptance, activeBench, MAC, OTHER_MAC, profile, type BenchOptions } from '../mag/harness.ts';

function bindingOf(options: BenchOptions = {}): RetainedBinding {
  const bench = activeBench(options);
  return retain(bench.entry(), bench.now()) as RetainedBinding;
}
const binding = bindingOf();
const FILE = '0024d78e21a4.json';

let folder: string;
let errors: string[];
let retention: Retention;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'roamstead-retention-')), 'agent');
  errors = [];
  retention = openRetention(folder, (e) => errors.push(e.message));
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

describe('bindings', () => {
  it('are written after the step that they belong to, and read again by the next agent', async () => {
    retention.keep(binding);
    expect(readdirSync(folder)).toEqual([]);
    await turn();
    expect(readdirSync(folder)).toEqual([FILE]);
    expect(statSync(join(folder, FILE)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(openRetention(folder, () => undefined).load()).toEqual([binding]);
    expect(errors).toEqual([]);
  });

  it.each<readonly [string, BenchOptions]>([
    ['IPv4 alone', { profile: { profile: { ...profile, ipv6: false, wantedIpv4: '192.0.2.9' } } }],
    ['IPv6 alone', { profile: { profile: { ...profile, ipv4: false, source: 'default' } } }],
    ['a profile of RADIUS, of an account with one device', { profile: { profile: { ...profile, source: 'radius', exclusive: true, wantedPrefixes: [{ address: '2001:db8:f00d:1::', length: 64 }] } } }],
    ['behind a NAT', { careOf: { ipv4: '192.168.1.2', mtu: 1492 } }],
    ['with resolvers and an MTU of its APN, in an address space of its own', { config: { spaces: { wlan0: 2 } }, lma: (pbu) => acceptance(pbu, { options: settingsOptions({ dns4: ['192.0.2.53'], dns6: ['2001:db8::53'], mtu: 1400 }) }) }],
    ['over IPv4', { careOf: { ipv4: '198.51.100.15', mtu: 1500 } }],
  ])('of every kind come back as they were (%s)', (_, options) => {
    const one = bindingOf(options);
    expect(decodeRetained(encodeRetained(one))).toEqual(one);
  });

  it('the last word counts, and a forgotten one is gone', async () => {
    retention.keep(binding);
    retention.keep({ ...binding, granted: 77 });
    retention.keep({ ...binding, mac: OTHER_MAC });
    retention.forget(OTHER_MAC);
    retention.flush();
    expect(readdirSync(folder)).toEqual([FILE]);
    expect(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).toMatchObject({ granted: 77, version: 2 });
    retention.forget(MAC);
    retention.forget(OTHER_MAC);
    await turn();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('one that cannot be written is told, and the others are', async () => {
    mkdirSync(join(folder, `${FILE}.new`));
    retention.keep(binding);
    retention.keep({ ...binding, mac: OTHER_MAC, path: { ...binding.path, access: { interface: 'wlan0', mac: OTHER_MAC } } });
    await turn();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('it will not outlive this agent');
    expect(readdirSync(folder)).toContain('0024d78e21b5.json');
  });
});

describe('a file that is no binding is left out, told and removed', () => {
  const good = JSON.parse(encodeRetained(binding)) as Record<string, any>;
  const spoiled: readonly (readonly [string, unknown, string])[] = [
    ['an empty file', '', 'JSON'],
    ['half a file', encodeRetained(binding).slice(0, 200), 'JSON'],
    ['null', 'null', 'Invalid type'],
    ['a list', '[]', 'version'],
    ['another version', { ...good, version: 1 }, 'version'],
    ['no version', { ...good, version: undefined }, 'version'],
    ['a field too few', { ...good, downlinkKey: undefined }, 'downlinkKey'],
    ['a field too many', { ...good, more: 1 }, 'more'],
    ['a key that is none', { ...good, uplinkKey: -1 }, 'uplinkKey'],
    ['a key with a fraction', { ...good, uplinkKey: 1.5 }, 'uplinkKey'],
    ['an address that is none', { ...good, path: { ...good['path'], ipv4: '192.0.2.256' } }, 'path.ipv4'],
    ['an address that is not canonical', { ...good, path: { ...good['path'], tunnel: { ...good['path'].tunnel, local: '2001:DB8::1' } } }, 'path.tunnel.local'],
    ['a prefix that is none', { ...good, assigned: { prefixes: [{ address: '2001:db8::', length: 129 }] } }, 'assigned.prefixes.0.length'],
    ['a lifetime without end', JSON.stringify(good).replace(/"grantedUntil":[\d.]+/, '"grantedUntil":1e999'), 'grantedUntil'],
    ["another binding's path", { ...good, path: { ...good['path'], index: 9 } }, 'its path is that of another binding'],
    ["another phone's MAC", { ...good, mac: OTHER_MAC, path: { ...good['path'], access: { interface: 'wlan0', mac: OTHER_MAC } } }, 'another phone'],
  ];
  it.each(spoiled)('%s', (_, content, words) => {
    writeFileSync(join(folder, FILE), typeof content === 'string' ? content : JSON.stringify(content));
    expect(retention.load()).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`${join(folder, FILE)} is no binding of this version and is removed`);
    expect(errors[0]).toContain(words);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('and its good neighbour is taken', () => {
    writeFileSync(join(folder, FILE), encodeRetained(binding));
    writeFileSync(join(folder, '0024d78e21b5.json'), '{');
    mkdirSync(join(folder, '0024d78e21c6.json'));
    expect(retention.load()).toEqual([binding]);
    expect(errors).toHaveLength(2);
  });

  it('an unfinished one goes without a word, and other files are let alone', () => {
    writeFileSync(join(folder, `${FILE}.new`), '{');
    writeFileSync(join(folder, 'restart-counter'), '7');
    expect(retention.load()).toEqual([]);
    expect([errors, readdirSync(folder)]).toEqual([[], ['restart-counter']]);
  });

  it('whatever stands in it, reading gives a binding or an error in words', () => {
    const leaves = Object.entries(good).map(([key]) => key);
    fc.assert(
      fc.property(fc.constantFrom(...leaves), fc.jsonValue(), (key, value) => {
        try {
          expect(encodeRetained(decodeRetained(JSON.stringify({ ...good, [key]: value })))).toBeTypeOf('string');
        } catch (e) {
          expect((e as Error).message).toMatch(/: |another binding|JSON/);
        }
      }),
    );
  });
});

it('a folder that cannot be made is an error in words', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => openRetention(join(folder, 'file', 'deeper'), () => undefined)).toThrow(/the state-directory .* cannot be made/);
});
