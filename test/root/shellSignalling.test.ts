/** Signalling over IPv6 protocol 135 between two namespaces: authenticated, answered from the address asked, deaf to bad input. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mobilitySocket, type MobilitySocket } from '../../linux/sockets/mobilitySocket.ts';
import { inNamespace } from '../../linux/namespace.ts';
import type { Received } from '../../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../../protocol/mobility/authentication.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { openSignalling, type Signalling } from '../../runtime/signalling.ts';
import { mailbox, namespaceLab, type NamespaceLab } from '../linux/namespaceLab.ts';

const KEY = new Uint8Array(20).fill(7);
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const LMA = '2001:db8::1';
const ALSO_LMA = '2001:db8::101';
const MAG = '2001:db8::2';
const ALSO_MAG = '2001:db8::102';
const heartbeat = (sequence: number): MobilityMessage => ({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence, options: [{ kind: 'magIdentifier', subtype: 1, identifier: 'm1' }] });
const signed = (sequence: number, source: string, destination: string, key = KEY, covered = source): Uint8Array => encodeAuthenticated(heartbeat(sequence), { kind: 'ipv6', source, destination }, covered, key, hmac);

let lab: NamespaceLab;
let lma: Signalling;
let mag: MobilitySocket;
const received = mailbox<Received>();
const discarded = mailbox<string>();
const answers = mailbox<{ octets: Uint8Array; source: string; destination: string }>();
const errors: string[] = [];

beforeEach(async () => {
  lab = namespaceLab('rssh-');
  lab.ip(lab.left, `address add ${ALSO_LMA}/64 dev left nodad`);
  lab.ip(lab.right, `address add ${ALSO_MAG}/64 dev right nodad`);
  lma = await inNamespace(lab.left, () =>
    openSignalling({
      role: 'lma',
      ipv6: ['::'],
      associations: { claimed: () => 'm1', keyOf: () => KEY, required: () => true },
      onReceived: received.put,
      onUnknown: (_, type) => discarded.put(`unknown ${type}`),
      onDiscard: discarded.put,
      onError: (e) => errors.push(e.message),
    }),
  );
  mag = inNamespace(lab.right, () => mobilitySocket({ onMessage: answers.put, onError: (e) => errors.push(e.message) }));
});
afterEach(() => {
  lma.close();
  mag.close();
  lab.remove();
  expect(errors.splice(0)).toEqual([]);
});

it('a gateway is heard under its key, and answered from the address that it asked', async () => {
  for (const destination of [LMA, ALSO_LMA]) {
    mag.send(signed(1, MAG, destination), { source: MAG, destination });
    const { from, peer } = await received.next();
    expect([from, peer]).toEqual([{ transport: 'ipv6', local: destination, remote: MAG }, 'm1']);
    lma.send({ kind: 'send', to: from, message: heartbeat(2), ...(peer === undefined ? {} : { peer }) });
    const answer = await answers.next();
    expect([answer.source, answer.destination]).toEqual([destination, MAG]);
    const message = decodeMessage(answer.octets, { kind: 'ipv6', source: answer.source, destination: answer.destination });
    expect(verify(answer.octets, message, MAG, KEY, hmac)).toBe(true);
  }
});

it('the care-of address is covered: what was signed for one address is refused from another', async () => {
  mag.send(signed(1, ALSO_MAG, LMA, KEY, MAG), { source: ALSO_MAG, destination: LMA });
  expect(await discarded.next()).toBe('authentication failed');
  mag.send(signed(2, ALSO_MAG, LMA), { source: ALSO_MAG, destination: LMA });
  expect((await received.next()).message).toMatchObject({ sequence: 2 });
});

it('bad input is counted, each for its reason, and the next good message is heard', async () => {
  const send = (octets: Uint8Array): boolean => mag.send(octets, { source: MAG, destination: LMA });
  const to = { kind: 'ipv6', source: MAG, destination: LMA } as const;
  send(signed(1, MAG, LMA, new Uint8Array(20)));
  expect(await discarded.next()).toBe('authentication failed');
  send(encodeMessage(heartbeat(1), to));
  expect(await discarded.next()).toBe('authentication failed');
  // The kernel fills in the checksum of a raw Mobility Header socket, so that even garbage arrives with a right one.
  send(Uint8Array.of(59, 0, 17, 0, 0, 0, 0, 0));
  expect(await discarded.next()).toMatch(/^unknown 17$|^malformed: /);
  for (const length of [8, 16, 64, 1024]) send(new Uint8Array(length).map((_, i) => (i * 37) & 255));
  const cut = signed(3, MAG, LMA);
  for (let n = 8; n < cut.length; n += 8) send(cut.subarray(0, n));
  send(signed(4, MAG, LMA));
  expect((await received.next()).message).toMatchObject({ sequence: 4 });
});
