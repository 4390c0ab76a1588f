/** Translations as luci-base's own po2lmo writes them: octets recorded from it, for a text of every length, plurals and a rule. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashOf, lmo } from '../../packaging/lmo.ts';
import { parsePo } from '../../packaging/po.ts';

const SAMPLE = `msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

#: somewhere.js
msgid "Guests now"
msgstr "Gäste jetzt"

msgid "%d guest"
msgid_plural "%d guests"
msgstr[0] "%d Gast"
msgstr[1] "%d Gäste"

msgid "The operator’s \\"dash"
"board\\""
msgstr "Das \\"Dashboard\\""

msgid "not translated"
msgstr ""

msgid "SSID"
msgstr "SSID"

msgid "é"
msgstr "x"
`;

const RECORDED =
  '6e706c7572616c733d323b20706c7572616c3d6e20213d20313b000047c3a4737465206a65747a74256420476173740025642047c3a473746500000044617320' +
  '2244617368626f6172642200780000000000000000000000000000000000001a2337feb8000000010000003c0000000f5c5b099e000000020000002800000007' +
  '653e57cf000000010000001c0000000cb6ac1193000000020000003000000009c4fba554000000010000004c0000000100000050';
/** SHA-256 of the JSON array of what lmo.c's sfh_hash gives. */
const HASHES = '381a51fac7c92abba73a7238cea7737fba5b434a97998e07998b0dde2ee27606';

describe('LMO', () => {
  it('is what po2lmo makes of the same PO', () => expect(Buffer.from(lmo(SAMPLE)).toString('hex')).toBe(RECORDED));

  it('holds each text at its place, by the hash of its key', () => {
    const file = Buffer.from(lmo(SAMPLE));
    const index = file.readUInt32BE(file.length - 4);
    const texts = new Map<number, string>();
    for (let at = index; at < file.length - 4; at += 16) texts.set(file.readUInt32BE(at), file.toString('utf8', file.readUInt32BE(at + 8), file.readUInt32BE(at + 8) + file.readUInt32BE(at + 12)));
    const key = (text: string): number => hashOf(new TextEncoder().encode(text));
    expect([texts.get(0), texts.get(key('Guests now')), texts.get(key('%d guest\u00021')), texts.get(key('The operator’s "dashboard"')), texts.get(key('SSID'))]).toEqual(['nplurals=2; plural=n != 1;', 'Gäste jetzt', '%d Gäste', 'Das "Dashboard"', undefined]);
    expect([...texts.keys()]).toEqual([...texts.keys()].toSorted((a, b) => a - b));
  });

  it('hashes texts of any length and octet as lmo.c does', () => {
    const hashes = ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'é', 'aé', 'abcé', '日本'].map((text) => hashOf(new TextEncoder().encode(text)));
    expect(createHash('sha256').update(JSON.stringify(hashes)).digest('hex')).toBe(HASHES);
  });
});

describe('PO', () => {
  it('a text over several lines is one', () => expect(parsePo(SAMPLE).messages[2]).toEqual({ id: 'The operator’s "dashboard"', isPlural: false, texts: ['Das "Dashboard"'] }));
  it.each([
    ['msgid "a"\nmsgtxt "b"', 'line 2 is no line of a PO file: msgtxt "b"'],
    ['msgstr "b"', 'line 1 stands before the first msgid: msgstr "b"'],
    ['msgid "a', 'line 1 is no line of a PO file: msgid "a'],
  ])('%j is refused', (text, words) => expect(() => parsePo(text)).toThrow(words));
});
