/** Pan and zoom by mouse, touch and keyboard, and what was pointed at. */
import { pan, zoom, type Point, type Size, type View } from './plane.ts';

export interface Gestures {
  readonly view: () => View;
  readonly size: () => Size;
  readonly look: (view: View) => void;
  /** Everything in sight again. */
  readonly whole: () => void;
  readonly point: (at: Point) => void;
  readonly choose: (at: Point) => void;
  /** The next home in this direction. */
  readonly step: (dx: number, dy: number) => void;
}

const KEY_PAN = 80;
const KEY_ZOOM = 1.3;
/** Pixels a pointer may move and still have clicked. */
const STILL = 5;
const ARROWS: Readonly<Record<string, Point>> = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

/** @returns how to stop listening */
export function listenTo(element: HTMLElement, on: Gestures): () => void {
  const pointers = new Map<number, Point>();
  let travelled = 0;
  const place = (e: PointerEvent | WheelEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  };
  const down = (e: PointerEvent): void => {
    if (pointers.size === 0) travelled = 0;
    pointers.set(e.pointerId, place(e));
    element.setPointerCapture(e.pointerId);
  };
  const move = (e: PointerEvent): void => {
    const now = place(e);
    const before = pointers.get(e.pointerId);
    if (!before) return on.point(now);
    const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
    pointers.set(e.pointerId, now);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (!other) return on.look(pan(on.view(), { x: now.x - before.x, y: now.y - before.y }));
    const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    const moved = pan(on.view(), { x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 });
    on.look(zoom(moved, on.size(), factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }));
  };
  const up = (e: PointerEvent): void => {
    if (pointers.delete(e.pointerId) && travelled < STILL && e.type === 'pointerup') on.choose(place(e));
  };
  const wheel = (e: WheelEvent): void => {
    e.preventDefault();
    on.look(zoom(on.view(), on.size(), Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0016)), place(e)));
  };
  const key = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const arrow = ARROWS[e.key];
    if (arrow && e.shiftKey) on.look(pan(on.view(), { x: -arrow.x * KEY_PAN, y: -arrow.y * KEY_PAN }));
    else if (arrow) on.step(arrow.x, arrow.y);
    else if (e.key === '+' || e.key === '=') on.look(zoom(on.view(), on.size(), KEY_ZOOM));
    else if (e.key === '-') on.look(zoom(on.view(), on.size(), 1 / KEY_ZOOM));
    else if (e.key === '0') on.whole();
    else return;
    e.preventDefault();
  };
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('keydown', key);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('wheel', wheel);
    element.removeEventListener('keydown', key);
  };
}
