/** The lab's SIM cards against 3GPP's published numbers, and the authentication centre against the cards. */
import { describe, expect, it } from 'vitest';
import { autnOf, checkAutn, gsmAnswer, hex, milenage, unhex } from '../../lab/aaa/milenage.ts';
import { authenticationCentre, cardAnswer, permanentIdentity, simCard, triplet } from '../../lab/aaa/simCard.ts';

/** TS 35.208 §4.3, test set 1. */
const SET_1 = {
  k: unhex('465b5ce8b199b49faa5f0a2ee238a6bc'),
  opc: unhex('cd63cb71954a9f4e48a5994e37a02baf'),
  rand: unhex('23553cbe9637a89d218ae64dae47bf35'),
  sqn: unhex('ff9bb4d0b607'),
  amf: unhex('b9b9'),
};

describe('Milenage', () => {
  const answer = milenage(SET_1, SET_1.rand, SET_1.sqn, SET_1.amf);

  it('gives f1 to f5 of 3GPP test set 1 (TS 35.208 §4.3)', () => {
    expect(Object.fromEntries(Object.entries(answer).map(([name, octets]) => [name, hex(octets)]))).toEqual({
      macA: '4a9ffac354dfafb3',
      res: 'a54211d5e3ba50bf',
      ck: 'b40ba9a3c58b2a05bbf0d987b21bf8cb',
      ik: 'f769bcd751044604127672711c6d3441',
      ak: 'aa689c648370',
    });
  });
  it('gives the GSM triplet of test set 1 (TS 55.205 §8)', () => {
    const { sres, kc } = gsmAnswer(answer);
    expect([hex(sres), hex(kc)]).toEqual(['46f8416a', 'eae4be823af9a08b']);
  });
  it('lets the card check the network: one wrong bit, and it does not answer', () => {
    const autn = autnOf(answer, SET_1.sqn, SET_1.amf);
    expect(checkAutn(SET_1, SET_1.rand, autn)).toEqual(answer);
    for (const at of [0, 6, 15]) expect(checkAutn(SET_1, SET_1.rand, autn.map((octet, i) => (i === at ? octet ^ 1 : octet)))).toBeUndefined();
  });
});

describe('a card and the authentication centre', () => {
  const [card, stranger] = [simCard(1), simCard(2)];
  const centre = authenticationCentre([card]);

  it('agree on a UMTS challenge', () => {
    const [, imsi, rand, autn, ik, ck, res] = (centre(`AKA-REQ-AUTH ${card.imsi}`) ?? '').split(' ');
    expect(imsi).toBe(card.imsi);
    expect(cardAnswer(card, `<3>CTRL-REQ-SIM-7:UMTS-AUTH:${rand}:${autn} needed for SSID `)).toBe(`CTRL-RSP-SIM-7:UMTS-AUTH:${ik}:${ck}:${res}`);
    expect(cardAnswer(stranger, `<3>CTRL-REQ-SIM-7:UMTS-AUTH:${rand}:${autn} needed for SSID `)).toBe('CTRL-RSP-SIM-7:UMTS-FAIL');
  });
  it('agree on GSM challenges', () => {
    const [, , ...vectors] = (centre(`SIM-REQ-AUTH ${card.imsi} 3`) ?? '').split(' ');
    const fields = vectors.map((v) => v.split(':'));
    expect(fields).toHaveLength(3);
    expect(cardAnswer(card, `<3>CTRL-REQ-SIM-0:GSM-AUTH:${fields.map(([, , rand]) => rand).join(':')} needed for SSID `)).toBe(`CTRL-RSP-SIM-0:GSM-AUTH:${fields.map(([kc, sres]) => `${kc}:${sres}`).join(':')}`);
    expect(triplet(card)).not.toEqual(triplet(card));
  });
  it('never repeat a sequence number, and know their own cards only', () => {
    const autn = () => (centre(`AKA-REQ-AUTH ${card.imsi}`) ?? '').split(' ')[3];
    expect(autn()).not.toBe(autn());
    expect(centre(`AKA-REQ-AUTH ${stranger.imsi}`)).toBe(`AKA-RESP-AUTH ${stranger.imsi} FAILURE`);
    expect(centre(`SIM-REQ-AUTH ${stranger.imsi} 3`)).toBe(`SIM-RESP-AUTH ${stranger.imsi} FAILURE`);
    expect([centre('NONSENSE'), cardAnswer(card, '<3>CTRL-EVENT-EAP-STARTED')]).toEqual([undefined, undefined]);
  });
  it('go by the identities of TS 23.003', () => {
    expect(permanentIdentity(card, 'sim')).toBe('1001010000000001@wlan.mnc001.mcc001.3gppnetwork.org');
    expect(permanentIdentity(card, "aka'").slice(0, 1)).toBe('6');
  });
});
