/** RFC 6463: runtime assignment of another LMA, at the anchor that assigns, and at the one that is assigned. */
import { describe, expect, it } from 'vitest';
import type { LmaConfig, MagConfig } from '../../cloud/lma/config.ts';
import { createLma, deadline, step, type Lma, type LmaEffect } from '../../cloud/lma/lma.ts';
import type { Received, Send } from '../../protocol/entity.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement, BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find, findAll, type MobilityOption, type OptionNamed } from '../../protocol/mobility/options.ts';
import type { Millis } from '../../protocol/units.ts';
import { Anchor, labConfig, MAG1, MAG2, NAT1, pathsOf, pbaOf, sendsOf, transitionsOf, type Wish } from '../lma/pbu.ts';
import { acceptance, accepting, createBench, MAC } from '../mag/harness.ts';

const CAPABLE: MobilityOption = { kind: 'redirectCapability' };
const to = (address: string): OptionNamed<'redirect'> => ({ kind: 'redirect', address });
const R2 = { id: 'lma2@example.com', ipv6: '2001:db8:cafe:1024::102', ipv4: '203.0.113.102' } as const;
const R3 = { id: 'lma3@example.com', ipv6: '2001:db8:cafe:1024::103', ipv4: '203.0.113.103' } as const;
const RF = 'lma1@example.com';
const RF6 = MAG1.from.local;

const redirect: NonNullable<LmaConfig['redirect']> = { identity: RF, to: [R2], when: 'always', load: 0.8, timeout: 400 };
const rf = (more: Partial<typeof redirect> = {}, variables: Parameters<typeof labConfig>[0] = {}): LmaConfig => labConfig(variables, { redirect: { ...redirect, ...more } });
const asks: Wish = { more: [CAPABLE] };
const pbusOf = (effects: readonly LmaEffect[]): (Send & { readonly message: BindingUpdate })[] => sendsOf(effects).flatMap((s) => (s.message.kind === 'bindingUpdate' ? [{ ...s, message: s.message }] : []));

/** Another anchor, which takes what the first one sends it. */
function other(rest: Partial<LmaConfig> = {}): Lma {
  const rows: MagConfig[] = [{ id: RF, redirector: true }, { id: 'mag1@example.com' }, { id: 'mag2@example.com' }];
  return createLma({ ...labConfig(), mags: rows, ipv4Pools: [{ name: 'v4', network: '198.18.0.0', prefixLength: 24, router: '198.18.0.254' }], ipv6Pools: [{ name: 'v6', prefix: { address: '2001:db8:2::', length: 48 } }], ...rest });
}

/** What one anchor sent, as another gets it. */
const delivered = ({ to: e, message }: Send, peer: string): Received => ({ kind: 'message', from: { transport: e.transport, local: e.remote, remote: e.local, ...(e.transport === 'udp' ? { remotePort: 5436 } : {}) }, message, peer });

/** A request at the first anchor, carried to the second and back. */
function through(a: Anchor, r2: Lma, wish: Wish = asks): { readonly asked: LmaEffect[]; readonly there: LmaEffect[]; readonly back: LmaEffect[] } {
  const asked = a.pbu(wish);
  const there = step(r2, delivered(pbusOf(asked)[0]!, RF), a.now);
  return { asked, there, back: a.take(delivered(sendsOf(there)[0]!, R2.id)) };
}

describe('at the LMA that assigns', () => {
  it('P02 the session is made at the other one, and the PBA says where', () => {
    const a = new Anchor(rf());
    const r2 = other();
    const { asked, there, back } = through(a, r2);
    expect(sendsOf(asked)).toMatchObject([{ to: { transport: 'ipv6', local: RF6, remote: R2.ipv6 }, peer: R2.id }]);
    const pba = pbaOf(back);
    expect(sendsOf(back)).toMatchObject([{ to: MAG1.from, peer: MAG1.id }]);
    expect(pba).toMatchObject({ status: STATUS.ACCEPTED, sequence: 1 });
    expect(find(pba!.options, 'redirect')).toEqual(to(R2.ipv6));
    expect(a.lma.cache.size).toBe(0);
    expect(pathsOf(asked)).toEqual([]);
    // The tunnel there leads to the gateway, not to us.
    expect(pathsOf(there)).toMatchObject([{ tunnel: { local: R2.ipv6, remote: MAG1.from.remote, sendKey: 0x0a000005 } }]);
    expect([...r2.cache.all()]).toMatchObject([{ mag: MAG1.id, proxyCoa: MAG1.from.remote }]);
    expect(transitionsOf(back).map((t) => t.reason)).toEqual(['redirected to lma2@example.com: 0 ACCEPTED']);
  });

  it('P02 what the gateway sends there itself is about the same session', () => {
    const a = new Anchor(rf());
    const r2 = other();
    const pba = pbaOf(through(a, r2).back)!;
    const refreshed = step(r2, { kind: 'message', peer: MAG1.id as string, from: { ...MAG1.from, local: R2.ipv6 }, message: refresh(a, pba) }, { at: a.now.at + 1000, wall: a.now.wall + 1000 });
    expect(pbaOf(refreshed)).toMatchObject({ status: STATUS.ACCEPTED, lifetime: 3600 });
    expect(r2.cache.size).toBe(1);
  });

  it('P02 over IPv4 the gateway is named by the Alternate IPv4 Care-of Address, which the PBA to it leaves out', () => {
    const a = new Anchor(rf({}, { acceptForcedIpv4UdpEncapsulationRequest: true }));
    const r2 = other({ variables: a.lma.config.variables });
    const { asked, there, back } = through(a, r2, { ...asks, mag: NAT1, flags: { forceUdp: true, tlv: true } });
    expect(find(pbusOf(asked)[0]!.message.options, 'alternateIpv4CareOfAddress')?.address).toBe(NAT1.from.remote);
    expect(pathsOf(there)).toMatchObject([{ tunnel: { transport: 'udp4', local: R2.ipv4, remote: NAT1.from.remote } }]);
    expect(find(pbaOf(back)!.options, 'redirect')).toEqual(to(R2.ipv4));
    expect(find(pbaOf(back)!.options, 'alternateIpv4CareOfAddress')).toBeUndefined();
    expect(sendsOf(back)[0]?.to).toEqual(NAT1.from);
  });

  it('what protects the message between two of them is left out, the rest goes on as it came', () => {
    const a = new Anchor(rf());
    const own: MobilityOption[] = [{ kind: 'magIdentifier', subtype: 1, identifier: 'mag1@example.com' }, { kind: 'unknown', type: 200, data: Uint8Array.of(1) }];
    const [sent] = pbusOf(a.pbu({ more: [CAPABLE, ...own] }));
    expect(findAll(sent!.message.options, 'magIdentifier')).toEqual([{ kind: 'magIdentifier', subtype: 1, identifier: RF }]);
    expect(sent!.message.options).toContainEqual(own[1]);
    expect(sent!.message.options).not.toContainEqual(CAPABLE);
  });

  it('a gateway that cannot follow, a refresh, a farewell and a session that is here stay here', () => {
    const a = new Anchor(rf());
    const pba = a.ask();
    expect(find(pba.options, 'redirect')).toBeUndefined();
    for (const effects of [a.refresh(pba, asks), a.pbu({ mag: MAG2, ...asks }), a.deregister(pba, { mag: MAG2, ...asks })]) {
      expect(pbaOf(effects)).toMatchObject({ status: STATUS.ACCEPTED });
      expect(pbusOf(effects)).toEqual([]);
    }
  });

  it('what is refused is refused here', () => {
    const a = new Anchor(rf());
    expect(pbaOf(a.pbu({ ...asks, mn: 'mn0@elsewhere.example' }))?.status).toBe(STATUS.NOT_LMA_FOR_THIS_MOBILE_NODE);
  });

  it('above a load: full of what it may hold, and for nodes that were sent there before', () => {
    const a = new Anchor(rf({ when: 'above-load', load: 0.5 }, { maximumBindings: 4 }));
    const r2 = other();
    const node = (n: number): Wish => ({ mn: `mn${n}@example.com`, mac: `02:00:00:00:00:0${n}`, ...asks });
    const pbas = [0, 1].map((n) => a.ask(node(n)));
    expect(pbas.map((p) => find(p.options, 'loadInformation')?.priority)).toEqual([25, 50]);
    expect(pbaOf(through(a, r2, node(2)).back)).toMatchObject({ status: STATUS.ACCEPTED });
    a.deregister(pbas[1]!, node(1));
    a.pass(10_000);
    expect(pbaOf(a.pbu(node(3)))).toMatchObject({ status: STATUS.ACCEPTED });
    a.deregister(pbas[0]!, node(0));
    a.pass(10_000);
    // Its next home asks: the session is where it was sent.
    const roamed = through(a, r2, { ...node(2), mag: MAG2 });
    expect(find(pbaOf(roamed.back)!.options, 'homeNetworkPrefix')).toBeDefined();
    expect([...r2.cache.all()]).toMatchObject([{ mag: MAG2.id }]);
  });

  it('one that does not answer, or refuses, is followed by the next; the last status is the answer', () => {
    const a = new Anchor(rf({ to: [R2, R3] }));
    const [first] = pbusOf(a.pbu(asks));
    const [second] = pbusOf(a.pass(400));
    expect(new Set([first!.peer, second!.peer])).toEqual(new Set([R2.id, R3.id]));
    const answer = (sent: Send & { message: BindingUpdate }, status: number): LmaEffect[] => a.take(delivered({ ...sent, message: { ...acceptance(sent.message), status } }, sent.peer as string));
    expect(sendsOf(answer(first!, STATUS.ACCEPTED))).toEqual([]); // too late
    expect(pbaOf(answer(second!, STATUS.NOT_AUTHORIZED_FOR_IPV6_MOBILITY_SERVICE))?.status).toBe(STATUS.NOT_AUTHORIZED_FOR_IPV6_MOBILITY_SERVICE);
    const silent = new Anchor(rf());
    silent.pbu(asks);
    expect(pbaOf(silent.pass(400))?.status).toBe(STATUS.INSUFFICIENT_RESOURCES);
    expect(deadline(silent.lma)).toBeUndefined();
  });

  it('a gateway that repeats itself takes the place of its first request', () => {
    const a = new Anchor(rf());
    const [first] = pbusOf(a.pbu(asks));
    const [again] = pbusOf(a.pbu(asks));
    expect(again!.to).toEqual(first!.to);
    expect(again!.message.sequence).not.toBe(first!.message.sequence);
    expect(a.lma.redirections.bySequence.size).toBe(1);
    a.take(delivered({ ...again!, message: acceptance(again!.message) }, R2.id));
    expect(deadline(a.lma)).toBeUndefined();
  });

  it('an answer of somebody else, or to nothing, is dropped', () => {
    const a = new Anchor(rf());
    const [sent] = pbusOf(a.pbu(asks));
    const forged = delivered({ ...sent!, message: acceptance(sent!.message) }, 'mag2@example.com');
    expect(a.take(forged)).toEqual([{ kind: 'discard', reason: 'pba-without-redirection' }]);
    expect(new Anchor().receive(MAG1, acceptance(sent!.message)).map((e) => e.kind)).toEqual(['discard']);
  });

  it('over IPv4 an anchor that does not echo the Alternate Care-of Address took ours for it', () => {
    const a = new Anchor(rf({}, { acceptForcedIpv4UdpEncapsulationRequest: true }));
    const [sent] = pbusOf(a.pbu({ ...asks, mag: NAT1 }));
    expect(pbaOf(a.take(delivered({ ...sent!, message: acceptance(sent!.message) }, R2.id)))?.status).toBe(STATUS.INSUFFICIENT_RESOURCES);
  });
});

describe('at the LMA that is assigned', () => {
  it('P03 the Alternate IPv4 CoA option is echoed', () => {
    const option: MobilityOption = { kind: 'alternateIpv4CareOfAddress', address: '198.51.100.77' };
    const a = new Anchor();
    const wish: Wish = { mag: NAT1, more: [option] };
    const accepted = a.pbu(wish);
    expect(pbaOf(accepted)?.options).toContainEqual(option);
    expect(pathsOf(accepted)).toMatchObject([{ tunnel: { remote: '198.51.100.77' } }]);
    expect(sendsOf(accepted)[0]?.to).toEqual(NAT1.from);
    const refused = pbaOf(a.pbu({ ...wish, mn: 'mn0@elsewhere.example' }));
    expect(refused?.status).toBeGreaterThanOrEqual(128);
    expect(refused?.options).toContainEqual(option);
  });

  it.each([
    ['a gateway that is none of ours', { mag: { id: 'mag9@example.com', from: MAG1.from } }, other()],
    ['a gateway of another network', {}, other({ mags: [{ id: RF, redirector: true }, { id: 'mag1@example.com', addresses: ['2001:db8:99::/48'] }] })],
    ['a node that the gateway may not act for', {}, other({ mags: [{ id: RF, redirector: true }, { id: 'mag1@example.com', nodes: ['@elsewhere.example'] }] })],
  ])('another anchor cannot ask for %s', (_, wish, r2) => {
    const a = new Anchor(rf({}, {}));
    const mags = [...a.lma.config.mags, { id: 'mag9@example.com' }];
    const all = new Anchor({ ...a.lma.config, mags });
    const { there, back } = through(all, r2, { ...asks, ...wish });
    expect(pbaOf(there)?.status).toBe(STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG);
    expect(pbaOf(back)?.status).toBe(STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG);
    expect(r2.cache.size).toBe(0);
  });

  it('a gateway that says it speaks for another one speaks for itself', () => {
    const r2 = other({ mags: [{ id: RF }, { id: 'mag1@example.com' }] });
    const a = new Anchor(rf());
    const { there } = through(a, r2);
    expect([...r2.cache.all()].map((e) => e.mag)).toEqual([RF]);
    expect(pbaOf(there)?.status).toBe(STATUS.ACCEPTED);
  });
});

/** A gateway's refresh of what the PBA gave it. */
function refresh(a: Anchor, pba: BindingAcknowledgement): BindingUpdate {
  const bench = createBench({ config: { identity: 'mag1@example.com' } });
  const before = bench.lma;
  bench.lma = (pbu) => acceptance(pbu, { options: [...findAll(pba.options, 'homeNetworkPrefix'), find(pba.options, 'ipv4HomeAddressReply')!, find(pba.options, 'ipv4DefaultRouter')!] });
  bench.attach(MAC);
  bench.lma = before;
  bench.stepWall(a.now.wall + 1000 - bench.now().wall - (300_000 as Millis));
  bench.clear();
  bench.lma = accepting;
  bench.advance(300_000);
  return bench.lastPbu();
}
