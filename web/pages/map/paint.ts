/** Draws a scene on a canvas: what stands still once a view, what moves once a frame. */
import type { Colours } from './colours.ts';
import { toScreen, toWorld, type Box, type Point, type Size, type View } from './plane.ts';
import { radiusOf, type Line, type PlacedHome, type Scene } from './scene.ts';
import type { Step } from './walkers.ts';

export interface Shown {
  readonly tunnels: boolean;
  readonly neighbours: boolean;
  readonly moves: boolean;
}
export interface Still {
  readonly scene: Scene;
  readonly view: View;
  readonly size: Size;
  readonly colours: Colours;
  readonly shown: Shown;
  readonly selected: PlacedHome | undefined;
}
type Context = CanvasRenderingContext2D;

/** Names appear when there is room for them: near by, or where there are few. */
const NAMES_FROM = 0.9;
const FEW = 20;
const GRID = 100;

export function paintStill(c: Context, still: Still): void {
  const { scene, view, size, colours, shown, selected } = still;
  const at = (p: Point) => toScreen(view, size, p);
  c.fillStyle = colours.ground;
  c.fillRect(0, 0, size.width, size.height);
  paintGrid(c, still);
  if (shown.neighbours) paintLines(c, scene.neighbours, at, colours.link, () => 1);
  if (shown.moves) paintLines(c, scene.moves, at, colours.accent, (l) => Math.min(6, 0.8 + l.weight / 6));
  const tunnels = shown.tunnels ? scene.tunnels : scene.tunnels.filter((t) => t.home === selected?.id);
  c.globalAlpha = shown.tunnels ? 0.45 : 1;
  paintLines(c, tunnels, at, colours.tunnel, (l) => (shown.tunnels ? 0.5 : 1) + Math.min(2, l.weight / 10));
  c.globalAlpha = 1;
  for (const lma of scene.lmas) paintLma(c, at(lma.at), lma.name, lma.reachable, colours);
  for (const home of scene.homes) paintHome(c, at(home.at), home, view.scale, colours);
  if (view.scale >= NAMES_FROM || scene.homes.length <= FEW) paintNames(c, still);
  if (selected) paintSelected(c, at(selected.at), selected, view.scale, colours);
}

/** A quiet hundred-metre grid. */
function paintGrid(c: Context, { view, size, colours }: Still): void {
  const step = GRID * (view.scale < 0.12 ? 5 : 1) * (view.scale < 0.03 ? 4 : 1);
  const from = toWorld(view, size, { x: 0, y: 0 });
  const to = toWorld(view, size, { x: size.width, y: size.height });
  c.beginPath();
  for (let x = Math.ceil(from.x / step) * step; x < to.x; x += step) {
    const sx = Math.round(toScreen(view, size, { x, y: 0 }).x) + 0.5;
    c.moveTo(sx, 0);
    c.lineTo(sx, size.height);
  }
  for (let y = Math.ceil(from.y / step) * step; y < to.y; y += step) {
    const sy = Math.round(toScreen(view, size, { x: 0, y }).y) + 0.5;
    c.moveTo(0, sy);
    c.lineTo(size.width, sy);
  }
  c.strokeStyle = colours.grid;
  c.lineWidth = 1;
  c.stroke();
}

function paintLines(c: Context, lines: readonly Line[], at: (p: Point) => Point, colour: string, width: (line: Line) => number): void {
  c.strokeStyle = colour;
  // One path a width: thousands of strokes would cost more than the lines are worth.
  const byWidth = new Map<number, Line[]>();
  for (const line of lines) {
    const pixels = Math.round(width(line) * 2) / 2;
    const same = byWidth.get(pixels);
    if (same) same.push(line);
    else byWidth.set(pixels, [line]);
  }
  for (const [pixels, group] of byWidth) {
    c.lineWidth = pixels;
    c.beginPath();
    for (const line of group) {
      const [a, b] = [at(line.from), at(line.to)];
      c.moveTo(a.x, a.y);
      c.lineTo(b.x, b.y);
    }
    c.stroke();
  }
}

function paintHome(c: Context, { x, y }: Point, home: PlacedHome, scale: number, colours: Colours): void {
  const r = radiusOf(home.subscribers, scale);
  c.beginPath();
  c.arc(x, y, r, 0, 7);
  c.fillStyle = home.status === 'online' || home.status === 'degraded' ? colours.status[home.status] : colours.surface;
  c.fill();
  c.lineWidth = 1.5;
  c.strokeStyle = home.status === 'online' ? colours.surface : colours.status[home.status];
  c.stroke();
  // Not by colour alone: who is not there is hollow and crossed.
  if (home.status !== 'offline' && home.status !== 'revoked') return;
  c.beginPath();
  c.moveTo(x - r * 0.5, y - r * 0.5);
  c.lineTo(x + r * 0.5, y + r * 0.5);
  c.moveTo(x + r * 0.5, y - r * 0.5);
  c.lineTo(x - r * 0.5, y + r * 0.5);
  c.stroke();
}

function paintLma(c: Context, { x, y }: Point, name: string, reachable: boolean, colours: Colours): void {
  c.font = '600 13px system-ui, sans-serif';
  const width = c.measureText(name).width + 34;
  c.beginPath();
  c.roundRect(x - width / 2, y - 15, width, 30, 15);
  c.fillStyle = colours.surface;
  c.fill();
  c.lineWidth = 2;
  c.strokeStyle = reachable ? colours.accent : colours.status.offline;
  c.stroke();
  c.beginPath();
  c.arc(x - width / 2 + 15, y, 4, 0, 7);
  c.fillStyle = c.strokeStyle;
  c.fill();
  c.fillStyle = colours.text;
  c.textAlign = 'left';
  c.textBaseline = 'middle';
  c.fillText(name, x - width / 2 + 25, y + 1);
}

function paintNames(c: Context, { scene, view, size, colours }: Still): void {
  c.font = '12px system-ui, sans-serif';
  c.textAlign = 'center';
  c.textBaseline = 'top';
  c.lineJoin = 'round';
  c.lineWidth = 3;
  c.strokeStyle = colours.ground;
  c.fillStyle = colours.muted;
  const taken: Box[] = [];
  // Where there is no room for two names, that of the fuller home is read.
  for (const home of scene.homes.toSorted((a, b) => b.subscribers - a.subscribers)) {
    const { x, y } = toScreen(view, size, home.at);
    if (x < -80 || y < -40 || x > size.width + 80 || y > size.height + 40) continue;
    const below = y + radiusOf(home.subscribers, view.scale) + 4;
    const half = c.measureText(home.name).width / 2 + 4;
    const box = { left: x - half, right: x + half, top: below - 2, bottom: below + 15 };
    if (taken.some((t) => t.left < box.right && t.right > box.left && t.top < box.bottom && t.bottom > box.top)) continue;
    taken.push(box);
    c.strokeText(home.name, x, below);
    c.fillText(home.name, x, below);
  }
}

function paintSelected(c: Context, { x, y }: Point, home: PlacedHome, scale: number, colours: Colours): void {
  c.beginPath();
  c.arc(x, y, radiusOf(home.subscribers, scale) + 5, 0, 7);
  c.lineWidth = 2.5;
  c.strokeStyle = colours.accent;
  c.stroke();
}

export function paintMoving(c: Context, steps: readonly Step[], view: View, size: Size, colours: Colours): void {
  c.clearRect(0, 0, size.width, size.height);
  c.lineCap = 'round';
  for (const { at, tail, success, arrived } of steps) {
    const [p, t] = [toScreen(view, size, at), toScreen(view, size, tail)];
    const colour = success ? colours.walker : colours.failed;
    if (arrived === 0) {
      c.globalAlpha = 0.45;
      c.strokeStyle = colour;
      c.lineWidth = 3;
      c.beginPath();
      c.moveTo(t.x, t.y);
      c.lineTo(p.x, p.y);
      c.stroke();
      c.globalAlpha = 1;
      c.fillStyle = colour;
      c.beginPath();
      c.arc(p.x, p.y, 3.6, 0, 7);
      c.fill();
    } else {
      c.globalAlpha = 1 - arrived;
      c.strokeStyle = colour;
      c.lineWidth = 2;
      c.beginPath();
      c.arc(p.x, p.y, 5 + arrived * 13, 0, 7);
      c.stroke();
      if (!success) {
        c.beginPath();
        c.moveTo(p.x - 5, p.y - 5);
        c.lineTo(p.x + 5, p.y + 5);
        c.moveTo(p.x + 5, p.y - 5);
        c.lineTo(p.x - 5, p.y + 5);
        c.stroke();
      }
    }
  }
  c.globalAlpha = 1;
}
