import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ConfigError, field, parseConfig } from '../../runtime/config.ts';

const schema = v.strictObject({
  identity: field.name,
  timers: v.optional(v.strictObject({ lifetime: field.seconds }), { lifetime: 3600 }),
  lmas: v.array(v.strictObject({ id: field.name, 'ipv6-address': v.optional(field.ipv6) })),
});

const refusal = (text: string): string => {
  try {
    parseConfig('x.yaml', text, schema);
    return 'accepted';
  } catch (e) {
    expect(e).toBeInstanceOf(ConfigError);
    return (e as Error).message;
  }
};

describe('a configuration file', () => {
  it('gives canonical values and defaults', () => {
    expect(parseConfig('x.yaml', 'identity: m1@example.com\nlmas:\n  - id: lma1\n    ipv6-address: 2001:DB8:0::1\n', schema)).toEqual({
      identity: 'm1@example.com',
      timers: { lifetime: 3600 },
      lmas: [{ id: 'lma1', 'ipv6-address': '2001:db8::1' }],
    });
  });

  it.each([
    ['a wrong address', 'identity: a\nlmas:\n  - id: lma1\n    ipv6-address: nonsense\n', 'x.yaml:4: lmas.0.ipv6-address: expected an IPv6 address, found "nonsense"'],
    ['a wrong type', 'identity: a\ntimers:\n  lifetime: long\nlmas: []\n', 'x.yaml:3: timers.lifetime: expected number, found "long"'],
    ['a missing key', 'lmas: []\n', 'x.yaml:1: identity: missing'],
    ['an unknown key', 'identity: a\nlmas: []\ntimer: 5\n', 'x.yaml:3: timer: unknown key; did you mean timers?'],
    ['an unknown key like none', 'identity: a\nlmas: []\nzzzzzzz: 5\n', 'x.yaml:3: zzzzzzz: unknown key; known here: identity, timers, lmas'],
    ['no YAML', 'identity: [a\n', 'x.yaml:2: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['an empty file', '', 'x.yaml:1: identity: missing\nx.yaml:1: lmas: missing'],
  ])('%s is refused with file, line, expected and found', (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('a file that is not there says so', async () => {
    const { loadConfig } = await import('../../runtime/config.ts');
    expect(() => loadConfig('/nonexistent.yaml', schema)).toThrow('/nonexistent.yaml: cannot be read');
  });
});
