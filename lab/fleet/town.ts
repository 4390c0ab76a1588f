/** A town that is on no map: streets of homes, and who is next door. Pure. */

/** Between two homes. */
const METRES = 140;
const METRES_PER_DEGREE = 111_320;
/** In the middle of an ocean, so that nobody's street is meant. */
const CENTRE = { latitude: 44, longitude: -31 } as const;
const STREETS = ['Alder', 'Birch', 'Cedar', 'Dogwood', 'Elm', 'Fir', 'Ginkgo', 'Hazel', 'Ivy', 'Juniper', 'Laurel', 'Maple', 'Oak', 'Pine', 'Rowan', 'Spruce', 'Thorn', 'Willow'] as const;
/** A large town has streets of the same name. */
const ROUNDS = ['', 'New ', 'Old ', 'Far '] as const;
const QUARTERS = [
  { id: 'north-west', name: 'North-west' },
  { id: 'north-east', name: 'North-east' },
  { id: 'south-west', name: 'South-west' },
  { id: 'south-east', name: 'South-east' },
] as const;

export interface Place {
  /** Such as `12 Elm St`. */
  readonly name: string;
  /** A quarter of the town: the group of its home. */
  readonly group: (typeof QUARTERS)[number]['id'];
  readonly position: { readonly latitude: number; readonly longitude: number };
  /** Indexes of the homes next door; everybody has at least one, if there are two homes. */
  readonly neighbours: readonly number[];
}

export const quarters = QUARTERS;

/** As square as it can be. */
export function townOf(homes: number): readonly Place[] {
  const columns = Math.ceil(Math.sqrt(homes));
  const rows = Math.ceil(homes / columns);
  return Array.from({ length: homes }, (_, i): Place => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const quarter = QUARTERS[(row * 2 < rows ? 0 : 2) + (column * 2 < columns ? 0 : 1)] ?? QUARTERS[0];
    const round = ROUNDS[Math.floor(row / STREETS.length)] ?? '';
    // Houses stand at their streets, not on a grid.
    const [north, east] = [rows / 2 - row + aside(i, 1), column - columns / 2 + aside(i, 2)].map((steps) => steps * METRES) as [number, number];
    const beside = [i - columns, i + columns, ...(column > 0 ? [i - 1] : []), ...(column < columns - 1 ? [i + 1] : [])];
    return {
      name: `${column + 1} ${round}${STREETS[row % STREETS.length]} St`,
      group: quarter.id,
      position: { latitude: CENTRE.latitude + north / METRES_PER_DEGREE, longitude: CENTRE.longitude + east / (METRES_PER_DEGREE * Math.cos((CENTRE.latitude * Math.PI) / 180)) },
      neighbours: beside.filter((n) => n >= 0 && n < homes),
    };
  });
}

/** From -0.3 to 0.3 of the way to the next home, always the same. */
function aside(i: number, salt: number): number {
  const x = Math.sin(i * 12.9898 + salt * 78.233) * 43_758.5453;
  return (x - Math.floor(x) - 0.5) * 0.6;
}
