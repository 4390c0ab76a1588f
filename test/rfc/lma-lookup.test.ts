/** The LMA's requirements of protocol.md 13, L20 to L27 and L46: which session a request is about. */
import { describe, expect, it } from 'vitest';
import { HANDOFF, TRIGGER } from '../../protocol/mobility/codes.ts';
import { deadline } from '../../cloud/lma/lma.ts';
import { Anchor, assigned, bindings, bra, brisOf, discardsOf, hoaOf, keyOf, labConfig, MAG1, MAG2, MAG3, pbaOf, prefixesOf, sendsOf, TABLET } from '../lma/pbu.ts';

const { NEW_INTERFACE, BETWEEN_INTERFACES, BETWEEN_MAGS, UNKNOWN } = HANDOFF;

describe('branch A: the request names an address', () => {
  it('L20 a prefix bound to another node: 155', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(a.ask({ mn: 'mn1@example.com', mac: TABLET, prefixes: prefixesOf(pba) }).status).toBe(155);
  });

  it('L20 a home address bound to another node: 171', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(a.ask({ mn: 'mn1@example.com', mac: TABLET, hoa: hoaOf(pba) }).status).toBe(171);
  });

  it('L21 a prefix set that differs from the BCE: 159', () => {
    const a = new Anchor();
    const [own] = prefixesOf(a.ask());
    expect(a.ask({ prefixes: [own as string, '2001:db8:f00d:77::/64'] }).status).toBe(159);
    expect(a.ask({ prefixes: ['2001:db8:f00d:77::/64'] }).status).toBe(159);
    expect(a.ask({ hoa: '192.0.2.77' }).status).toBe(171);
    expect(bindings(a)).toHaveLength(1);
  });

  it.each([
    ['(a) LL-ID and ATT equal', {}, { mag: MAG2, handoff: UNKNOWN }],
    ['(b) HI 2', {}, { mag: MAG2, handoff: BETWEEN_INTERFACES, mac: TABLET, att: 5 }],
    ['(c) no LL-ID on either side, ATT equal, HI 3', { mac: undefined }, { mag: MAG2, handoff: BETWEEN_MAGS, mac: undefined }],
    ['(d) Proxy-CoA and ATT equal', {}, { mag: MAG1, handoff: NEW_INTERFACE, mac: TABLET }],
  ])('L22 each of the four match conditions makes the request an update: %s', (_, first, second) => {
    const a = new Anchor();
    const before = a.ask(first);
    const after = a.ask({ ...assigned(before), ...second });
    expect(after.status).toBe(0);
    expect(assigned(after)).toEqual(assigned(before));
    expect(bindings(a)).toHaveLength(1);
  });

  it('L22 none of them: it is no update, and its prefix is in use', () => {
    const a = new Anchor();
    const before = a.ask();
    expect(a.ask({ ...assigned(before), mag: MAG2, handoff: BETWEEN_MAGS, mac: TABLET }).status).toBe(155);
    expect(bindings(a)[0]?.linkLayerId).not.toBe(TABLET);
  });
});

describe('branches B and C: it names none', () => {
  it.each([1, 2, 3, 4, 0, 9])('L23 (MN-ID, ATT, LL-ID) finds the session whatever HI says (%i)', (handoff) => {
    const a = new Anchor();
    const before = a.ask();
    expect(assigned(a.ask({ mag: MAG2, handoff }))).toEqual(assigned(before));
  });

  it('L24 HI 2 (or 3 without LL-ID) with exactly one BCE of the node updates it', () => {
    for (const second of [{ handoff: BETWEEN_INTERFACES, mac: TABLET }, { handoff: BETWEEN_INTERFACES, mac: undefined }, { handoff: BETWEEN_MAGS, mac: undefined }]) {
      const a = new Anchor();
      const before = a.ask();
      expect(assigned(a.ask({ mag: MAG2, ...second }))).toEqual(assigned(before));
    }
  });

  it('L24 with two BCEs of the node it is a new one', () => {
    const a = new Anchor();
    a.ask();
    a.ask({ mac: TABLET, handoff: NEW_INTERFACE });
    a.ask({ mag: MAG2, mac: '00:24:d7:00:00:01', handoff: BETWEEN_INTERFACES });
    expect(bindings(a)).toHaveLength(3);
  });

  it('L25 HI 4 with one other BCE waits MaxDelayBeforeNewBCEAssign', () => {
    const a = new Anchor(labConfig({ revocation: false }));
    const before = a.ask();
    const start = a.now.at + 1;
    expect(sendsOf(a.pbu({ mag: MAG2, mac: TABLET, handoff: UNKNOWN }))).toEqual([]);
    expect(deadline(a.lma)).toEqual({ at: start + 1500, why: 'the other session is not given up' });
    const pba = pbaOf(a.pass(1500));
    expect(pba?.status).toBe(0);
    expect(hoaOf(pba!)).not.toBe(hoaOf(before));
    expect(bindings(a)).toHaveLength(2);
  });

  it('L25 the de-registration of the other one ends the wait: the session goes on', () => {
    const a = new Anchor(labConfig({ revocation: false }));
    const before = a.ask();
    a.pbu({ mag: MAG2, mac: TABLET, key: 0x0a0000ff });
    a.pass(700);
    const effects = a.deregister(before);
    const answers = sendsOf(effects).map((s) => [s.peer, s.message.kind === 'bindingAcknowledgement' && s.message.lifetime]);
    expect(answers).toEqual([[MAG1.id, 0], [MAG2.id, 3600]]);
    expect(bindings(a)).toMatchObject([{ mag: MAG2.id, linkLayerId: TABLET, state: 'ACTIVE', homeAddress: { address: hoaOf(before) } }]);
  });

  it('L25 while waiting the newer PBU replaces the held one, without a second wait', () => {
    const a = new Anchor(labConfig({ revocation: false }));
    a.ask();
    a.pbu({ mag: MAG2, mac: TABLET, sequence: 10 });
    a.pass(1000);
    expect(sendsOf(a.pbu({ mag: MAG2, mac: TABLET, sequence: 11, key: 0x0a000011 }))).toEqual([]);
    const pba = pbaOf(a.pass(500));
    expect(pba?.sequence).toBe(11);
    expect(bindings(a)).toHaveLength(2);
  });

  it('L25 it may be configured off', () => {
    const a = new Anchor(labConfig({ maxDelayBeforeNewBceAssign: 0 }));
    a.ask();
    expect(a.ask({ mag: MAG2, mac: TABLET }).status).toBe(0);
    expect(bindings(a)).toHaveLength(2);
  });

  it('L26 instead of waiting the LMA sends BRI trigger 4 to the old MAG', () => {
    const a = new Anchor();
    const before = a.ask();
    const [sent] = sendsOf(a.pbu({ mag: MAG2, mac: TABLET }));
    expect(sent).toMatchObject({ to: MAG1.from, peer: MAG1.id, message: { kind: 'bindingRevocationIndication', trigger: TRIGGER.HANDOVER_UNKNOWN } });
    const effects = a.receive(MAG1, bra(sent?.message as never));
    expect(hoaOf(pbaOf(effects)!)).toBe(hoaOf(before));
    expect(keyOf(pbaOf(effects)!)).toBe(keyOf(before));
    expect(brisOf(effects)).toEqual([]);
    expect(bindings(a)).toMatchObject([{ mag: MAG2.id, linkLayerId: TABLET }]);
  });

  it('L26 132 from the old MAG: a new session at once', () => {
    const a = new Anchor();
    const before = a.ask();
    const [bri] = brisOf(a.pbu({ mag: MAG2, mac: TABLET }));
    const pba = pbaOf(a.receive(MAG1, bra(bri!, 132)));
    expect(hoaOf(pba!)).not.toBe(hoaOf(before));
    expect(bindings(a)).toHaveLength(2);
  });

  it('L26 no answer from the old MAG: a new session after the wait, and the old one lives on', () => {
    const a = new Anchor();
    a.ask();
    a.pbu({ mag: MAG2, mac: TABLET });
    const effects = a.pass(1500);
    expect(brisOf(effects)).toHaveLength(1);
    expect(pbaOf(effects)?.status).toBe(0);
    a.pass(10_000);
    expect(bindings(a).map((b) => b.state)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('L27 a de-registration that fits no session is silently ignored', () => {
    const a = new Anchor();
    expect(a.pbu({ lifetime: 0 })).toEqual([{ kind: 'discard', reason: 'de-registration-without-session' }]);
    a.ask();
    expect(discardsOf(a.pbu({ lifetime: 0, mac: TABLET }))).toEqual(['de-registration-without-session']);
  });

  it('L46 two interfaces of a node get two sessions with distinct prefixes', () => {
    const a = new Anchor();
    const one = a.ask();
    const two = a.ask({ mac: TABLET, handoff: NEW_INTERFACE });
    expect(prefixesOf(two)).not.toEqual(prefixesOf(one));
    expect(bindings(a)).toHaveLength(2);
  });
});

describe('product rules of protocol.md 8.3', () => {
  it('a PBU with HI 5 and a lifetime from another Proxy-CoA is no handover: 128', () => {
    const a = new Anchor();
    const pba = a.ask();
    a.ask({ mag: MAG2 });
    expect(pbaOf(a.refresh(pba, { mag: MAG3 }))?.status).toBe(128);
    expect(pbaOf(a.refresh(pba, { mag: MAG1 }))?.status).toBe(128);
    expect(bindings(a)[0]?.mag).toBe(MAG2.id);
  });

  it('an interface keeps one session, also without a link-layer identifier and when its MAG repeats itself', () => {
    const a = new Anchor();
    a.ask({ mac: undefined });
    a.ask({ mac: undefined });
    expect(bindings(a)).toHaveLength(1);
  });

  it('a de-registration of a phone whose request is still held back ends the wait', () => {
    const a = new Anchor();
    a.ask();
    a.pbu({ mag: MAG2, mac: TABLET });
    a.pbu({ mag: MAG2, mac: TABLET, lifetime: 0 });
    expect(pbaOf(a.pass(5000))).toBeUndefined();
    expect(bindings(a)).toHaveLength(1);
  });
});
