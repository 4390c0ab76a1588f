/** SIM cards of the lab: who they are, the operator's authentication centre that knows their keys, and the cards' own answers. */
import { randomBytes } from 'node:crypto';
import { autnOf, checkAutn, gsmAnswer, hex, milenage, unhex } from './milenage.ts';
import type { SimSecrets } from './milenage.ts';

export interface SimCard extends SimSecrets {
  readonly imsi: string;
}

export type SimMethod = 'sim' | 'aka' | "aka'";

/** The operator of every card: mobile country code 001 is the test network (ITU-T E.212). */
export const OPERATOR_REALM = 'wlan.mnc001.mcc001.3gppnetwork.org';
const IMSI_PREFIX = '00101';
/** The permanent identity's first digit (TS 23.003 §19.3.2). */
const LEADING: Readonly<Record<SimMethod, string>> = { aka: '0', sim: '1', "aka'": '6' };
/** Bit 0 set: the vector is for EAP-AKA' and the like only (TS 33.402); EAP-AKA does not mind. */
const AMF = unhex('8000');
const STEP = 32n;

/** The card of a phone. Keys are 3GPP test set 1's (TS 35.208 §4.3) with the number mixed in. */
export function simCard(number: number): SimCard {
  const k = unhex('465b5ce8b199b49faa5f0a2ee238a6bc');
  k[15] = number & 0xff;
  return { imsi: `${IMSI_PREFIX}${String(number).padStart(10, '0')}`, k, opc: unhex('cd63cb71954a9f4e48a5994e37a02baf') };
}

export const permanentIdentity = (card: SimCard, method: SimMethod): string => `${LEADING[method]}${card.imsi}@${OPERATOR_REALM}`;

/** A GSM triplet: RAND, SRES, Kc, in hex. The card answers the same to the same RAND, so a triplet may be used again. */
export function triplet(card: SimCard): { readonly rand: string; readonly sres: string; readonly kc: string } {
  const rand = new Uint8Array(randomBytes(16));
  const { sres, kc } = gsmAnswer(milenage(card, rand, new Uint8Array(6), AMF));
  return { rand: hex(rand), sres: hex(sres), kc: hex(kc) };
}

/** Answers hostapd as `hlr_auc_gw` does (its eap_sim_db protocol, one request and one answer in text each). */
export function authenticationCentre(cards: readonly SimCard[]): (request: string) => string | undefined {
  let sequence = 0n;
  return (request) => {
    const [what, imsi = '', count = '3'] = request.trim().split(' ');
    const card = cards.find((c) => c.imsi === imsi);
    if (what === 'AKA-REQ-AUTH') {
      if (!card) return `AKA-RESP-AUTH ${imsi} FAILURE`;
      sequence += STEP;
      const sqn = unhex(sequence.toString(16).padStart(12, '0'));
      const rand = new Uint8Array(randomBytes(16));
      const answer = milenage(card, rand, sqn, AMF);
      return `AKA-RESP-AUTH ${imsi} ${[rand, autnOf(answer, sqn, AMF), answer.ik, answer.ck, answer.res].map(hex).join(' ')}`;
    }
    if (what !== 'SIM-REQ-AUTH') return undefined;
    if (!card) return `SIM-RESP-AUTH ${imsi} FAILURE`;
    const triplets = Array.from({ length: Number(count) }, () => triplet(card));
    return `SIM-RESP-AUTH ${imsi} ${triplets.map((t) => `${t.kc}:${t.sres}:${t.rand}`).join(' ')}`;
  };
}

/**
 * The card's answer to wpa_supplicant (external_sim=1), or undefined for anything that is no request to a card.
 * @param message such as `<3>CTRL-REQ-SIM-0:UMTS-AUTH:<rand>:<autn> needed for SSID` @returns the whole CTRL-RSP-SIM command
 */
export function cardAnswer(card: SimCard, message: string): string | undefined {
  const [, network, kind, challenge = ''] = /CTRL-REQ-SIM-(\d+):(UMTS|GSM)-AUTH:([0-9a-f:]+)/.exec(message) ?? [];
  if (network === undefined) return undefined;
  const parts = challenge.split(':').map(unhex);
  const respond = (answer: string) => `CTRL-RSP-SIM-${network}:${answer}`;
  if (kind === 'GSM') {
    const answers = parts.map((rand) => gsmAnswer(milenage(card, rand, new Uint8Array(6), AMF)));
    return respond(`GSM-AUTH${answers.map(({ kc, sres }) => `:${hex(kc)}:${hex(sres)}`).join('')}`);
  }
  const [rand = new Uint8Array(16), autn = new Uint8Array(16)] = parts;
  const answer = checkAutn(card, rand, autn);
  return respond(answer ? `UMTS-AUTH:${hex(answer.ik)}:${hex(answer.ck)}:${hex(answer.res)}` : 'UMTS-FAIL');
}
