/** The AAA part of the configuration: the seed's words, defaults, and mistakes with their lines. */
import { describe, expect, it } from 'vitest';
import { identifierPolicy, profileMode } from '../../agent/aaa/config.ts';
import { radsecOptions } from '../../agent/aaa/radsecConfig.ts';
import { agentSchema, type AgentConfig } from '../../agent/config.ts';
import { problemsOf } from '../../agent/configCheck.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const LEAST = `domain: D1
mag: M1
uplink: wan0
mn-profile-load-aaa: true
local-mobility-anchors:
  - { id: lma1, ipv6-address: "2001:db8::1" }
default-profiles:
  guests: { apn: example.com, lma: lma1 }
radius-servers:
  - { address: 203.0.113.115, key: aaacisco }
interfaces:
  - name: eth1
    first-packet: true
  - name: eth2
    first-packet: true
    default-profile: guests
`;
const parse = (text: string): AgentConfig => parseConfig('x.yaml', text, agentSchema, problemsOf);
const refusal = (text: string): string => {
  try {
    parse(text);
    return 'accepted';
  } catch (e) {
    return (e as Error).message;
  }
};
const changed = (from: string | RegExp, to: string): string => {
  const text = LEAST.replace(from, to);
  expect(text).not.toBe(LEAST);
  return text;
};
const modes = (text: string): string[] => {
  const config = parse(text);
  return config.interfaces.map((i) => profileMode(config, i));
};

describe('the defaults', () => {
  it('of the servers and of the client are the seed’s', () => {
    expect(parse(LEAST)).toMatchObject({
      'radius-servers': [{ address: '203.0.113.115', 'auth-port': 1812, 'acct-port': 1813, key: 'aaacisco' }],
      radius: { retransmit: 2, timeout: 3, 'require-message-authenticator': true, accounting: 'none' },
    });
  });
  it('of the policy keep devices apart, by what is theirs', () => {
    expect(identifierPolicy(parse(LEAST))).toEqual({ from: ['profile', 'identity', 'cui', 'mac'], sharing: 'per-device', deviceTag: ['certificate', 'mac'] });
    expect(identifierPolicy(parse(`${LEAST}mn-identifier: { sharing: per-account }`))).toMatchObject({ from: ['profile', 'identity', 'cui', 'mac'], sharing: 'per-account' });
  });
  it('of dynamic authorization is its port, and no address: that is for the operator to name', () => {
    expect(parse(`${LEAST}dynamic-authorization: { listen: 192.0.2.9, clients: [{ address: 203.0.113.115, key: aaacisco }] }`)['dynamic-authorization']).toMatchObject({ listen: '192.0.2.9', port: 3799 });
    expect(() => parse(`${LEAST}dynamic-authorization: { clients: [{ address: 203.0.113.115, key: aaacisco }] }`)).toThrow('dynamic-authorization.listen: missing');
  });
});

describe('where profiles come from', () => {
  it('with mn-profile-load-aaa it is RADIUS, then the default profile of the interface', () => {
    expect(modes(LEAST)).toEqual(['radius', 'radius-or-default']);
  });
  it('without it, it is the local list, then the default profile, as ever', () => {
    expect(modes(changed('mn-profile-load-aaa: true\n', ''))).toEqual(['local-or-default', 'local-or-default']);
  });
  it('an interface may say otherwise', () => {
    expect(modes(changed('default-profile: guests', 'default-profile: guests\n    mn-profile: default'))).toEqual(['radius', 'default']);
    expect(modes(changed('default-profile: guests', 'default-profile: guests\n    mn-profile: radius'))).toEqual(['radius', 'radius']);
  });
});

describe('a mistake is told with its line', () => {
  it.each<[string, string | RegExp, string, string]>([
    ['no servers', /radius-servers:\n.*\n/, '', 'x.yaml:4: mn-profile-load-aaa: eth1 asks RADIUS for profiles, but there are no radius-servers\nx.yaml:4: mn-profile-load-aaa: eth2 asks RADIUS for profiles, but there are no radius-servers'],
    ['no default profile', 'first-packet: true', 'first-packet: true\n    mn-profile: radius-or-default', 'x.yaml:14: interfaces.0.mn-profile: eth1 has no default-profile'],
    ['no local list', 'first-packet: true', 'first-packet: true\n    mn-profile: local', 'x.yaml:14: interfaces.0.mn-profile: eth1 takes profiles from the local list, but there are no profiles'],
    ['another source', 'first-packet: true', 'first-packet: true\n    mn-profile: diameter', 'x.yaml:14: interfaces.0.mn-profile: expected ("local" | "default" | "radius" | "radius-or-default"), found "diameter"'],
    ['no key', ', key: aaacisco', '', 'x.yaml:10: radius-servers.0: expected either key or key-file'],
    ['two keys', 'key: aaacisco', 'key: aaacisco, key-file: /etc/radius.key', 'x.yaml:10: radius-servers.0: expected either key or key-file'],
    ['a key that YAML takes for a number', 'aaacisco', '12345678', 'x.yaml:10: radius-servers.0.key: expected string, found something else, which is not shown because it is a secret (put it in quotes)'],
    ['a server’s name', '203.0.113.115', 'radius.example', 'x.yaml:10: radius-servers.0.address: expected an IP address, found "radius.example"'],
    ['a server twice', '  - { address', '  - { address: 203.0.113.115, key: another }\n  - { address', 'x.yaml:11: radius-servers.1.address: 203.0.113.115 with auth-port 1812 stands there twice'],
    ['nobody who may ask', 'interfaces:', 'dynamic-authorization: { listen: 192.0.2.9, clients: [] }\ninterfaces:', 'x.yaml:11: dynamic-authorization.clients: name at least one client, found 0'],
    ['a client twice', 'interfaces:', 'dynamic-authorization: { listen: 192.0.2.9, clients: [{ address: 192.0.2.1, key: a }, { address: 192.0.2.1, key: b }] }\ninterfaces:', 'x.yaml:11: dynamic-authorization.clients.1.address: 192.0.2.1 stands there twice'],
    ['ages the wrong way round', 'interfaces:', 'profile-cache: { age: 600, age-without-radius: 60 }\ninterfaces:', 'x.yaml:11: profile-cache.age: expected no more than age-without-radius (60), found 600'],
    ['a policy of nothing', 'interfaces:', 'mn-identifier: { from: [] }\ninterfaces:', 'x.yaml:11: mn-identifier.from: name at least one, found 0'],
    ['a misspelt word', 'interfaces:', 'mn-identifier: { shareing: per-device }\ninterfaces:', 'x.yaml:11: mn-identifier.shareing: unknown key; did you mean sharing?'],
    ['a timeout of nothing', 'interfaces:', 'radius: { timeout: 0 }\ninterfaces:', 'x.yaml:11: radius.timeout: expected >=0.1, found 0'],
  ])('%s', (_, from, to, words) => {
    expect(refusal(changed(from, to))).toBe(words);
  });

  it('accounting without servers', () => {
    expect(refusal(`${changed(/mn-profile-load-aaa.*\n/, '').replace(/radius-servers:\n.*\n/, '')}radius: { accounting: start-stop }\n`)).toBe('x.yaml:14: radius.accounting: there are no radius-servers that accounting could go to');
  });
});

it('RadSec with a file that is no PEM says so at the start, not at the first phone', () => {
  const radsec = { server: 'lma1.example', port: 2083, certificate: 'package.json', 'private-key': 'package.json', authority: 'package.json', 'listen-address': '127.0.0.1' };
  expect(() => radsecOptions(radsec)).toThrow('radsec: certificate, private-key and authority are to be PEM files');
  expect(() => radsecOptions({ ...radsec, certificate: '/nowhere' })).toThrow('radsec.certificate: /nowhere cannot be read: ENOENT');
});
