import { describe, expect, it } from 'vitest';
import type { Certificates } from '../../lab/aaa/certificates.ts';
import { accountOf, identityOf, supplicantLines } from '../../lab/aaa/credentials.ts';
import { operatorProxy } from '../../lab/aaa/operator.ts';
import { simCard } from '../../lab/aaa/simCard.ts';

const PKI: Certificates = { authority: '/ca', server: { certificate: '/s', key: '/sk' }, client: (name) => ({ certificate: `/${name}`, key: `/${name}.key` }) };

describe('a credential', () => {
  it('with a password shows only the anonymous identity outside the tunnel, if there is one', () => {
    const { network } = supplicantLines({ method: 'ttls', identity: 'a@b', anonymous: 'x@b', password: 'p' }, PKI);
    expect(network).toEqual(['eap=TTLS', 'identity="a@b"', 'password="p"', 'phase2="auth=PAP"', 'ca_cert="/ca"', 'anonymous_identity="x@b"']);
    expect(accountOf({ method: 'ttls', identity: 'a@b', anonymous: 'x@b', password: 'p' })).toEqual({ name: 'a@b', password: 'p' });
  });
  it('with a certificate has no password, and the server trusts the common name', () => {
    expect(supplicantLines({ method: 'tls', identity: 'a@b' }, PKI).network).toContain('client_cert="/a@b"');
    expect(accountOf({ method: 'tls', identity: 'a@b' })).toEqual({ name: 'a@b' });
  });
  it('of a SIM asks a program beside the supplicant, and only EAP-SIM brings triplets along', () => {
    const [sim, aka] = (['sim', 'aka'] as const).map((method) => ({ method, card: simCard(3) }));
    if (!sim || !aka) throw new Error('no card');
    expect(supplicantLines(sim, PKI)).toMatchObject({ globals: ['external_sim=1'] });
    expect(accountOf(sim).eapReply).toHaveLength(9);
    expect(accountOf(aka).eapReply).toBeUndefined();
  });
  it('of EAP-AKA and its successor is passed on to the operator, EAP-SIM is not', () => {
    const passedOn = (method: 'sim' | 'aka' | "aka'") => new RegExp(`^${operatorProxy.users}$`).test(identityOf({ method, card: simCard(3) }));
    expect([passedOn('aka'), passedOn("aka'"), passedOn('sim')]).toEqual([true, true, false]);
  });
});
