/** A gateway brings a subscriber who authenticates only where the operator's server accepted that subscriber: status 154. */
import { describe, expect, it } from 'vitest';
import { Anchor, bindings, labConfig, MAG1, MAG2, PHONE, TABLET } from './pbu.ts';

const ALICE = 'alice@example.com';
const anchor = (): Anchor => new Anchor(labConfig({}, { nodes: [{ match: '@example.com', accessProof: 'required' }, { match: '*', accessProof: 'none' }] }));
const proves = (a: Anchor, mag = MAG1, { names = [ALICE], linkLayerId = PHONE, lifetime = 600 } = {}): void => void a.take({ kind: 'proved', mag: mag.id ?? '', linkLayerId, names, lifetime });

describe('a subscriber whose row wants a proof', () => {
  it('comes from no gateway without one', () => {
    const a = anchor();
    expect(a.ask({ mn: ALICE }).status).toBe(154);
    expect(bindings(a)).toEqual([]);
  });

  it('comes from the gateway through which it was accepted, and from no other', () => {
    const a = anchor();
    proves(a);
    expect(a.ask({ mn: ALICE, mag: MAG2 }).status).toBe(154);
    expect(a.ask({ mn: ALICE }).status).toBe(0);
    expect(a.ask({ mn: ALICE, mag: MAG2, handoff: 3 }).status).toBe(154);
    expect(bindings(a).map((b) => b.mag)).toEqual([MAG1.id]);
    proves(a, MAG2);
    expect(a.ask({ mn: ALICE, mag: MAG2, handoff: 3 }).status).toBe(0);
  });

  it('is the account that the server named, with or without the tag of a device, and nobody else', () => {
    const a = anchor();
    proves(a);
    for (const mn of ['bob@example.com', 'alice+carol@example.com', '+00@example.com']) expect([mn, a.ask({ mn }).status]).toEqual([mn, 154]);
    expect(a.ask({ mn: 'Alice+0024d78e21a4@Example.com' }).status).toBe(0);
  });

  it('is the phone that was accepted, by its link-layer identifier', () => {
    const a = anchor();
    proves(a);
    expect(a.ask({ mn: ALICE, mac: TABLET }).status).toBe(154);
    expect(a.ask({ mn: ALICE, mac: undefined }).status).toBe(154);
  });

  it('comes no longer than its session was granted for; the gateway that has it keeps it', () => {
    const a = anchor();
    proves(a, MAG1, { lifetime: 60 });
    proves(a, MAG2, { lifetime: 60 });
    expect(a.ask({ mn: ALICE }).status).toBe(0);
    a.pass(60_001);
    expect(a.ask({ mn: ALICE, mag: MAG2, handoff: 3 }).status).toBe(154);
    expect(a.ask({ mn: ALICE, handoff: 5 }).status).toBe(0);
  });

  it('may always be de-registered by the gateway that has it', () => {
    const a = anchor();
    proves(a, MAG1, { lifetime: 1 });
    a.ask({ mn: ALICE });
    a.pass(2000);
    expect(a.ask({ mn: ALICE, lifetime: 0 }).status).toBe(0);
  });
});

it('a subscriber whose row wants none is brought by any gateway', () => {
  expect(anchor().ask({ mn: 'mn0@elsewhere.example' }).status).toBe(0);
});

it('proofs that ended are forgotten', () => {
  const a = anchor();
  for (let i = 0; i < 100; i++) proves(a, MAG1, { linkLayerId: `02:00:00:00:00:${i.toString(16).padStart(2, '0')}`, lifetime: 60 });
  a.pass(61_000);
  proves(a);
  expect(a.lma.proofs.get(MAG1.id ?? '')?.size).toBe(1);
});

it('a gateway that makes up phones for its own account forgets its own proofs, and no other gateway’s', () => {
  const a = anchor();
  proves(a, MAG2);
  for (let i = 0; i < 5000; i++) proves(a, MAG1, { names: ['mallory@example.com'], linkLayerId: `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}` });
  expect(a.lma.proofs.get(MAG1.id ?? '')?.size).toBe(1024);
  expect(a.ask({ mn: ALICE, mag: MAG2 }).status).toBe(0);
});
