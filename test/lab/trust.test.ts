/**
 * Every gateway stands in a stranger's house and holds a valid key. A subscriber who authenticates by EAP through home 1 cannot be taken by
 * home 2: RADIUS goes over TLS through the LMA's process, which knows where somebody was accepted (RFC 6614, RFC 5213 §5.3.1 status 154).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates, type Certificates } from '../../lab/aaa/certificates.ts';
import { aaaAgent, openAaaWorld, RADIUS_SECRET, type AaaWorld } from '../../lab/aaa/world.ts';
import { startCapture } from '../../lab/capture.ts';
import { identityOf, keyOf } from '../../lab/configuration.ts';
import { run } from '../../lab/namespaces.ts';
import { until } from '../../lab/processes.ts';
import { DEFAULTS, planOf } from '../../lab/topology.ts';
import { inNamespace } from '../../linux/namespace.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import { ATT_WLAN, HANDOFF, STATUS } from '../../protocol/mobility/codes.ts';
import { noUpdateFlags, type BindingAcknowledgement, type BindingUpdate } from '../../protocol/mobility/messages.ts';
import { timestampOf } from '../../protocol/units.ts';
import { openSignalling } from '../../runtime/signalling.ts';
import { attach, openSceneIn, sessions, startTraffic, type Attached, type Scene } from './scene.ts';

const LAB = { homes: 3, phones: 1, prefix: 'rstru-' } as const;
const ALICE = 1;
/** A home where the phone never was. */
const THIEF = 3;
const ACCOUNT = 'alice@home.example';
const plan = planOf({ ...DEFAULTS, ...LAB, aaa: true });

let folder: string;
let pki: Certificates;
let scene: Scene<AaaWorld>;
let phone: Attached;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rs-trust-'));
  pki = certificates(folder);
  scene = await openSceneIn(
    (lab) => openAaaWorld(lab, { radsec: true, credential: () => ({ method: 'peap', identity: ACCOUNT, password: 'wonderland' }), accounts: (known) => known.map((a) => ({ ...a, reply: ['Service-Selection = "internet"', 'Cisco-AVPair = "mn-service=dual"'] })) }),
    LAB,
    {
      agent(home) {
        const { certificate, key } = pki.client(identityOf(home));
        return aaaAgent({ 'radius-servers': [{ address: '127.0.0.1', key: 'radsec' }], radsec: { server: plan.lma.ipv4, name: 'radius.lab.example', certificate, 'private-key': key, authority: pki.authority } });
      },
      lma: {
        nodes: [{ match: '@home.example', 'access-proof': 'required' }],
        aaa: { listen: [plan.lma.ipv4], certificate: pki.server.certificate, 'private-key': pki.server.key, 'gateway-authority': pki.authority, 'trust-user-name': true, 'radius-servers': [{ address: plan.aaa?.ipv4, key: RADIUS_SECRET }] },
      },
    },
  );
});
afterAll(async () => {
  await scene?.close();
  rmSync(folder, { recursive: true });
});

describe('a subscriber who authenticates', () => {
  it('gets in through the LMA’s RADIUS proxy, and no RADIUS is on the wire in clear', async () => {
    const capture = await startCapture(scene.world, plan.net, 'home1');
    phone = await attach(scene, ALICE, 1, ['ipv4', 'ipv6']);
    await capture.stop();
    const lines = (filter: string) => run(['tcpdump', '-n', '-r', capture.file, filter]).split('\n').filter(Boolean).length;
    expect(lines('udp port 1812 or udp port 1813')).toBe(0);
    expect(lines('tcp port 2083')).toBeGreaterThan(0);
  });

  it('roams with address and connections, since each home sees the phone authenticate', async () => {
    const traffic = await startTraffic(scene, phone);
    for (const home of [2, 1]) {
      await scene.roam(ALICE, home);
      await traffic.flows();
    }
    expect(scene.world.addresses(ALICE)).toEqual(phone.addresses);
    await traffic.ends();
  });
});

describe('a gateway with a valid key in a stranger’s house', () => {
  it('cannot take another home’s subscriber: 154, told in the log, and the subscriber loses no packet', async () => {
    const { world } = scene;
    const { mac } = world.phone(ALICE);
    const thief = world.home(THIEF);
    const to: Endpoint = { transport: 'ipv6', local: thief.ipv6 ?? '', remote: plan.lma.ipv6 };
    const traffic = await startTraffic(scene, phone);
    const answers: BindingAcknowledgement[] = [];
    const signalling = await inNamespace(thief.namespace, () =>
      openSignalling({
        role: 'mag',
        identity: identityOf(thief),
        ipv6: [to.local],
        associations: { claimed: () => 'lma1', keyOf: () => Buffer.from(keyOf(thief), 'hex'), required: () => false },
        onReceived: ({ message }) => void (message.kind === 'bindingAcknowledgement' && answers.push(message)),
        onUnknown: () => undefined,
        onDiscard: () => undefined,
        onError: () => undefined,
      }),
    );
    for (const [sequence, identifier] of [`alice+${mac.replaceAll(':', '')}@home.example`, ACCOUNT].entries()) {
      const message: BindingUpdate = {
        kind: 'bindingUpdate',
        sequence,
        flags: { ...noUpdateFlags, acknowledge: true, proxy: true },
        lifetime: 3600,
        options: [
          { kind: 'mnIdentifier', subtype: 1, identifier },
          { kind: 'handoffIndicator', indicator: HANDOFF.BETWEEN_MAGS },
          { kind: 'accessTechnologyType', technology: ATT_WLAN },
          { kind: 'mnLinkLayerIdentifier', identifier: mac },
          { kind: 'homeNetworkPrefix', prefix: '::', prefixLength: 0 },
          { kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: '0.0.0.0' },
          { kind: 'greKey', key: 0x7e1e0001 },
          { kind: 'timestamp', timestamp: timestampOf(Date.now()) },
        ],
      };
      signalling.send({ kind: 'send', to, peer: 'lma1', message });
      await until('the anchor’s answer to the thief', 5000, () => answers.length > sequence);
    }
    signalling.close();
    expect(answers.map((a) => a.status)).toEqual([STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG, STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG]);
    expect(world.processes.get('lma')?.log()).toMatch(/warn:.*refused.*154/);
    expect((await sessions(scene)).get(`alice+${mac.replaceAll(':', '')}@home.example`)).toMatchObject({ mag: identityOf(world.home(1)), state: 'ACTIVE' });
    await traffic.flows();
    const reports = await Promise.all(traffic.probes.map((p) => p.report()));
    // What is under way while one counts is not lost.
    for (const r of reports) expect(r.downSent - r.downReceived).toBeLessThanOrEqual(1);
    await traffic.ends();
  });
});
