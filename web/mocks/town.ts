/** A town that does not exist: streets around a square, homes on both sides of them, and who hears whom. */
import { createRandom, type Random } from './random.ts';

export interface Place {
  readonly name: string;
  readonly district: string;
  /** Metres east and north of the square. */
  readonly x: number;
  readonly y: number;
  /** Indices of the homes within earshot, the nearest first. */
  readonly near: readonly number[];
}

export const CENTRE = { latitude: 48.137, longitude: 4.212 };
const METRES_A_DEGREE = 111_320;
const BETWEEN_HOMES = 42;
const EARSHOT = 95;

const RADIAL = ['Mill Lane', 'Station Road', 'Bridge Street', 'Abbey Road', 'Orchard Way', 'Market Street', 'Quarry Road', 'Chapel Lane', 'Harbour Road'];
const RINGS = ['Linden Ring', 'Wall Street', 'Meadow Ring', 'Forest Edge'];
const DISTRICTS = ['old-town', 'riverside', 'hill', 'meadows'] as const;

export const districts: Readonly<Record<(typeof DISTRICTS)[number], string>> = { 'old-town': 'Old town', riverside: 'Riverside', hill: 'Hill quarter', meadows: 'Meadows' };

interface Spot {
  readonly street: string;
  readonly x: number;
  readonly y: number;
}

function alongRadial(street: string, index: number, random: Random): Spot[] {
  const angle = (index / RADIAL.length) * 2 * Math.PI + 0.2;
  const bend = (random.next() - 0.5) * 0.6;
  const spots: Spot[] = [];
  for (let distance = 90; distance < 980; distance += BETWEEN_HOMES) {
    const direction = angle + (bend * distance) / 980;
    const side = (spots.length % 2 === 0 ? 1 : -1) * 14;
    spots.push({ street, x: Math.cos(direction) * distance - Math.sin(direction) * side, y: Math.sin(direction) * distance + Math.cos(direction) * side });
  }
  return spots;
}

function alongRing(street: string, index: number): Spot[] {
  const radius = 230 + index * 235;
  const steps = Math.floor((2 * Math.PI * radius) / (BETWEEN_HOMES * 1.25));
  return Array.from({ length: steps }, (_, n) => {
    const angle = (n / steps) * 2 * Math.PI;
    const r = radius * (1 + 0.05 * Math.sin(angle * 3 + index)) + (n % 2 === 0 ? 13 : -13);
    return { street, x: Math.cos(angle) * r, y: Math.sin(angle) * r };
  });
}

function districtOf({ x, y }: Spot): (typeof DISTRICTS)[number] {
  if (Math.hypot(x, y) < 300) return 'old-town';
  if (y < -0.4 * x) return x > 0 ? 'riverside' : 'meadows';
  return x > 200 ? 'hill' : 'meadows';
}

/** The nearest `count` spots, so that a small town is a dense one. */
export function buildTown(count: number, seed: number): Place[] {
  const random = createRandom(seed);
  const all = [...RADIAL.flatMap((street, i) => alongRadial(street, i, random)), ...RINGS.flatMap(alongRing)];
  while (all.length < count) all.push({ street: 'New Road', x: (random.next() - 0.5) * 2400, y: (random.next() - 0.5) * 2400 });
  const spots = all
    .map((spot) => ({ ...spot, x: spot.x + (random.next() - 0.5) * 16, y: spot.y + (random.next() - 0.5) * 16 }))
    .toSorted((a, b) => Math.hypot(a.x, a.y) - Math.hypot(b.x, b.y))
    .slice(0, count);
  const numbers = new Map<string, number>();
  return spots.map((spot, index) => {
    const number = (numbers.get(spot.street) ?? 0) + 1;
    numbers.set(spot.street, number);
    const others = spots
      .map((other, i) => ({ i, distance: Math.hypot(other.x - spot.x, other.y - spot.y) }))
      .filter(({ i }) => i !== index)
      .toSorted((a, b) => a.distance - b.distance);
    return { name: `${spot.street} ${number}`, district: districtOf(spot), x: spot.x, y: spot.y, near: others.filter((o, n) => n < 2 || (n < 6 && o.distance < EARSHOT)).map((o) => o.i) };
  });
}

export const positionOf = ({ x, y }: { readonly x: number; readonly y: number }) => ({
  latitude: CENTRE.latitude + y / METRES_A_DEGREE,
  longitude: CENTRE.longitude + x / (METRES_A_DEGREE * Math.cos((CENTRE.latitude * Math.PI) / 180)),
});
