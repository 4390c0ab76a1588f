/**
 * Milenage, the algorithm set of 3GPP SIM cards (TS 35.206): what the card and the operator's authentication centre both compute.
 * Octets in, octets out; pure apart from AES.
 */
import { createCipheriv } from 'node:crypto';

export interface SimSecrets {
  /** 16 octets each: the subscriber's key, and the operator's constant as it is enciphered with that key. */
  readonly k: Uint8Array;
  readonly opc: Uint8Array;
}

/** What f1 to f5 give for one challenge. */
export interface UmtsAnswer {
  /** f1, 8 octets: proves the network to the card. */
  readonly macA: Uint8Array;
  /** f2, 8 octets. */
  readonly res: Uint8Array;
  /** f3 and f4, 16 octets each. */
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
  /** f5, 6 octets: hides the sequence number. */
  readonly ak: Uint8Array;
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((octet, i) => octet ^ (b[i] ?? 0));
const rotated = (a: Uint8Array, octets: number): Uint8Array => Uint8Array.of(...a.subarray(octets), ...a.subarray(0, octets));

function encipher(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return new Uint8Array(cipher.update(block));
}

/** TS 35.206 §4.1. @param rand 16 octets @param sqn 6 octets @param amf 2 octets */
export function milenage({ k, opc }: SimSecrets, rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): UmtsAnswer {
  const temp = encipher(k, xor(rand, opc));
  const in1 = Uint8Array.of(...sqn, ...amf, ...sqn, ...amf);
  const out1 = xor(encipher(k, xor(temp, rotated(xor(in1, opc), 8))), opc);
  const out = (rotation: number, constant: number): Uint8Array => {
    const block = rotated(xor(temp, opc), rotation);
    block[15] = (block[15] ?? 0) ^ constant;
    return xor(encipher(k, block), opc);
  };
  const out2 = out(0, 1);
  return { macA: out1.slice(0, 8), res: out2.slice(8), ak: out2.slice(0, 6), ck: out(4, 2), ik: out(8, 4) };
}

/** A GSM triplet's answer from the UMTS one (TS 33.102 §6.8.1.2, conversion functions c2 and c3). */
export function gsmAnswer({ res, ck, ik }: UmtsAnswer): { readonly sres: Uint8Array; readonly kc: Uint8Array } {
  const half = (a: Uint8Array) => xor(a.subarray(0, 8), a.subarray(8));
  return { sres: xor(res.subarray(0, 4), res.subarray(4)), kc: xor(half(ck), half(ik)) };
}

/** What the network shows the card. */
export const autnOf = ({ ak, macA }: UmtsAnswer, sqn: Uint8Array, amf: Uint8Array): Uint8Array => Uint8Array.of(...xor(sqn, ak), ...amf, ...macA);

/** The card's side: the sequence number in AUTN and whether the network proved that it knows the key. */
export function checkAutn(secrets: SimSecrets, rand: Uint8Array, autn: Uint8Array): UmtsAnswer | undefined {
  const { ak } = milenage(secrets, rand, new Uint8Array(6), new Uint8Array(2));
  const answer = milenage(secrets, rand, xor(autn.slice(0, 6), ak), autn.slice(6, 8));
  return answer.macA.every((octet, i) => octet === autn[8 + i]) ? answer : undefined;
}

export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
