/** The two canvases and their clock: nothing is drawn while nothing changes, and one frame holds all that came since the last. */
import type { HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import { coloursOf, type Colours } from './colours.ts';
import { listenTo } from './gestures.ts';
import { paintMoving, paintStill, type Shown } from './paint.ts';
import { fit, toScreen, toWorld, zoom, type Point, type Size, type View } from './plane.ts';
import { homeAt, nextHome, type PlacedHome, type Scene } from './scene.ts';
import { WALK, createWalkers } from './walkers.ts';

export interface StageParts {
  /** Holds both canvases, takes keys and pointers. */
  readonly box: HTMLElement;
  readonly still: HTMLCanvasElement;
  readonly moving: HTMLCanvasElement;
  readonly onSelect: (home: string | undefined) => void;
  readonly onView: (view: View) => void;
}
export interface Stage {
  show(scene: Scene, shown: Shown): void;
  select(home: string | undefined): void;
  walk(handovers: readonly HandoverSummary[]): void;
  zoomBy(factor: number): void;
  whole(): void;
  /** The theme changed. */
  recolour(): void;
  close(): void;
}
/** Pixels beyond a home's edge that still mean it; fingers are thick. */
const REACH = 14;

export function createStage({ box, still, moving, onSelect, onView }: StageParts): Stage {
  const [stillContext, movingContext] = [still.getContext('2d', { alpha: false }), moving.getContext('2d')];
  const walkers = createWalkers();
  const quiet = matchMedia('(prefers-reduced-motion: reduce)');
  let size: Size = { width: 0, height: 0 };
  let view: View = { x: 0, y: 0, scale: 1 };
  let colours: Colours = coloursOf(box);
  let scene: Scene | undefined;
  let shown: Shown = { tunnels: false, neighbours: false, moves: false };
  let places = new Map<string, Point>();
  let selected: PlacedHome | undefined;
  let stale = true;
  let touched = false;
  let drawn = false;
  let asked = 0;

  const ask = (): void => {
    if (asked === 0) asked = requestAnimationFrame(frame);
  };
  const redraw = (): void => {
    stale = true;
    ask();
  };
  const look = (next: View): void => {
    view = next;
    touched = true;
    onView(view);
    redraw();
  };
  const whole = (): void => {
    if (!scene || size.width === 0) return;
    look(fit(scene.box, size, size.width < 600 ? 28 : 64));
    touched = false;
  };
  function frame(now: number): void {
    asked = 0;
    if (stale && scene && stillContext) {
      stale = false;
      paintStill(stillContext, { scene, view, size, colours, shown, selected });
    }
    if (!movingContext) return;
    if (walkers.busy || drawn) paintMoving(movingContext, walkers.step(now), view, size, colours);
    drawn = walkers.busy;
    if (drawn) ask();
  }

  const resize = (width: number, height: number): void => {
    size = { width, height };
    const ratio = Math.min(2, devicePixelRatio);
    for (const canvas of [still, moving]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.getContext('2d')?.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    if (touched) redraw();
    else whole();
  };
  resize(box.clientWidth, box.clientHeight);
  const watch = new ResizeObserver(([entry]) => {
    if (entry) resize(entry.contentRect.width, entry.contentRect.height);
  });
  watch.observe(box);

  const at = (point: Point): PlacedHome | undefined => scene && homeAt(scene.homes, (p) => toScreen(view, size, p), view.scale, point, REACH);
  /** The page answers with `select` when it has drawn; the next key may come before that, and steps on from here. */
  const choose = (home: PlacedHome | undefined): void => {
    selected = home;
    onSelect(home?.id);
  };
  const stop = listenTo(box, {
    view: () => view,
    size: () => size,
    look,
    whole,
    point: (point) => (box.style.cursor = at(point) ? 'pointer' : 'grab'),
    choose: (point) => choose(at(point)),
    step: (dx, dy) => choose(nextHome(scene?.homes ?? [], selected?.at ?? toWorld(view, size, { x: size.width / 2, y: size.height / 2 }), dx, dy) ?? selected),
  });

  return {
    show(next, wanted) {
      const first = !scene;
      scene = next;
      shown = wanted;
      places = new Map(next.homes.map((h) => [h.id, h.at]));
      selected = next.homes.find((h) => h.id === selected?.id);
      if (first || !touched) whole();
      redraw();
    },
    select(id) {
      selected = scene?.homes.find((h) => h.id === id);
      if (selected) {
        const { x, y } = toScreen(view, size, selected.at);
        if (x < 30 || y < 30 || x > size.width - 30 || y > size.height - 30) look({ ...view, ...selected.at });
      }
      redraw();
    },
    walk(handovers) {
      // Who does not want movement sees the arrivals.
      walkers.add(handovers, (home) => places.get(home), performance.now() - (quiet.matches ? WALK : 0));
      ask();
    },
    zoomBy(factor) {
      look(zoom(view, size, factor));
    },
    whole,
    recolour() {
      colours = coloursOf(box);
      redraw();
    },
    close() {
      cancelAnimationFrame(asked);
      watch.disconnect();
      stop();
    },
  };
}
