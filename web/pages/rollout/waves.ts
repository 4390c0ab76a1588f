/** How a rollout would go: sizes of its waves and the time that they are watched. Pure. */
export interface Pace {
  readonly canary: number;
  readonly ramp: number;
  /** Seconds */
  readonly watch: number;
}

/** Homes of each wave: the canary first, each further one `ramp` times as large. */
export function waveSizes(homes: number, { canary, ramp }: Pace): readonly number[] {
  const sizes: number[] = [];
  let left = homes;
  for (let size = Math.max(1, Math.floor(canary)); left > 0; size = Math.max(1, Math.floor(size * Math.max(1, ramp)))) {
    sizes.push(Math.min(size, left));
    left -= size;
  }
  return sizes;
}

/** Milliseconds that pass at least. */
export const leastTime = (homes: number, pace: Pace): number => waveSizes(homes, pace).length * pace.watch * 1000;

export interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}
export interface Alike {
  readonly changes: readonly Change[];
  readonly homes: readonly { readonly home: string; readonly name: string }[];
}
/** Homes for which the same changes: most of a fleet is one group, and what differs is seen. The largest first. */
export function alike(homes: readonly { readonly home: string; readonly name: string; readonly changes: readonly Change[] }[]): readonly Alike[] {
  const groups = new Map<string, { readonly changes: readonly Change[]; readonly homes: { readonly home: string; readonly name: string }[] }>();
  for (const { home, name, changes } of homes) {
    const key = JSON.stringify(changes);
    const group = groups.get(key);
    if (group) group.homes.push({ home, name });
    else groups.set(key, { changes, homes: [{ home, name }] });
  }
  return [...groups.values()].toSorted((a, b) => b.homes.length - a.homes.length);
}
