/** A place as people paste it from a map: `48.1374, 11.5755`. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** undefined when it is none: two decimal numbers, latitude first, with a comma or spaces between them. */
export function placeOf(text: string): Place | undefined {
  const found = /^\s*(-?\d{1,2}(?:\.\d+)?)(?:\s*,\s*|\s+)(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  if (!found) return undefined;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}
