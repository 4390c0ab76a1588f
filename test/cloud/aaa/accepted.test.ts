/** What an Access-Accept proves, and what it does not. */
import { describe, expect, it } from 'vitest';
import { createAcceptances } from '../../../cloud/aaa/accepted.ts';
import type { RadiusAttribute } from '../../../protocol/radius/attributes.ts';

const MAG = 'home1@lab.example';
const ALICE = 'alice@home.example';
const SUCCESS: RadiusAttribute = { kind: 'eapMessage', value: '03:05:00:04' };
const from = (userName = ALICE): RadiusAttribute[] => [
  { kind: 'userName', value: userName },
  { kind: 'callingStationId', value: '02-BB-00-00-00-01' },
];
const named = (value: string): RadiusAttribute => ({ kind: 'userName', value });

describe('an acceptance', () => {
  it('at the end of EAP proves the name that the server gives, for the time that it gives', () => {
    const a = createAcceptances({ sessionTimeout: 86_400, trustUserName: true });
    expect(a.prove({ mag: MAG, request: from(), accept: [named(ALICE), SUCCESS, { kind: 'sessionTimeout', value: 600 }] }, 0)).toEqual({ kind: 'proved', mag: MAG, linkLayerId: '02:bb:00:00:00:01', names: [ALICE], lifetime: 600 });
    expect(a.prove({ mag: MAG, request: from(), accept: [named(ALICE), SUCCESS] }, 0)?.lifetime).toBe(86_400);
  });

  it.each([
    ['without EAP', { accept: [named(ALICE)] }],
    ['of EAP that goes on', { accept: [named(ALICE), { kind: 'eapMessage', value: '01:05:00:04' } as const] }],
    ['without a name of the server’s own', { accept: [SUCCESS] }],
    ['for no phone', { request: [named(ALICE)], accept: [named(ALICE), SUCCESS] }],
    ['for a station that is no MAC', { request: [named(ALICE), { kind: 'callingStationId', value: 'modem 7' } as const], accept: [named(ALICE), SUCCESS] }],
  ])('%s proves nothing', (_, what) => {
    expect(createAcceptances({ sessionTimeout: 60, trustUserName: true }).prove({ mag: MAG, request: from(), ...what }, 0)).toBeUndefined();
  });

  it('of the profile of a proved account adds the names in it, until the same end', () => {
    const a = createAcceptances({ sessionTimeout: 600, trustUserName: true });
    const profile = [{ kind: 'mobileNodeIdentifier', value: 'mn7@isp.example' } as const];
    a.prove({ mag: MAG, request: from(), accept: [named(ALICE), SUCCESS] }, 0);
    expect(a.prove({ mag: MAG, request: from(), accept: profile }, 100_000)).toMatchObject({ names: [ALICE, 'mn7@isp.example'], lifetime: 500 });
    expect(a.prove({ mag: MAG, request: from(), accept: profile }, 600_000)).toBeUndefined();
  });

  it('of a profile asked for by a MAC, by another account or through another gateway adds nothing', () => {
    const a = createAcceptances({ sessionTimeout: 600, trustUserName: true });
    const accept = [{ kind: 'ciscoAvPair', value: 'mn-nai=victim@home.example' } as const];
    a.prove({ mag: MAG, request: from(), accept: [named(ALICE), SUCCESS] }, 0);
    expect(a.prove({ mag: MAG, request: from('02bb.0000.0001'), accept }, 1)).toBeUndefined();
    expect(a.prove({ mag: MAG, request: from('victim@home.example'), accept }, 1)).toBeUndefined();
    expect(a.prove({ mag: 'home2@lab.example', request: from(), accept }, 1)).toBeUndefined();
  });
});

it('the User-Name of a server that copies what the phone said outside the tunnel proves nothing, other names do', () => {
  const a = createAcceptances({ sessionTimeout: 600, trustUserName: false });
  expect(a.prove({ mag: MAG, request: from('victim@home.example'), accept: [named('victim@home.example'), SUCCESS] }, 0)).toBeUndefined();
  expect(a.prove({ mag: MAG, request: from('victim@home.example'), accept: [named('victim'), { kind: 'mobileNodeIdentifier', value: ALICE }, SUCCESS] }, 0)).toMatchObject({ names: [ALICE] });
});
