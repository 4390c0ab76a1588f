/** The authenticators against packets that others made, and every way of being wrong (RFC 2865 §3, §5.2; RFC 2866 §3; RFC 3579 §3.2; RFC 5176 §2.3). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../../protocol/mac.ts';
import { valueOf } from '../../../protocol/radius/attributes.ts';
import { CODE } from '../../../protocol/radius/codes.ts';
import { decodePacket, messageAuthenticatorAt } from '../../../protocol/radius/packet.ts';
import { checkMessageAuthenticator, hidePassword, replyFits, requestFits, sealAccessRequest, sealAccountingRequest, sealReply } from '../../../runtime/radius/authenticators.ts';
import { RFC_SECRET, SECRET, radiusVectors } from '../../protocol/radiusVectors.ts';
import { spoiled } from './fakeServer.ts';

const v = radiusVectors;
const authenticatorOf = (octets: Uint8Array) => decodePacket(octets).authenticator;
const clear = (password: string) => new TextEncoder().encode(password);

describe('packets that others made', () => {
  it.each([
    ['RFC 2865 §7.1', v.telnetAccept, v.telnetRequest, RFC_SECRET],
    ['RFC 2865 §7.2', v.chapAccept, v.chapRequest, RFC_SECRET],
    ['Access-Accept', v.profileAccept, v.profileRequest, SECRET],
    ['Access-Reject', v.refusedReject, v.refusedRequest, SECRET],
    ['Accounting-Response', v.stopResponse, v.stopRequest, SECRET],
  ])('the reply of %s fits its request and its secret only', (_, reply, request, secret) => {
    expect(replyFits(reply, authenticatorOf(request), secret)).toBe(true);
    expect(replyFits(reply, authenticatorOf(request), `${secret}x`)).toBe(false);
    expect(replyFits(reply, authenticatorOf(v.ciscoRequest), secret)).toBe(false);
  });

  it.each([
    ['accounting', v.stopRequest],
    ['disconnect', v.disconnectRequest],
    ['CoA', v.coaRequest],
  ])('the %s request fits its secret only', (_, request) => {
    expect([requestFits(request, SECRET), requestFits(request, 'other')]).toEqual([true, false]);
    expect([checkMessageAuthenticator(request, 'zeros', SECRET), checkMessageAuthenticator(request, 'zeros', 'other')]).toEqual(['fits', 'wrong']);
  });

  it('the Message-Authenticator of an Access-Request is over the packet as it is, of a reply over the request\'s authenticator', () => {
    expect(checkMessageAuthenticator(v.profileRequest, authenticatorOf(v.profileRequest), SECRET)).toBe('fits');
    expect(checkMessageAuthenticator(v.profileAccept, authenticatorOf(v.profileRequest), SECRET)).toBe('fits');
    expect(checkMessageAuthenticator(v.profileAccept, authenticatorOf(v.profileAccept), SECRET)).toBe('wrong');
    expect(checkMessageAuthenticator(v.telnetAccept, authenticatorOf(v.telnetRequest), RFC_SECRET)).toBe('absent');
  });

  it.each([
    ['RFC 2865 §7.1', v.telnetRequest, 'arctangent', RFC_SECRET],
    ['two blocks', v.profileRequest, '00-24-d7-8e-21-a4', SECRET],
    ['three blocks', v.ciscoRequest, 'a password longer than sixteen octets', SECRET],
  ])('User-Password of %s', (_, request, password, secret) => {
    const { authenticator, attributes } = decodePacket(request);
    expect(formatHex(hidePassword(clear(password), authenticator, secret))).toBe(valueOf(attributes, 'userPassword'));
  });

  it('an empty password is one block', () => {
    expect(hidePassword(clear(''), authenticatorOf(v.telnetRequest), RFC_SECRET)).toHaveLength(16);
  });
});

describe('what is sealed here', () => {
  const authenticator = authenticatorOf(v.profileRequest);
  const attributes = [{ kind: 'userName', value: 'mn0@example.com' }] as const;

  it('an Access-Request has its Message-Authenticator first (CVE-2024-3596)', () => {
    const octets = sealAccessRequest({ code: CODE.ACCESS_REQUEST, identifier: 3, authenticator, attributes }, SECRET);
    expect(messageAuthenticatorAt(octets)).toBe(22);
    expect(checkMessageAuthenticator(octets, authenticator, SECRET)).toBe('fits');
    expect(decodePacket(octets)).toMatchObject({ code: 1, identifier: 3, authenticator });
  });

  it('an Accounting-Request fits', () => {
    expect(requestFits(sealAccountingRequest({ code: CODE.ACCOUNTING_REQUEST, identifier: 3, attributes }, SECRET), SECRET)).toBe(true);
  });

  it('a reply fits in both ways', () => {
    const octets = sealReply({ code: CODE.DISCONNECT_ACK, identifier: 3, attributes }, authenticator, SECRET);
    expect([replyFits(octets, authenticator, SECRET), checkMessageAuthenticator(octets, authenticator, SECRET)]).toEqual([true, 'fits']);
  });
});

describe('a single wrong bit', () => {
  it('is noticed by the authenticator wherever it is', () => {
    fc.assert(
      fc.property(fc.nat(v.profileAccept.length - 1), (at) => {
        expect(replyFits(spoiled(v.profileAccept, at), authenticatorOf(v.profileRequest), SECRET)).toBe(false);
      }),
    );
  });

  it('is noticed by the Message-Authenticator wherever it is', () => {
    // The authenticator in the header is not part of it, and a header of the attribute that is spoiled hides it.
    const from = 20;
    const to = messageAuthenticatorAt(v.profileAccept) as number;
    fc.assert(
      fc.property(fc.integer({ min: from, max: to - 3 }).filter((at) => !lengths(v.profileAccept).has(at)), (at) => {
        expect(checkMessageAuthenticator(spoiled(v.profileAccept, at), authenticatorOf(v.profileRequest), SECRET)).toBe('wrong');
      }),
    );
  });
});

/** Where the Length octets of the attributes stand. */
function lengths(packet: Uint8Array): Set<number> {
  const all = new Set<number>();
  for (let at = 20; at < packet.length; at += packet[at + 1] as number) all.add(at + 1);
  return all;
}

