import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../../agent/config.ts';
import { checkDocument, type DocumentOf } from '../../../runtime/fleet/documents.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';

const read = <C extends Concern>(concern: C, value: unknown): DocumentOf<C> => {
  const checked = checkDocument(concern, value);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.document;
};
const refusal = (concern: Concern, value: unknown): unknown => {
  const checked = checkDocument(concern, value);
  return checked.ok ? 'accepted' : checked.problems;
};

describe('a document of the fleet', () => {
  it('says what it says and adds no default', () => {
    expect(read('profiles', {})).toEqual({});
    expect(read('profiles', { 'default-profiles': { guests: { apn: 'guests.example' } }, interfaces: { wlan0: 'guests' } })).toEqual({ 'default-profiles': { guests: { apn: 'guests.example' } }, interfaces: { wlan0: 'guests' } });
    expect(read('timers', { timers: { 'binding-lifetime': 600 }, heartbeat: { interval: 60 } })).toEqual({ timers: { 'binding-lifetime': 600 }, heartbeat: { interval: 60 } });
    expect(read('lmas', { 'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': '192.0.2.1' }] })).toEqual({ 'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': '192.0.2.1' }] });
    expect(read('limits', { 'host-first': { 'up-rate': '5 Mbit/s' } })).toEqual({ 'host-first': { 'up-rate': 5_000_000 } });
  });

  it('is rejected with the path and a reason in words', () => {
    expect(refusal('timers', { timers: { 'binding-lifetime': 'long' } })).toEqual([{ path: 'timers.binding-lifetime', reason: 'expected number, found "long"' }]);
    expect(refusal('profiles', { 'default-profiles': { guests: { dns: ['192.0.2.53', 'resolver'] } } })).toEqual([{ path: 'default-profiles.guests.dns.1', reason: 'expected an IP address, found "resolver"' }]);
    expect(refusal('limits', { 'max-binding': 5 })).toEqual([{ path: 'max-binding', reason: 'unknown key; did you mean max-bindings?' }]);
    expect(refusal('lmas', [])).toMatchObject([{ path: '' }]);
    expect(refusal('lmas', 'x')).toMatchObject([{ path: '', reason: expect.stringContaining('found "x"') }]);
    expect(refusal('lmas', { 'local-mobility-anchors': [] })).toMatchObject([{ path: 'local-mobility-anchors', reason: expect.stringContaining('name at least one LMA') }]);
    expect(refusal('timers', { timers: { 'initial-retransmit-time': 30, 'max-retransmit-time': 4 } })).toMatchObject([{ path: 'timers.max-retransmit-time' }]);
  });

  it('names every LMA once, each with an address of its own', () => {
    const lmas = [{ id: 'a', 'ipv4-address': '192.0.2.1' }, { id: 'a', 'ipv4-address': '192.0.2.1' }, { id: 'b' }];
    expect(refusal('lmas', { 'local-mobility-anchors': lmas })).toMatchObject([
      { path: 'local-mobility-anchors.1.id' },
      { path: 'local-mobility-anchors.1.ipv4-address' },
      { path: 'local-mobility-anchors.2', reason: 'b has neither ipv6-address nor ipv4-address' },
    ]);
  });

  it.each(['0.0.0.0', '255.255.255.255', '224.0.0.1', '::', 'ff02::1'])('has no LMA at %s: whoever is there would be many', (address) => {
    const key = address.includes(':') ? 'ipv6-address' : 'ipv4-address';
    expect(refusal('lmas', { 'local-mobility-anchors': [{ id: 'a', [key]: address }] })).toMatchObject([{ path: `local-mobility-anchors.0.${key}`, reason: `expected the address of one machine, found ${address}` }]);
  });

  it('never tells a key that is wrong', () => {
    const problems = refusal('lmas', { 'local-mobility-anchors': [{ id: 'a', 'ipv4-address': '192.0.2.1', key: 'not-a-key' }] });
    expect(problems).toMatchObject([{ path: 'local-mobility-anchors.0.key' }]);
    expect(JSON.stringify(problems)).not.toContain('not-a-key');
  });

  it("a key that would reach an object's prototype is none", () => {
    const value: unknown = JSON.parse('{"default-profiles":{"__proto__":{"apn":"x"}}}');
    expect(read('profiles', value)).toEqual({ 'default-profiles': {} });
  });

  it("has the words of the agent's configuration", () => {
    const keys = Object.keys(agentSchema.entries);
    for (const key of ['default-profiles', 'interfaces', 'timers', 'discover-mn-detach', 'heartbeat', 'local-mobility-anchors', 'max-bindings', 'host-first']) expect(keys).toContain(key);
  });
});
