/** Over each underlay a phone attaches, roams and comes back under traffic, while somebody listens on the anchor's wire. */
import { startCapture } from '../../capture.ts';
import { serveTraffic, startProbe, startTcp } from '../../measure.ts';
import { run, runInside } from '../../namespaces.ts';
import { startPmip } from '../../pmip.ts';
import type { Pmip } from '../../pmip.ts';
import { patient, sleep, until } from '../../processes.ts';
import { DEFAULTS } from '../../topology.ts';
import { monotonic } from '../../traffic/packet.ts';
import { openWorld } from '../../world.ts';
import type { World } from '../../world.ts';
import { UNDERLAYS } from '../results.ts';
import type { Carried, Refused, Result, Underlay, Wire } from '../results.ts';
import { wire, wireHome } from './wires.ts';

const PHONE = 1;
const PACKET_MS = 20;
const FLOW_MS = 10_000;
/** Long enough for a PBU and its first repetition. */
const IN_VAIN_MS = 500;

/** The anchor's wire in the transport's namespace. */
const WIRE = 'lma';
const CLEAR_SIGNALLING = 'ip6 proto 135 or udp port 5436';
const CLEAR_TUNNELS = 'ip6 proto 47 or ip proto 47 or udp port 5437';
const PROTECTED: Record<Underlay, string> = { 'esp-signalling': 'ip6 proto 50', 'esp-tunnel': 'ip6 proto 50', wireguard: 'udp port 51820' };

export async function story(tell: (result: Result) => void): Promise<void> {
  for (const [i, underlay] of UNDERLAYS.entries()) {
    tell({ kind: 'step', what: `${underlay}: two homes, an anchor, and examples/underlay/${underlay}.sh at each` });
    const world = await openWorld({ ...DEFAULTS, prefix: `rsu${i}-` });
    try {
      const variation = wire(world, underlay);
      await world.startAccess();
      await serveTraffic(world);
      const pmip = await startPmip(world, { timestampTolerance: 10_000, ...variation });
      tell(await carries(world, pmip, underlay));
      if (underlay === 'esp-signalling') tell(await refuses(world, pmip, underlay));
    } finally {
      await world.close(true);
    }
  }
}

async function carries(world: World, pmip: Pmip, underlay: Underlay): Promise<Carried> {
  const { mac } = world.phone(PHONE);
  const capture = await startCapture(world, world.plan.net, WIRE);
  const goes = async (home: number) => (await pmip.arrival(home, mac, () => world.roam(PHONE, home))).stages.switched;
  const switchedMs = [await goes(1)];
  world.startDhcp(PHONE, 'udhcpc');
  const addresses = () =>
    until('addresses of the phone', FLOW_MS, () => {
      const a = world.addresses(PHONE);
      return a.ipv4.length > 0 && a.ipv6.length > 0 && a;
    });
  const before = await addresses();
  const targets = [world.plan.inet.ipv4, world.plan.inet.ipv6];
  const probes = targets.map((target) => startProbe(world, PHONE, target, PACKET_MS));
  const tcp = targets.map((target) => startTcp(world, PHONE, target, PACKET_MS));
  const flows = async () => {
    const since = monotonic();
    const sent = await Promise.all(tcp.map((c) => c.report()));
    await until('traffic of the phone', FLOW_MS, async () => {
      const heard = await Promise.all(probes.map((p) => p.firstDownAfter(since)));
      const now = await Promise.all(tcp.map((c) => c.report()));
      return heard.every((at) => at !== null) && now.every((r, i) => r.octetsVerified > (sent[i]?.octetsVerified ?? 0));
    });
  };
  await flows();
  for (const home of [2, 1]) {
    switchedMs.push(await goes(home));
    await flows();
  }
  const after = await addresses();
  const reports = { udp: await Promise.all(probes.map((p) => p.stop())), tcp: await Promise.all(tcp.map((c) => c.stop())) };
  await capture.stop();
  const globals = await Promise.all(world.plan.homes.map(async ({ number }) => (await pmip.ask(number, 'show mag globals')) as { datapath: string }));
  return { kind: 'carried', underlay, datapath: globals.map((g) => g.datapath), before, after, switchedMs, ...reports, wire: wireOf(capture.file, underlay) };
}

function wireOf(file: string, underlay: Underlay): Wire {
  const count = (filter: string): number => run(['tcpdump', '-n', '-r', file, filter]).split('\n').filter(Boolean).length;
  return { clearSignalling: count(CLEAR_SIGNALLING), clearTunnels: count(CLEAR_TUNNELS), protected: count(PROTECTED[underlay]) };
}

/** The second home loses its keys and policies: its kernel sends in clear, and the anchor's does not listen. */
async function refuses(world: World, pmip: Pmip, underlay: Underlay): Promise<Refused> {
  const home = world.home(2);
  const { mac } = world.phone(PHONE);
  const dropped = () => Number(/^XfrmInTmplMismatch\s+(\d+)/m.exec(runInside(world.plan.lma.namespace, ['cat', '/proc/net/xfrm_stat']))?.[1] ?? 0);
  const servedBy = async () => ((await pmip.ask(0, 'show lma-service session')) as { mag: string; state: string }[]).find((s) => s.state === 'ACTIVE')?.mag ?? 'nobody';
  runInside(home.namespace, ['ip', 'xfrm', 'policy', 'flush']);
  runInside(home.namespace, ['ip', 'xfrm', 'state', 'flush']);
  const before = dropped();
  const from = pmip.transitions.length;
  await world.roam(PHONE, 2);
  await pmip.heard('home 2 to ask for the phone', from, (t) => t.home === 2 && t.linkLayerId === mac && t.to === 'registering');
  await until('the anchor to drop what came in clear', FLOW_MS, () => dropped() > before);
  await sleep(patient(IN_VAIN_MS));
  const during = await servedBy();
  wireHome(world, underlay, home);
  await pmip.heard('home 2 to register the phone', from, (t) => t.home === 2 && t.linkLayerId === mac && t.to === 'active', 40_000);
  return { kind: 'refused', underlay, dropped: dropped() - before, servedBy: during, servedByAfter: await servedBy() };
}
