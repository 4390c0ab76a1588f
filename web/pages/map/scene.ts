/** What stands on the map: homes and anchors with a place each, and the lines between them. Pure. */
import type { Topology } from '../../../cloud/api/resources/network.ts';
import { layOut } from './graph.ts';
import { boxOf, toPlane, type Box, type Point } from './plane.ts';

export type MapHome = Topology['homes'][number];
export interface PlacedHome extends MapHome {
  readonly at: Point;
}
export interface PlacedLma extends Readonly<Topology['lmas'][number]> {
  readonly at: Point;
}
export interface Line {
  readonly from: Point;
  readonly to: Point;
  readonly weight: number;
}
export interface Scene {
  readonly homes: readonly PlacedHome[];
  readonly lmas: readonly PlacedLma[];
  readonly neighbours: readonly Line[];
  readonly moves: readonly Line[];
  readonly tunnels: readonly (Line & { readonly home: string })[];
  readonly box: Box;
  /** Homes that nobody gave a position. */
  readonly unplaced: number;
}

export type Layout = 'map' | 'graph';

export function sceneOf(topology: Topology, layout: Layout): Scene {
  const places = layout === 'map' ? byPosition(topology) : layOut(topology.homes.map((h) => h.id), topology.neighbours.length > 0 ? topology.neighbours : topology.moves);
  const homes = topology.homes.flatMap((h): PlacedHome[] => {
    const at = places.get(h.id);
    return at ? [{ ...h, at }] : [];
  });
  const box = boxOf(homes.map((h) => h.at));
  const lmas = anchorsOver(topology, box);
  const lmaAt = new Map(lmas.map((l) => [l.name, l.at]));
  const line = (from: Point | undefined, to: Point | undefined, weight: number): Line[] => (from && to ? [{ from, to, weight }] : []);
  return {
    homes,
    lmas,
    neighbours: topology.neighbours.flatMap((n) => line(places.get(n.from), places.get(n.to), 1)),
    moves: topology.moves.flatMap((m) => line(places.get(m.from), places.get(m.to), m.count)),
    tunnels: topology.tunnels.flatMap((t) => line(places.get(t.home), lmaAt.get(t.lma), t.subscribers).map((l) => ({ ...l, home: t.home }))),
    box: boxOf([...homes.map((h) => h.at), ...lmas.map((l) => l.at)]),
    unplaced: topology.homes.length - homes.length,
  };
}

const byPosition = (topology: Topology): Map<string, Point> => new Map([...toPlane(topology.homes)].map(([home, at]) => [home.id, at]));

/** Anchors have no place in a town: they stand in a row above it. */
function anchorsOver({ lmas }: Topology, { left, right, top, bottom }: Box): PlacedLma[] {
  const y = top - Math.max(60, (bottom - top) * 0.1);
  return lmas.map((l, i) => ({ ...l, at: { x: left + ((right - left) * (i + 1)) / (lmas.length + 1), y } }));
}

/** Pixels. Grows slowly with the subscribers there, so that a full home does not hide its street. */
export const radiusOf = (subscribers: number, scale: number): number => (3.2 + Math.sqrt(subscribers) * 1.1) * Math.min(2.2, Math.max(0.75, Math.sqrt(scale * 2.4)));

/** The home under a point of the screen. @param reach pixels beyond its edge that count too */
export function homeAt(homes: readonly PlacedHome[], onScreen: (at: Point) => Point, scale: number, { x, y }: Point, reach: number): PlacedHome | undefined {
  let nearest: PlacedHome | undefined;
  let best = Infinity;
  for (const home of homes) {
    const at = onScreen(home.at);
    const distance = Math.hypot(at.x - x, at.y - y) - radiusOf(home.subscribers, scale);
    if (distance < reach && distance < best) [nearest, best] = [home, distance];
  }
  return nearest;
}

/** The nearest home in that direction, within a right angle around it. */
export function nextHome(homes: readonly PlacedHome[], from: Point, dx: number, dy: number): PlacedHome | undefined {
  let nearest: PlacedHome | undefined;
  let best = Infinity;
  for (const home of homes) {
    const [x, y] = [home.at.x - from.x, home.at.y - from.y];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy - y * dx);
    if (along <= 0.001 || aside > along) continue;
    const cost = along + aside * 1.5;
    if (cost < best) [nearest, best] = [home, cost];
  }
  return nearest;
}
