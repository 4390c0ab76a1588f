/** A place for every home where none is known: who is linked stands close together. Pure: the same links give the same picture. */
import type { Point } from './plane.ts';

export interface Link {
  readonly from: string;
  readonly to: string;
}
const SPACING = 60;
const ROUNDS = 140;
/** Homes push each other away as far as this. */
const REACH = SPACING * 3;

/** Springs along the links, repulsion between neighbours of a grid, a pull to the middle. About 20 ms a hundred homes. */
export function layOut(ids: readonly string[], links: readonly Link[]): Map<string, Point> {
  const index = new Map(ids.map((id, i) => [id, i]));
  // A sunflower: no two at one place, and nothing random.
  const x = Float64Array.from(ids, (_, i) => SPACING * Math.sqrt(i) * Math.cos(i * 2.399963));
  const y = Float64Array.from(ids, (_, i) => SPACING * Math.sqrt(i) * Math.sin(i * 2.399963));
  const springs = links.flatMap(({ from, to }) => {
    const [a, b] = [index.get(from), index.get(to)];
    return a === undefined || b === undefined || a === b ? [] : [[a, b] as const];
  });
  const dx = new Float64Array(ids.length);
  const dy = new Float64Array(ids.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    dx.fill(0);
    dy.fill(0);
    repel(x, y, dx, dy);
    for (const [a, b] of springs) {
      const [ex, ey] = [(x[b] ?? 0) - (x[a] ?? 0), (y[b] ?? 0) - (y[a] ?? 0)];
      const length = Math.hypot(ex, ey) || 1;
      const pull = ((length - SPACING) / length) * 0.12;
      push(dx, dy, a, ex * pull, ey * pull);
      push(dx, dy, b, -ex * pull, -ey * pull);
    }
    const warmth = SPACING * (1 - round / ROUNDS);
    for (let i = 0; i < ids.length; i += 1) {
      const [mx, my] = [(dx[i] ?? 0) - (x[i] ?? 0) * 0.004, (dy[i] ?? 0) - (y[i] ?? 0) * 0.004];
      const moved = Math.hypot(mx, my) || 1;
      const share = Math.min(moved, warmth) / moved;
      x[i] = (x[i] ?? 0) + mx * share;
      y[i] = (y[i] ?? 0) + my * share;
    }
  }
  return new Map(ids.map((id, i) => [id, { x: x[i] ?? 0, y: y[i] ?? 0 }]));
}

function push(dx: Float64Array, dy: Float64Array, i: number, px: number, py: number): void {
  dx[i] = (dx[i] ?? 0) + px;
  dy[i] = (dy[i] ?? 0) + py;
}

function repel(x: Float64Array, y: Float64Array, dx: Float64Array, dy: Float64Array): void {
  const cells = new Map<string, number[]>();
  const cell = (v: number) => Math.floor(v / REACH);
  for (let i = 0; i < x.length; i += 1) {
    const key = `${cell(x[i] ?? 0)} ${cell(y[i] ?? 0)}`;
    const there = cells.get(key);
    if (there) there.push(i);
    else cells.set(key, [i]);
  }
  for (let i = 0; i < x.length; i += 1) {
    const [cx, cy] = [cell(x[i] ?? 0), cell(y[i] ?? 0)];
    for (let gx = cx - 1; gx <= cx + 1; gx += 1) {
      for (let gy = cy - 1; gy <= cy + 1; gy += 1) {
        for (const j of cells.get(`${gx} ${gy}`) ?? []) {
          if (j === i) continue;
          const [ex, ey] = [(x[i] ?? 0) - (x[j] ?? 0), (y[i] ?? 0) - (y[j] ?? 0)];
          const square = ex * ex + ey * ey + 1;
          if (square > REACH * REACH) continue;
          const force = (SPACING * SPACING * 0.35) / square;
          push(dx, dy, i, ex * force, ey * force);
        }
      }
    }
  }
}
