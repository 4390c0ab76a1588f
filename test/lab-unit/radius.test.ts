/** What the lab writes for FreeRADIUS and reads from it, without starting it. */
import { describe, expect, it } from 'vitest';
import { detailRecords } from '../../lab/aaa/detail.ts';
import { answerOf } from '../../lab/aaa/radclient.ts';
import { raddb } from '../../lab/aaa/raddb.ts';
import type { RaddbOptions } from '../../lab/aaa/raddb.ts';

const DETAIL = `Mon Nov 23 09:11:24 2026
\tAcct-Status-Type = Start
\tUser-Name = "al\\"ice"
\tCisco-AVPair = "a=1"
\tCisco-AVPair = "b=2"
\tTimestamp = 1795425084

Mon Nov 23 09:11:25 2026
\tAcct-Status-Type = Stop
`;

describe('a detail file', () => {
  it('is read record by record, repeated attributes in their order', () => {
    const [first] = detailRecords(DETAIL);
    expect(first).toEqual({ 'Acct-Status-Type': ['Start'], 'User-Name': ['al"ice'], 'Cisco-AVPair': ['a=1', 'b=2'], Timestamp: ['1795425084'] });
  });
  it('leaves out a record that is still being written', () => {
    expect(detailRecords(DETAIL)).toHaveLength(1);
    expect(detailRecords(`${DETAIL}\tTimestamp = 1\n\n`)).toHaveLength(2);
    expect(detailRecords('')).toEqual([]);
  });
});

describe("radclient's output", () => {
  it('is the packet received last', () => {
    const output = 'Sent Disconnect-Request Id 7\n\tUser-Name = "x"\nReceived Disconnect-NAK Id 7 from 127.0.0.1:3799 to 127.0.0.1:1 length 26\n\tError-Cause = Session-Context-Not-Found\n(0) -: Expected Disconnect-ACK got Disconnect-NAK\n';
    expect(answerOf(output)).toEqual({ code: 'Disconnect-NAK', attributes: { 'Error-Cause': ['Session-Context-Not-Found'] } });
  });
  it('without an answer is the word none', () => {
    expect(answerOf('Sent Access-Request Id 7\n(0) No reply from server for ID 7 socket 3\n')).toEqual({ code: 'none', attributes: {} });
  });
});

describe("FreeRADIUS's configuration", () => {
  const options: RaddbOptions = { addresses: ['127.0.0.1', '::1'], authPort: 1812, acctPort: 1813, clients: [{ address: '198.18.1.2', secret: 's' }] };
  const main = (extra: Partial<RaddbOptions> = {}) => raddb('/x', { ...options, ...extra })['radiusd.conf'];

  it('adds repeated reply attributes instead of keeping the first', () => {
    const files = raddb('/x', { ...options, accounts: [{ name: 'a', reply: ['Cisco-AVPair = "mn-nai=a@b"', 'Cisco-AVPair = "mn-service=ipv4"'] }] });
    expect(files['profiles']).toBe('"a" Auth-Type := Accept\n\tCisco-AVPair += "mn-nai=a@b",\n\tCisco-AVPair += "mn-service=ipv4"\n');
  });
  it('knows stations by the lower-case form of Calling-Station-Id', () => {
    expect(raddb('/x', { ...options, stations: [{ mac: '02:bb:00:00:00:0a' }, { mac: '02:bb:00:00:00:0b', reject: true }] })['stations']).toBe('"02-bb-00-00-00-0a" Auth-Type := Accept\n"02-bb-00-00-00-0b" Auth-Type := Reject\n');
  });
  it('never answers EAP with the profile that a station has without proof', () => {
    expect(main()).toMatch(/if \(&EAP-Message\) \{[^}]*reject\s*\}\s*else \{\s*stations/);
  });
  it('signs every reply, rejects too, unless told not to', () => {
    expect(main()?.match(/&Message-Authenticator := 0x00/g)).toHaveLength(2);
    expect(main({ messageAuthenticator: false })).not.toContain('Message-Authenticator :=');
  });
});
