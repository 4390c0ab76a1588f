/** What happens in the virtual machine: a phone attaches, roams by command and by signal under traffic, says goodbye, comes back, and vanishes. */
import { hostapdRequest } from '../../access.ts';
import { serveTraffic, startProbe, startTcp } from '../../measure.ts';
import { startPmip } from '../../pmip.ts';
import type { Pmip } from '../../pmip.ts';
import { patient, sleep, until } from '../../processes.ts';
import { runInside } from '../../namespaces.ts';
import { RADIO } from '../../topology.ts';
import type { PhonePlan } from '../../topology.ts';
import { monotonic } from '../../traffic/packet.ts';
import type { World } from '../../world.ts';
import type { Addresses, Left, Neighbours, Result, RoamCause } from '../results.ts';
import { VARIATION } from './configuration.ts';
import { eventsSince } from './events.ts';
import { FREQUENCIES, associatedWith } from './radioAccess.ts';
import { STRONG, WEAK } from './radios.ts';
import type { Radios } from './radios.ts';

const PHONE = 1;
const COMMANDED_ROAMS = 4;
const PACKET_MS = 20;
const FLOW_MS = 10_000;
const SETTLE_MS = 3000;
const GONE_MS = 15_000;
const SURVEY_MS = 15_000;
/** Two channels take a fraction of one. */
const SCAN_SECONDS = 5;

export interface Stage {
  readonly world: World;
  readonly radios: Radios;
  readonly tell: (result: Result) => void;
}

export async function story({ world, radios, tell }: Stage): Promise<void> {
  const step = (what: string) => tell({ kind: 'step', what });
  const phone = world.phone(PHONE);
  step('access points, a supplicant');
  await world.startAccess();
  step('the anchor, a gateway at each home');
  await serveTraffic(world);
  const pmip = await startPmip(world, VARIATION);

  step('the phone attaches at home 1: EAP, DHCP, router advertisement');
  tell(await attaches(world, pmip, phone, 1));

  const traffic = await startsTraffic(world, pmip, phone, tell);
  let at = 1;
  for (let i = 0; i < COMMANDED_ROAMS; i++) {
    step(`roams to home ${3 - at}, as it is told`);
    const to = 3 - at;
    await traffic.through('command', at, to, () => world.roam(PHONE, to));
    at = to;
  }
  step('roams to home 2, because home 1 is out of reach all at once');
  await traffic.through('vanishing', 1, 2, async () => {
    radios.inReach(PHONE, [2]);
    await associatedWith(world.folder, phone, world.home(2));
  });
  step('roams to home 1, because home 2 becomes weak');
  radios.inReach(PHONE, [1, 2]);
  await traffic.through('fading', 2, 1, async () => {
    radios.strength(2, WEAK);
    await associatedWith(world.folder, phone, world.home(1));
  });
  radios.strength(2, STRONG);
  await traffic.ends();

  step('says goodbye');
  tell(await leaves(world, pmip, phone, 'disconnect', 1, () => world.detach(PHONE)));
  step('attaches at home 2');
  tell(await attaches(world, pmip, phone, 2));
  step('vanishes without a word');
  tell(await leaves(world, pmip, phone, 'silence', 2, () => world.leave(PHONE)));

  step('the gateways look for their neighbours');
  for (const neighbours of await surveys(world, pmip)) tell(neighbours);
}

interface Session {
  readonly mnnai: string;
  readonly mag: string;
  readonly state: string;
}

const sessions = async (pmip: Pmip): Promise<Session[]> => ((await pmip.ask(0, 'show lma-service session')) as Session[]).filter((s) => s.state === 'ACTIVE');

const homeOf = (mag: string | undefined): number => Number(/^home(\d+)@/.exec(mag ?? '')?.[1] ?? 0);

const eventsOf = (world: World, since: number, { mac }: PhonePlan) => eventsSince(since, mac, world.plan.homes.map((h) => world.processes.get(`hostapd${h.number}`)?.log() ?? ''));

function addressesOf(world: World): Promise<Addresses> {
  return until('addresses of the phone', FLOW_MS, () => {
    const a = world.addresses(PHONE);
    return a.ipv4.length > 0 && a.ipv6.length > 0 && a;
  });
}

async function attaches(world: World, pmip: Pmip, phone: PhonePlan, home: number): Promise<Result> {
  const [at, wall] = [monotonic(), Date.now()];
  const arrival = await pmip.arrival(home, phone.mac, () => world.roam(PHONE, home));
  if (!world.processes.has(`udhcpc${PHONE}`)) world.startDhcp(PHONE, 'udhcpc');
  const addresses = await addressesOf(world);
  const station = await hostapdRequest(world.folder, world.home(home), `STA ${phone.mac}`);
  const [session] = await sessions(pmip);
  return {
    kind: 'attached',
    home,
    mac: phone.mac,
    associatedMs: arrival.associatedAt - at,
    switchedMs: arrival.stages.switched,
    addresses,
    identity: /^dot1xAuthSessionUserName=(.*)$/m.exec(station)?.[1] ?? '',
    nai: session?.mnnai ?? '',
    events: eventsOf(world, wall, phone),
  };
}

interface RoamingTraffic {
  /** The phone goes to another home by way of `move`, and what it and its traffic notice is told. */
  through(cause: RoamCause, from: number, to: number, move: () => Promise<void>): Promise<void>;
  ends(): Promise<void>;
}

/** A stream of datagrams each way and a TCP connection, in IPv4 and IPv6, for all roams together. */
async function startsTraffic(world: World, pmip: Pmip, phone: PhonePlan, tell: (result: Result) => void): Promise<RoamingTraffic> {
  const { inet } = world.plan;
  const probes = { ipv4: startProbe(world, PHONE, inet.ipv4, PACKET_MS), ipv6: startProbe(world, PHONE, inet.ipv6, PACKET_MS) };
  const both = [probes.ipv4, probes.ipv6];
  const tcp = [inet.ipv4, inet.ipv6].map((target) => startTcp(world, PHONE, target, PACKET_MS));
  const flows = async (since: number) => {
    const before = await Promise.all(tcp.map((c) => c.report()));
    await until('traffic of the phone', FLOW_MS, async () => {
      const heard = await Promise.all(both.map((p) => p.firstDownAfter(since)));
      const after = await Promise.all(tcp.map((c) => c.report()));
      return heard.every((at) => at !== null) && after.every((r, i) => r.octetsVerified > (before[i]?.octetsVerified ?? 0));
    });
  };
  await flows(monotonic());
  return {
    async through(cause, from, to, move) {
      const [at, wall] = [monotonic(), Date.now()];
      const arrival = await pmip.arrival(to, phone.mac, move);
      await flows(arrival.associatedAt + arrival.stages.switched);
      const [ipv4, ipv6] = (await Promise.all(both.map((p) => p.longestGapSince(at)))).map((gap) => gap ?? Infinity) as [number, number];
      const heldBy = await holders(world, pmip, to);
      const [session] = await sessions(pmip);
      tell({
        kind: 'roamed',
        cause,
        from,
        to,
        associatedMs: arrival.associatedAt - at,
        switchedMs: arrival.stages.switched,
        gapMs: { ipv4, ipv6 },
        addresses: world.addresses(PHONE),
        servedBy: homeOf(session?.mag),
        heldBy,
        events: eventsOf(world, wall, phone),
      });
    },
    async ends() {
      tell(await forwarded(world, pmip));
      const reports = await Promise.all(tcp.map((c) => c.stop()));
      const udp = await Promise.all(both.map((p) => p.stop()));
      const sent = udp.reduce((sum, r) => sum + r.sent + r.downSent, 0);
      const received = udp.reduce((sum, r) => sum + r.upReceived + r.downReceived, 0);
      tell({ kind: 'traffic', tcp: reports, packets: { sent, lost: sent - received } });
    },
  };
}

interface Held {
  readonly llid: string;
  readonly state: string;
  readonly counters?: { readonly upPackets: string; readonly downPackets: string };
}

const bindingsOf = async (pmip: Pmip, home: number) => (await pmip.ask(home, 'show mag binding')) as Held[];

/** The homes that hold a binding once none but the new one does, or after a while. */
async function holders(world: World, pmip: Pmip, to: number): Promise<number[]> {
  const ask = async () => {
    const all = await Promise.all(world.plan.homes.map(async ({ number }) => ((await bindingsOf(pmip, number)).length > 0 ? [number] : [])));
    return all.flat();
  };
  const end = monotonic() + patient(SETTLE_MS);
  for (;;) {
    const found = await ask();
    if (found.join() === String(to) || monotonic() > end) return found;
    await sleep(100);
  }
}

/** What the data path of the phone's home counted, and what carries it out. */
async function forwarded(world: World, pmip: Pmip): Promise<Result> {
  const globals = await Promise.all(world.plan.homes.map(async ({ number }) => (await pmip.ask(number, 'show mag globals')) as { datapath: string }));
  const bindings = (await Promise.all(world.plan.homes.map(({ number }) => bindingsOf(pmip, number)))).flat();
  const sum = (of: 'upPackets' | 'downPackets') => bindings.reduce((total, b) => total + Number(b.counters?.[of] ?? 0), 0);
  return { kind: 'forwarded', datapath: globals.map((g) => g.datapath), upPackets: sum('upPackets'), downPackets: sum('downPackets') };
}

async function leaves(world: World, pmip: Pmip, phone: PhonePlan, how: Left['how'], home: number, move: () => void | Promise<void>): Promise<Left> {
  const [at, wall, from] = [monotonic(), Date.now(), pmip.transitions.length];
  await move();
  const t = await pmip.heard(`home ${home} to let the phone go`, from, (t) => t.home === home && t.linkLayerId === phone.mac && (t.to === 'deregistering' || t.to === 'gone'), GONE_MS);
  await until('the LMA to end the session', SETTLE_MS, async () => (await sessions(pmip)).length === 0).catch(() => undefined);
  return { kind: 'left', how, home, afterMs: t.at - at, reason: t.reason, events: eventsOf(world, wall, phone), sessions: (await sessions(pmip)).length };
}

/** A gateway does not scan by itself unless it is told, because its phones would miss it meanwhile; it knows what any scan found. */
function surveys(world: World, pmip: Pmip): Promise<Neighbours[]> {
  const homes = world.plan.homes;
  // One after the other: an access point that scans sends no beacons meanwhile.
  // It waits for an event of the kernel that may come before it listens, and then for ever; the results are there all the same.
  const scan = `timeout ${SCAN_SECONDS} iw dev ${RADIO} scan freq ${FREQUENCIES.join(' ')} ap-force passive`;
  for (const { namespace } of homes) runInside(namespace, ['sh', '-c', `${scan} || [ $? -ge 124 ]`]);
  return until('each gateway to hear another', SURVEY_MS, async () => {
    const found = await Promise.all(homes.map(async ({ number: home }): Promise<Neighbours> => ({ kind: 'neighbours', home, heard: (await pmip.ask(home, 'show mag neighbours')) as Neighbours['heard'] })));
    return found.every((n) => n.heard.length > 0) && found;
  });
}
