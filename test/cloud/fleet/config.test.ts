/** cloud.yaml: what is refused, with line and words; the examples. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadLmaConfig } from '../../../cloud/config.ts';
import { brokerNames, cloudSchema, loadCloudConfig, ownLma, problemsOf, withFiles } from '../../../cloud/fleet/config.ts';
import { parseConfig } from '../../../runtime/configFile.ts';

const parse = (text: string) => parseConfig('cloud.yaml', text, cloudSchema, problemsOf);

describe('cloud.yaml is refused with its line for', () => {
  it.each([
    ['an LMA that nobody describes', 'role: all', 'cloud.yaml:1: role: the role all runs an LMA: name its configuration with "lma: lma.yaml", or say "role: fleet"'],
    ['an LMA that nobody runs', 'role: fleet\nlma: x.yaml', 'cloud.yaml:2: lma: the role fleet runs no LMA'],
    ['a role that there is not', 'role: both', 'cloud.yaml:1: role: expected'],
    ['passwords in the clear', 'role: fleet\nhttp: { listen: "0.0.0.0:80" }', 'cloud.yaml:2: http.listen: 0.0.0.0 can be reached by others, who would read passwords on the way'],
    ['a broker without a name', 'role: fleet\nbroker: { kind: embedded, names: [] }', 'cloud.yaml:2: broker.names: name at least one address or name'],
    ['a broker that is none', 'role: fleet\nbroker: { kind: kafka, names: [a] }', 'cloud.yaml:2: broker.kind: expected'],
    ['a mistyped key', 'role: fleet\nhtttp: {}', 'cloud.yaml:2: htttp: unknown key; did you mean http?'],
    ['two LMAs of one name', 'role: fleet\nlmas:\n  - { name: a, control-socket: /a }\n  - { name: a, control-socket: /b }', 'cloud.yaml:4: lmas.1.name: there are two of the name a'],
    ['a key in the file', 'role: fleet\nlmas: [{ name: a, control-socket: /a, anchors: [{ id: a, key: 00112233445566778899aabbccddeeff }] }]', 'lmas.0.anchors.0.key: unknown key'],
    ['a store that there is not', 'role: fleet\nstore: mysql', 'cloud.yaml:2: store: expected'],
    ['an impatient one', 'role: fleet\noffline-after: 1', 'cloud.yaml:2: offline-after: expected'],
  ])('%s', (_, text, words) => {
    expect(() => parse(text)).toThrow(words);
  });
});

it('the certificate of a Mosquitto names it as this process does, too', () => {
  const names = (text: string) => brokerNames(parse(`role: fleet\nbroker: ${text}`));
  expect([names('{ kind: mosquitto, names: [fleet.example.net] }'), names('{ kind: mosquitto, host: a, names: [a] }'), names('{ kind: embedded, names: [b] }')]).toEqual([['fleet.example.net', '127.0.0.1'], ['a'], ['b']]);
});

it('names of files are relative to the one that names them, wherever the process was started', () => {
  const files = (text: string) => {
    const { lma, http: { tls }, broker, store, 'state-directory': state, lmas } = withFiles('/etc/roamstead', parse(text));
    return { lma, tls, broker, store, state, lmas: lmas.map((l) => l['control-socket']) };
  };
  const all = files(`
lma: lma.yaml
http: { tls: { certificate: tls/a.pem, key: /srv/a.key } }
broker: { kind: mosquitto, names: [a], folder: mosquitto, pid-file: ../m.pid }
state-directory: fleet
store: { postgresql: { password-file: secret, authority: ca.pem } }
lmas: [{ name: b, control-socket: b.sock }]`);
  expect(all).toMatchObject({
    lma: '/etc/roamstead/lma.yaml',
    tls: { certificate: '/etc/roamstead/tls/a.pem', key: '/srv/a.key' },
    broker: { folder: '/etc/roamstead/mosquitto', 'pid-file': '/etc/m.pid' },
    store: { postgresql: { 'password-file': '/etc/roamstead/secret', authority: '/etc/roamstead/ca.pem', host: '/var/run/postgresql' } },
    state: '/etc/roamstead/fleet',
    lmas: ['/etc/roamstead/b.sock'],
  });
  expect(files('role: fleet')).toMatchObject({ lma: undefined, tls: undefined, store: 'files', state: '/var/lib/roamstead/fleet' });
});

describe('the examples', () => {
  it('are correct, belong together, and say how to run them', () => {
    const config = loadCloudConfig('examples/cloud.yaml');
    const lma = ownLma(loadLmaConfig(config.lma ?? ''));
    expect([config.role, lma]).toEqual(['all', { name: 'lma1', 'control-socket': '/run/roamstead/lma.sock', anchors: [{ id: 'lma1', 'ipv4-address': '127.0.0.1' }] }]);
    expect(readFileSync('examples/cloud.yaml', 'utf8')).toContain('roamstead cloud --config examples/cloud.yaml');
    expect(readFileSync('examples/cloud-lma.yaml', 'utf8')).toContain('--config examples/cloud-lma.yaml');
  });

  it('tell gateways of each service of an LMA with its addresses', () => {
    expect(ownLma(loadLmaConfig('examples/lma-operators.yaml')).anchors).toEqual([
      { id: 'operator-a', 'ipv6-address': '2001:db8:cafe:1024::101', 'ipv4-address': '10.8.24.101' },
      { id: 'operator-b', 'ipv6-address': '2001:db8:cafe:1024::102', 'ipv4-address': '10.8.24.102' },
    ]);
  });
});
