import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Topology } from '../../cloud/api/resources/network.ts';
import { layOut } from '../../web/pages/map/graph.ts';
import { boxOf, fit, MOST_SCALE, pan, scaleBar, toPlane, toScreen, toWorld, zoom } from '../../web/pages/map/plane.ts';
import { homeAt, nextHome, sceneOf, type PlacedHome } from '../../web/pages/map/scene.ts';
import { createWalkers, FADE, WALK } from '../../web/pages/map/walkers.ts';

const size = { width: 800, height: 600 };
const numbers = fc.double({ min: -5000, max: 5000, noNaN: true });
const views = fc.record({ x: numbers, y: numbers, scale: fc.double({ min: 0.02, max: 10, noNaN: true }) });
const points = fc.record({ x: numbers, y: numbers });

describe('the plane', () => {
  it('is in metres: a degree of latitude is 111 km, one of longitude narrower towards the poles', () => {
    const places = [{ position: { latitude: 60, longitude: 10 } }, { position: { latitude: 60.001, longitude: 10.002 } }];
    const [a, b] = [...toPlane(places).values()];
    expect((a?.y ?? 0) - (b?.y ?? 0)).toBeCloseTo(111.3, 0);
    expect((b?.x ?? 0) - (a?.x ?? 0)).toBeCloseTo(111.3, 0);
  });

  it('leaves out what has no position', () => {
    const here = { position: { latitude: 1, longitude: 1 } };
    expect([...toPlane([{}, here]).keys()]).toEqual([here]);
  });

  it('goes to the screen and back', () => {
    fc.assert(
      fc.property(views, points, (view, p) => {
        const back = toWorld(view, size, toScreen(view, size, p));
        expect(back.x).toBeCloseTo(p.x, 4);
        expect(back.y).toBeCloseTo(p.y, 4);
      }),
    );
  });

  it('keeps what is under the pointer there while it zooms, within its bounds', () => {
    fc.assert(
      fc.property(views, fc.double({ min: 0.2, max: 5, noNaN: true }), (view, factor) => {
        const at = { x: 200, y: 500 };
        const held = toWorld(view, size, at);
        const zoomed = zoom(view, size, factor, at);
        expect(toScreen(zoomed, size, held).x).toBeCloseTo(at.x, 4);
        expect(zoomed.scale).toBeLessThanOrEqual(MOST_SCALE);
      }),
    );
  });

  it('follows the pointer while it is pushed', () => {
    const view = { x: 0, y: 0, scale: 2 };
    expect(toScreen(pan(view, { x: 30, y: -10 }), size, { x: 0, y: 0 })).toEqual({ x: 430, y: 290 });
  });

  it('fits a box with a margin', () => {
    const view = fit({ left: -100, right: 100, top: -50, bottom: 50 }, size, 50);
    expect(toScreen(view, size, { x: -100, y: 0 }).x).toBeCloseTo(50);
    expect(toScreen(view, size, { x: 100, y: 0 }).x).toBeCloseTo(750);
  });

  it('has a box also around nothing and around one point', () => {
    expect(boxOf([]).right).toBeGreaterThan(0);
    expect(Number.isFinite(fit(boxOf([{ x: 3, y: 3 }]), size).scale)).toBe(true);
  });

  it.each([[1, 100], [0.3, 200], [2.5, 20], [0.02, 5000]])('at %d pixels a metre the scale bar is %d m', (scale, metres) => {
    const bar = scaleBar(scale, 120);
    expect(bar.metres).toBe(metres);
    expect(bar.pixels).toBeLessThanOrEqual(120);
  });
});

describe('the graph', () => {
  const ids = Array.from({ length: 60 }, (_, i) => `h${i}`);
  const links = ids.slice(1).map((to, i) => ({ from: ids[i] ?? '', to }));

  it('is the same each time, with nobody on top of another', () => {
    const places = layOut(ids, links);
    expect([...layOut(ids, links)]).toEqual([...places]);
    const all = [...places.values()];
    const nearest = all.map((a, i) => Math.min(...all.filter((_, j) => j !== i).map((b) => Math.hypot(a.x - b.x, a.y - b.y))));
    expect(Math.min(...nearest)).toBeGreaterThan(5);
  });

  it('puts the linked closer than the others', () => {
    const places = layOut(ids, links);
    const far = (a: string, b: string) => Math.hypot((places.get(a)?.x ?? 0) - (places.get(b)?.x ?? 0), (places.get(a)?.y ?? 0) - (places.get(b)?.y ?? 0));
    const mean = (pairs: readonly (readonly [string, string])[]) => pairs.reduce((sum, [a, b]) => sum + far(a, b), 0) / pairs.length;
    expect(mean(links.map((l) => [l.from, l.to]))).toBeLessThan(mean(ids.slice(30).map((id, i) => [ids[i] ?? '', id])) / 2);
  });

  it('stands links to homes that it does not have', () => {
    expect(layOut(['a'], [{ from: 'a', to: 'gone' }, { from: 'a', to: 'a' }]).size).toBe(1);
  });
});

const home = (id: string, x: number, y: number, subscribers = 4): PlacedHome => ({ id, name: id, status: 'online', subscribers, at: { x, y } });

describe('the scene', () => {
  const topology: Topology = {
    homes: [
      { id: 'a', name: 'A', status: 'online', subscribers: 2, position: { latitude: 48, longitude: 4 } },
      { id: 'b', name: 'B', status: 'offline', subscribers: 0, position: { latitude: 48.001, longitude: 4 } },
      { id: 'c', name: 'C', status: 'online', subscribers: 1 },
    ],
    lmas: [{ name: 'lma-1', reachable: true, bindings: 3 }],
    tunnels: [{ home: 'a', lma: 'lma-1', subscribers: 2 }, { home: 'c', lma: 'lma-1', subscribers: 1 }],
    moves: [{ from: 'a', to: 'b', count: 7 }],
    neighbours: [{ from: 'a', to: 'b' }, { from: 'a', to: 'c' }],
  };

  it('shows on the map what has a position, and counts the rest', () => {
    const scene = sceneOf(topology, 'map');
    expect(scene.homes.map((h) => h.id)).toEqual(['a', 'b']);
    expect(scene).toMatchObject({ unplaced: 1, moves: [{ weight: 7 }], neighbours: [{}], tunnels: [{ home: 'a', weight: 2 }] });
  });

  it('shows everybody in the graph', () => expect(sceneOf(topology, 'graph')).toMatchObject({ unplaced: 0, homes: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] }));

  it('puts anchors above all homes', () => {
    const { lmas, homes } = sceneOf(topology, 'map');
    expect(lmas[0]?.at.y).toBeLessThan(Math.min(...homes.map((h) => h.at.y)));
  });

  it('finds the home under a finger, the nearer one of two', () => {
    const homes = [home('a', 0, 0), home('b', 20, 0)];
    const same = (p: { x: number; y: number }) => p;
    expect(homeAt(homes, same, 1, { x: 12, y: 0 }, 14)?.id).toBe('b');
    expect(homeAt(homes, same, 1, { x: 300, y: 0 }, 14)).toBeUndefined();
  });

  it('goes with an arrow key to the nearest home in that direction', () => {
    const homes = [home('east', 100, 10), home('far east', 300, 0), home('south', 20, 90)];
    expect(nextHome(homes, { x: 0, y: 0 }, 1, 0)?.id).toBe('east');
    expect(nextHome(homes, { x: 0, y: 0 }, 0, 1)?.id).toBe('south');
    expect(nextHome(homes, { x: 0, y: 0 }, -1, 0)).toBeUndefined();
  });
});

describe('subscribers on their way', () => {
  const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }]]);
  const place = (id: string) => places.get(id);
  const roam = (more: Partial<HandoverSummary> = {}): HandoverSummary => ({ id: '1', at: 0, subscriber: 'mn-1', kind: 'handover', from: { home: 'a', name: 'A' }, to: { home: 'b', name: 'B' }, success: true, reason: '', ...more });

  it('walk from one home to the other, arrive, fade and are forgotten', () => {
    const walkers = createWalkers();
    walkers.add([roam()], place, 1000);
    expect(walkers.step(1000)[0]?.at).toEqual({ x: 0, y: 0 });
    const half = walkers.step(1000 + WALK / 2)[0];
    expect(half?.at.x).toBeCloseTo(50);
    expect(half?.tail.x).toBeLessThan(50);
    const arrived = walkers.step(1000 + WALK + FADE / 2)[0];
    expect(arrived?.at.x).toBeCloseTo(100);
    expect(arrived?.arrived).toBeCloseTo(0.5);
    expect(walkers.step(1000 + WALK + FADE)).toEqual([]);
    expect(walkers.busy).toBe(false);
  });

  it('there and back do not meet on one line', () => {
    const walkers = createWalkers();
    walkers.add([roam(), roam({ from: { home: 'b', name: 'B' }, to: { home: 'a', name: 'A' } })], place, 0);
    const [there, back] = walkers.step(WALK / 2);
    expect(Math.sign(there?.at.y ?? 0)).toBe(-Math.sign(back?.at.y ?? 0));
  });

  it('who comes new appears where it is; a home that is not on the map is nobody’s aim', () => {
    const walkers = createWalkers();
    const { from: _, ...fresh } = roam();
    walkers.add([fresh, roam({ to: { home: 'elsewhere', name: '?' } })], place, 0);
    expect(walkers.step(0).map((s) => s.at)).toEqual([{ x: 100, y: 0 }]);
  });

  it('are never more than can be seen', () => {
    const walkers = createWalkers();
    walkers.add(Array.from({ length: 5000 }, () => roam()), place, 0);
    expect(walkers.step(0).length).toBeLessThanOrEqual(600);
  });
});
