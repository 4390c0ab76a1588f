/** The simulated fleet's state: made once from a seed, changed by the simulation and by what people do in the browser. */
import type { Alert, AuditEntry, Settings } from '../../cloud/api/resources/network.ts';
import type { CommandRecord, Group, Home, HomeConfiguration, HomeEvent, PendingClaim } from '../../cloud/api/resources/homes.ts';
import type { DocumentVersion, Rollout } from '../../cloud/api/resources/rollouts.ts';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Token, User } from '../../cloud/api/resources/people.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import { createRandom, type Random } from './random.ts';
import { buildTown, districts, positionOf, type Place } from './town.ts';

/** Changed in place: 200 handovers a second must not copy a fleet. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface Person {
  readonly id: string;
  readonly nai: string;
  readonly mac: string;
  readonly lma: string;
  readonly addresses: readonly string[];
  home: number;
  active: boolean;
  since: number;
  lastHandover?: number;
  handovers: number;
  bytesUp: number;
  bytesDown: number;
}

export interface World {
  readonly random: Random;
  readonly startedAt: number;
  readonly places: readonly Place[];
  readonly homes: Writable<Home>[];
  readonly people: Person[];
  /** The newest last. */
  handovers: HandoverSummary[];
  readonly handoverById: Map<string, HandoverSummary>;
  readonly lmas: { readonly name: string; reachable: boolean }[];
  groups: Group[];
  alerts: Alert[];
  audit: AuditEntry[];
  users: User[];
  tokens: Token[];
  claims: PendingClaim[];
  commands: CommandRecord[];
  events: HomeEvent[];
  documents: DocumentVersion[];
  rollouts: Rollout[];
  settings: Settings;
  readonly history: { at: number; handovers: number; success: number; p50: number; p99: number; subscribers: number; online: number }[];
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
export const gatewayId = (random: Random): string => `gw-${Array.from({ length: 26 }, () => BASE32.charAt(random.whole(0, 31))).join('')}`;
const CONCERNS: readonly Concern[] = ['profiles', 'timers', 'lmas', 'limits'];
const DAY = 86_400_000;

function configurationOf(random: Random): Home['configuration'] {
  const made = CONCERNS.map((concern): [Concern, HomeConfiguration] => {
    const revision = { rev: random.whole(2, 9), hash: random.hex(64) };
    const unlucky = random.next() < 0.01;
    return [
      concern,
      unlucky
        ? { desired: { rev: revision.rev + 1, hash: random.hex(64) }, running: revision, status: 'rejected', problems: [{ path: 'timers.binding-lifetime', reason: 'expected at most 65535, found 90000' }] }
        : { desired: revision, running: revision, status: 'applied', problems: [] },
    ];
  });
  return Object.fromEntries(made) as Record<Concern, HomeConfiguration>;
}

function homeOf(place: Place, index: number, random: Random, now: number): Writable<Home> {
  const offline = random.next() < 0.03;
  const degraded = !offline && random.next() < 0.04;
  return {
    id: gatewayId(random),
    name: place.name,
    group: index < 12 ? 'pilot' : place.district,
    status: offline ? 'offline' : degraded ? 'degraded' : 'online',
    reasons: offline
      ? ['The gateway has not been heard for a while: its last will said "lost". Ask its owner whether it has power and internet.']
      : degraded
        ? [random.pick(['lma-2 does not answer this gateway: see whether a firewall drops UDP 5436.', 'The profiles document was rejected: correct it at default-profiles.guests.'])]
        : [],
    identity: `${place.name.toLowerCase().replaceAll(' ', '-')}@d1.example`,
    agent: random.next() < 0.85 ? '0.1.0' : '0.0.9',
    lastSeen: offline ? now - random.whole(600_000, 3 * DAY) : now - random.whole(0, 29_000),
    since: now - random.whole(3_600_000, 40 * DAY),
    subscribers: 0,
    bytesUp: random.whole(1e8, 6e10),
    bytesDown: random.whole(1e9, 4e11),
    configuration: configurationOf(random),
    certificateExpires: now + random.whole(4, 360) * DAY,
    position: positionOf(place),
  };
}

function personOf(n: number, homes: number, random: Random, now: number): Person {
  return {
    id: `mn-${random.hex(8)}`,
    nai: `subscriber${n}@operator.example`,
    mac: `02:${Array.from({ length: 5 }, () => random.hex(2)).join(':')}`,
    lma: n % 5 < 3 ? 'lma-1' : 'lma-2',
    addresses: [`10.64.${n >> 8}.${n & 255}`, `2001:db8:${(0x6400 + (n >> 8)).toString(16)}:${(n & 255).toString(16)}::/64`],
    home: random.whole(0, homes - 1),
    active: random.next() < 0.93,
    since: now - random.whole(60_000, DAY),
    handovers: random.whole(0, 40),
    bytesUp: random.whole(1e5, 2e8),
    bytesDown: random.whole(1e6, 4e9),
  };
}

function historyOf(random: Random, now: number, homes: number, subscribers: number): World['history'] {
  return Array.from({ length: 60 }, (_, i) => {
    const wave = 1 + 0.25 * Math.sin(i / 7) + random.next() * 0.2;
    return { at: now - (60 - i) * 60_000, handovers: Math.round(420 * wave), success: 0.975 + random.next() * 0.02, p50: 21 + random.next() * 4, p99: 80 + random.next() * 50, subscribers: Math.round(subscribers * (0.9 + wave * 0.03)), online: Math.round(homes * 0.97) };
  });
}

export interface WorldOptions {
  readonly homes: number;
  readonly subscribers: number;
  readonly seed: number;
  readonly now: number;
  /** Some names are script, as an attacker would choose them. */
  readonly hostile?: boolean;
}

export const HOSTILE_NAME = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';

/** A home and a subscriber that call themselves what an attacker would. */
function spoil([home]: Writable<Home>[], people: Person[]): void {
  if (home) Object.assign(home, { name: HOSTILE_NAME, notes: HOSTILE_NAME, identity: HOSTILE_NAME, reasons: [`The SSID ${HOSTILE_NAME} is not heard.`] });
  const [person] = people;
  if (person) people[0] = { ...person, nai: `${HOSTILE_NAME}@operator.example` };
}

export function buildWorld({ homes: homeCount, subscribers, seed, now, hostile = false }: WorldOptions): World {
  const random = createRandom(seed);
  const places = buildTown(homeCount, seed);
  const homes = places.map((place, i) => homeOf(place, i, random, now));
  const people = Array.from({ length: subscribers }, (_, n) => personOf(n, homeCount, random, now));
  for (const person of people) {
    while (homes[person.home]?.status === 'offline') person.home = random.whole(0, homeCount - 1);
    const home = homes[person.home];
    if (home && person.active) home.subscribers += 1;
  }
  if (hostile) spoil(homes, people);
  const groupNames: Record<string, string> = { pilot: 'Pilot homes', ...districts };
  return {
    random,
    startedAt: now,
    places,
    homes,
    people,
    handovers: [],
    handoverById: new Map(),
    lmas: [
      { name: 'lma-1', reachable: true },
      { name: 'lma-2', reachable: true },
    ],
    groups: Object.entries(groupNames).map(([id, name]) => ({ id, name, homes: homes.filter((h) => h.group === id).length })),
    alerts: [],
    audit: [],
    users: (['owner', 'operator', 'operator', 'viewer'] as const).map((role, i) => ({ id: `user-${i + 1}`, name: ['ada', 'grace', 'edsger', 'barbara'][i] ?? 'user', role, createdAt: now - (40 - i) * DAY, lastSeen: now - i * 7_200_000, sessions: i < 2 ? 1 : 0 })),
    tokens: [{ id: 'token-1', name: 'Nightly export', role: 'viewer', createdAt: now - 20 * DAY, expiresAt: now + 70 * DAY, lastUsed: now - 6 * 3_600_000 }],
    claims: [0, 1].map((i) => ({ gateway: gatewayId(random), agent: '0.1.0', identity: `new-gateway-${i + 1}@d1.example`, firstSeen: now - (i + 1) * 240_000, lastSeen: now - 8000 })),
    commands: [],
    events: [],
    documents: [],
    rollouts: [],
    settings: { retention: { handovers: 14, events: 30, subscribers: 7, audit: 730 }, pseudonyms: { rotateDays: 7, epochBegan: now - 3 * DAY }, positions: { fuzzMetres: 150 }, smallestGroup: 5 },
    history: historyOf(random, now, homeCount, subscribers),
  };
}

export function record(world: World, entry: Pick<AuditEntry, 'at' | 'by' | 'action' | 'target'> & Partial<Pick<AuditEntry, 'reason' | 'before' | 'after'>>): AuditEntry {
  const written: AuditEntry = { number: world.audit.length + 1, hash: world.random.hex(64), ...entry };
  world.audit.push(written);
  return written;
}
