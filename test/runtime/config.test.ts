import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { field } from '../../runtime/config.ts';
import { ConfigError } from '../../runtime/configError.ts';
import { parseConfig } from '../../runtime/configFile.ts';

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

const SECRET = '00112233445566778899aabbccddeeff';
const keyed = v.strictObject({ name: v.optional(field.name), key: field.key, more: v.optional(v.record(field.name, v.strictObject({ key: v.optional(field.key) }))) });

/** Every way in which a key can be wrong. */
const wrongKeys: readonly (readonly [string, string])[] = [
  ['too short', `key: ${SECRET.slice(2)}\n`],
  ['with another letter', `key: ${SECRET.slice(1)}g\n`],
  ['all decimal, so that YAML takes it for a number', 'key: 1234567890123456789012345678901234567890\n'],
  ['in a list', `key: [${SECRET}]\n`],
  ['in a map', `key: { value: ${SECRET} }\n`],
  ['deeper', `key: ${SECRET}\nmore: { m1: { key: ${SECRET}x } }\n`],
  ['beside an error elsewhere', `key: ${SECRET}\nname: a b\n`],
  ['twice', `key: ${SECRET}\nkey: ${SECRET}\n`],
  ['with a colon inside', `key: ${SECRET}: x\n`],
  ['in an open quote', `key: "${SECRET}\n`],
  ['as the key of a map', `${SECRET}: key\nkey: ${SECRET}\n`],
  ['at a wrong indent', `name: a\n  key: ${SECRET}\n`],
  ['as an alias', `key: *${SECRET}\n`],
];

describe('a key never gets into a message', () => {
  it.each(wrongKeys)('%s', (_, text) => {
    let message = '';
    try {
      parseConfig('x.yaml', text, keyed);
    } catch (e) {
      expect(e).toBeInstanceOf(ConfigError);
      message = (e as Error).message;
    }
    expect(message).toMatch(/^x\.yaml:\d+: /);
    expect(message.replaceAll('_', '')).not.toMatch(/[0-9a-f]{16}|1\.23/i);
  });

  it('what is wrong with it is said all the same', () => {
    expect(() => parseConfig('x.yaml', 'key: short\n', keyed)).toThrow('x.yaml:1: key: expected a key of at least 32 hex digits (make one: openssl rand -hex 20), found something else, which is not shown because it is a secret');
    expect(() => parseConfig('x.yaml', 'key: 1234567890123456789012345678901234567890\n', keyed)).toThrow('(put it in quotes)');
  });
});

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
    ['a value where keys belong', 'identity: a\nlmas: []\ntimers: 60\n', 'x.yaml:3: timers: expected keys below it (lifetime), found 60'],
    ['nothing where keys belong', 'identity: a\nlmas: []\ntimers:\n', 'x.yaml:3: timers: expected keys below it (lifetime), found nothing'],
    ['a value in a list of maps', 'identity: a\nlmas: [5]\n', 'x.yaml:2: lmas.0: expected keys below it (id, ipv6-address), found 5'],
    ['a missing key', 'lmas: []\n', 'x.yaml:1: identity: missing'],
    ['an unknown key', 'identity: a\nlmas: []\ntimer: 5\n', 'x.yaml:3: timer: unknown key; did you mean timers?'],
    ['an unknown key like none', 'identity: a\nlmas: []\nzzzzzzz: 5\n', 'x.yaml:3: zzzzzzz: unknown key; known here: identity, timers, lmas'],
    ['no YAML', 'identity: [a\n', 'x.yaml:2: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['a number where a name is expected', 'identity: 5\nlmas: []\n', 'x.yaml:1: identity: expected string, found 5 (put it in quotes)'],
    ['a number out of range', 'identity: a\nlmas: []\ntimers: { lifetime: -1 }\n', 'x.yaml:3: timers.lifetime: expected >=0, found -1'],
    ['a number without end', 'identity: a\nlmas: []\ntimers: { lifetime: .inf }\n', 'x.yaml:3: timers.lifetime: expected a finite number, found Infinity'],
    ['a name with a space', 'identity: a b\nlmas: []\n', 'x.yaml:1: identity: expected a name without spaces, found "a b"'],
    ['an empty name', 'identity: ""\nlmas: []\n', 'x.yaml:1: identity: expected a name without spaces, found ""'],
    ['a key given twice', 'identity: a\nlmas: []\nidentity: b\n', 'x.yaml:3: Map keys must be unique'],
    ['two documents', 'identity: a\nlmas: []\n---\nidentity: b\n', 'x.yaml:3: Source contains multiple documents; please use YAML.parseAllDocuments()'],
    ['a list for the whole', '- a\n', 'x.yaml:1: expected keys with values, such as "domain: D1"'],
    ['a text for the whole', 'nonsense\n', 'x.yaml:1: expected keys with values, such as "domain: D1"'],
    ['an alias of nothing', 'identity: *a\nlmas: []\n', 'x.yaml:1: Unresolved alias (the anchor must be set before the alias): a'],
    ['an unknown key in a list of maps', 'identity: a\nlmas:\n  - id: b\n  - id: c\n    ipv6-adress: "::1"\n', 'x.yaml:5: lmas.1.ipv6-adress: unknown key; did you mean ipv6-address?'],
    ['a missing key in a list of maps', 'identity: a\nlmas:\n  - id: b\n  - ipv6-address: "::1"\n', 'x.yaml:4: lmas.1.id: missing'],
    ['several things', 'identity: a b\nlmas: 5\n', 'x.yaml:1: identity: expected a name without spaces, found "a b"\nx.yaml:2: lmas: expected Array, found 5'],
    ['an empty file', '', 'x.yaml:1: identity: missing\nx.yaml:1: lmas: missing'],
  ])('%s is refused with file, line, expected and found', (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('aliases that blow up are refused', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(', ')}]`)].join('\n');
    expect(refusal(bomb)).toMatch(/^x\.yaml:1: Excessive alias count/);
  });

  it('what the schema cannot say has its line as well', () => {
    const check = (c: v.InferOutput<typeof schema>) => c.lmas.flatMap((l, i) => (l.id === 'bad' ? [{ path: ['lmas', i, 'id'], message: 'is bad' }] : []));
    expect(() => parseConfig('x.yaml', 'identity: a\nlmas:\n  - id: good\n  - id: bad\n', schema, check)).toThrow(/^x\.yaml:4: lmas\.1\.id: is bad$/);
  });

  it('a file that is not there says so', async () => {
    const { loadConfig } = await import('../../runtime/configFile.ts');
    expect(() => loadConfig('/nonexistent.yaml', schema)).toThrow('/nonexistent.yaml: cannot be read');
  });
});
