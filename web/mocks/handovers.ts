/** One roam as both ends would tell it: its stages, its messages, what went wrong. Details follow from the trace id, so only summaries are kept. */
import type { DecodedMessage, Handover, HandoverStage, HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import { createRandom, seedOf, type Random } from './random.ts';
import type { Person, World } from './world.ts';

const KEPT = 20_000;
const REASONS = [
  'PBA 156 TIMESTAMP_MISMATCH: the clock of the gateway is not synchronised',
  'no PBA after 3 retransmissions: lma-2 does not answer',
  'PBA 130 INSUFFICIENT_RESOURCES: the pool of this service is used up',
  'the profile server did not answer within 2 s',
];

/** As the cloud says it of every handover that both ends told of. */
const CLOCKS = 'the clocks of both ends differ: the stages at the LMA are placed as if both ways took equally long';

interface Story {
  readonly stages: readonly HandoverStage[];
  readonly missing: readonly string[];
  readonly packetsLost?: number;
}

function successful(random: Random, slow: boolean): Story {
  const s = slow ? 4 : 1;
  const profile = 0.4 + random.next() * 1.6 * s;
  const pbuSent = profile + 0.2 + random.next() * 0.5;
  const pbuReceived = pbuSent + (4 + random.next() * 7) * s;
  const lmaPathsSwitched = pbuReceived + 0.3 + random.next() * 0.9;
  const pbaSent = lmaPathsSwitched + 0.6 + random.next() * 1.4;
  const pbaReceived = pbaSent + (4 + random.next() * 7) * s;
  const pathsSwitched = pbaReceived + 0.2 + random.next() * 0.6;
  const firstPacket = pathsSwitched + 0.5 + random.next() * 14;
  const quiet = random.next() < 0.12;
  const round = (v: number) => Math.round(v * 100) / 100;
  const stages: HandoverStage[] = [
    { name: 'associated', end: 'home', at: 0 },
    { name: 'profile', end: 'home', at: round(profile) },
    { name: 'pbuSent', end: 'home', at: round(pbuSent) },
    { name: 'pbuReceived', end: 'lma', at: round(pbuReceived) },
    { name: 'lmaPathsSwitched', end: 'lma', at: round(lmaPathsSwitched) },
    { name: 'pbaSent', end: 'lma', at: round(pbaSent) },
    { name: 'pbaReceived', end: 'home', at: round(pbaReceived) },
    { name: 'pathsSwitched', end: 'home', at: round(pathsSwitched) },
  ];
  if (!quiet) stages.push({ name: 'firstPacket', end: 'home', at: round(firstPacket) });
  return { stages, missing: [CLOCKS, ...(quiet ? ['first packet: none had come down when the gateway told of this, about a second later'] : [])], ...(quiet ? {} : { packetsLost: random.next() < 0.8 ? 0 : random.whole(1, 6) }) };
}

function failed(random: Random, reason: string): Story {
  const silent = reason.startsWith('no PBA') || reason.startsWith('the profile');
  const profile = 0.5 + random.next();
  const stages: HandoverStage[] = [{ name: 'associated', end: 'home', at: 0 }];
  if (!reason.startsWith('the profile')) {
    stages.push({ name: 'profile', end: 'home', at: profile }, { name: 'pbuSent', end: 'home', at: profile + 0.4 });
    if (!silent) stages.push({ name: 'pbuReceived', end: 'lma', at: profile + 8 }, { name: 'pbaReceived', end: 'home', at: profile + 17 });
  }
  return { stages: stages.map((s) => ({ ...s, at: Math.round(s.at * 100) / 100 })), missing: silent ? ['The anchor told nothing about this trace: it may not have been reached.'] : [] };
}

function storyOf(summary: Pick<HandoverSummary, 'id' | 'success' | 'reason'>): Story {
  const random = createRandom(seedOf(summary.id));
  return summary.success ? successful(random, random.next() < 0.03) : failed(random, summary.reason);
}

const sides = (world: World, index: number) => {
  const home = world.homes[index];
  return home ? { home: home.id, name: home.name } : { home: 'unknown', name: 'unknown' };
};

/** Lets one subscriber walk into a neighbouring home. @returns nothing when nobody can walk */
export function walk(world: World, person: Person, at: number): HandoverSummary | undefined {
  const { random } = world;
  const target = random.pick(world.places[person.home]?.near ?? [person.home]);
  const to = world.homes[target];
  const from = world.homes[person.home];
  if (!to || !from || to.status === 'offline' || to.status === 'revoked' || target === person.home) return undefined;
  const success = random.next() >= (to.status === 'degraded' ? 0.2 : 0.015);
  const reason = success ? 'the subscriber is heard by another home' : random.pick(REASONS);
  const id = random.hex(32);
  const { stages } = storyOf({ id, success, reason });
  const end = stages.find((s) => s.name === 'pathsSwitched')?.at;
  const summary: HandoverSummary = {
    id,
    at,
    subscriber: person.id,
    kind: person.active ? 'handover' : 'attach',
    ...(person.active ? { from: sides(world, person.home) } : {}),
    to: sides(world, target),
    success,
    reason: person.active ? reason : 'a new session',
    ...(end === undefined ? {} : { duration: end }),
  };
  if (success) {
    if (person.active) from.subscribers = Math.max(0, from.subscribers - 1);
    to.subscribers += 1;
    Object.assign(person, { home: target, active: true, lastHandover: at, handovers: person.handovers + 1 });
  }
  keep(world, summary);
  return summary;
}

export function keep(world: World, summary: HandoverSummary): void {
  world.handovers.push(summary);
  world.handoverById.set(summary.id, summary);
  if (world.handovers.length <= KEPT * 1.2) return;
  const old = world.handovers.splice(0, world.handovers.length - KEPT);
  for (const { id } of old) world.handoverById.delete(id);
}

function messagesOf(world: World, summary: HandoverSummary, stages: readonly HandoverStage[]): DecodedMessage[] {
  const random = createRandom(seedOf(`${summary.id} messages`));
  const person = world.people.find((p) => p.id === summary.subscriber);
  const sequence = random.whole(1, 65_535);
  const key = `0x0b${random.hex(6)}`;
  const at = (name: HandoverStage['name']) => stages.find((s) => s.name === name)?.at;
  const sent = at('pbuSent');
  if (sent === undefined) return [];
  const options = [`  mn identifier (8): subtype 1 NAI, identifier ${summary.subscriber}`, `  home network prefix (22): prefix length 64, prefix ${person?.addresses[1]?.replace('/64', '') ?? '::'}`, `  handoff indicator (23): indicator ${summary.from ? '3 BETWEEN_MAGS' : '1 NEW_INTERFACE'}`, '  access technology type (24): type 4 IEEE 802.11', `  mn link layer identifier (25): identifier ${summary.subscriber}`];
  const messages: DecodedMessage[] = [
    {
      at: summary.at + sent,
      from: summary.to.name,
      to: person?.lma ?? 'lma-1',
      name: `PBU #${sequence}`,
      fields: [`binding update: sequence ${sequence}, flags A H P, lifetime 3600`, ...options, `  gre key (33): key ${key}`, `  ipv4 home address request (34): prefix length 24, address ${person?.addresses[0] ?? '0.0.0.0'}`],
    },
  ];
  const received = at('pbaReceived');
  if (received === undefined) return messages;
  messages.push({
    at: summary.at + received,
    from: person?.lma ?? 'lma-1',
    to: summary.to.name,
    name: summary.success ? `PBA #${sequence} 0 ACCEPTED` : `PBA #${sequence} ${summary.reason.replace(/^PBA /, '').split(':')[0]}`,
    fields: [`binding acknowledgement: sequence ${sequence}, status ${summary.success ? '0 ACCEPTED' : summary.reason.replace(/^PBA /, '').split(':')[0]}, lifetime ${summary.success ? 3600 : 0}`, ...options.slice(0, 3), ...(summary.success ? [`  gre key (33): key 0x0a${random.hex(6)}`, `  ipv4 home address reply (35): status 0 SUCCESS, address ${person?.addresses[0] ?? '0.0.0.0'}`] : [])],
  });
  return messages;
}

export function detailsOf(world: World, summary: HandoverSummary): Handover {
  const { stages, missing, packetsLost } = storyOf(summary);
  const lma = stages.some((s) => s.end === 'lma') ? world.people.find((p) => p.id === summary.subscriber)?.lma : undefined;
  return { ...summary, ...(lma === undefined ? {} : { lma }), stages, missing, ...(packetsLost === undefined ? {} : { packetsLost, packetsHeld: packetsLost === 0 ? createRandom(seedOf(summary.id)).whole(0, 9) : 0 }), messages: messagesOf(world, summary, stages), capture: summary.success };
}
