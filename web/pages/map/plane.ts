/** From latitude and longitude to metres, from metres to pixels, and back. Pure. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
/** What is seen: the plane's point in the middle, and pixels a metre. */
export interface View extends Point {
  readonly scale: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const METRES_A_DEGREE = 111_320;
export const LEAST_SCALE = 0.01;
export const MOST_SCALE = 20;

/** Metres east and south of the middle of all positions: a town is small enough to be flat. */
export function toPlane<T extends { readonly position?: { readonly latitude: number; readonly longitude: number } | undefined }>(items: readonly T[]): Map<T, Point> {
  const placed = items.filter((i) => i.position);
  const mean = (of: 'latitude' | 'longitude') => placed.reduce((sum, i) => sum + (i.position?.[of] ?? 0), 0) / Math.max(1, placed.length);
  const [latitude, longitude] = [mean('latitude'), mean('longitude')];
  const narrowing = Math.cos((latitude * Math.PI) / 180);
  return new Map(placed.map((i) => [i, { x: ((i.position?.longitude ?? 0) - longitude) * METRES_A_DEGREE * narrowing, y: (latitude - (i.position?.latitude ?? 0)) * METRES_A_DEGREE }]));
}

export function boxOf(points: Iterable<Point>): Box {
  let box: Box | undefined;
  for (const { x, y } of points) box = box ? { left: Math.min(box.left, x), right: Math.max(box.right, x), top: Math.min(box.top, y), bottom: Math.max(box.bottom, y) } : { left: x, right: x, top: y, bottom: y };
  return box ?? { left: -100, right: 100, top: -100, bottom: 100 };
}

/** All of the box with a margin. */
export function fit({ left, right, top, bottom }: Box, { width, height }: Size, margin = 48): View {
  const scale = Math.min((width - 2 * margin) / Math.max(1, right - left), (height - 2 * margin) / Math.max(1, bottom - top));
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale: bounded(scale) };
}
const bounded = (scale: number): number => Math.min(MOST_SCALE, Math.max(LEAST_SCALE, scale));

export const toScreen = (view: View, size: Size, { x, y }: Point): Point => ({ x: (x - view.x) * view.scale + size.width / 2, y: (y - view.y) * view.scale + size.height / 2 });
export const toWorld = (view: View, size: Size, { x, y }: Point): Point => ({ x: (x - size.width / 2) / view.scale + view.x, y: (y - size.height / 2) / view.scale + view.y });

/** @param pixels how far what is seen is pushed */
export const pan = (view: View, pixels: Point): View => ({ ...view, x: view.x - pixels.x / view.scale, y: view.y - pixels.y / view.scale });

/** What is under `at` stays under it. */
export function zoom(view: View, size: Size, factor: number, at: Point = { x: size.width / 2, y: size.height / 2 }): View {
  const scale = bounded(view.scale * factor);
  const held = toWorld(view, size, at);
  return { scale, x: held.x - (at.x - size.width / 2) / scale, y: held.y - (at.y - size.height / 2) / scale };
}

/** A round distance that is at most so many pixels long. */
export function scaleBar(scale: number, most: number): { readonly metres: number; readonly pixels: number } {
  const power = 10 ** Math.floor(Math.log10(most / scale));
  const metres = [5, 2, 1].map((f) => f * power).find((m) => m * scale <= most) ?? power;
  return { metres, pixels: metres * scale };
}
