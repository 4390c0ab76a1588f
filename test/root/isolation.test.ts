/** The matrix of docs/ISOLATION.md, with frames: each arrives without the wall, and with it is refused and counted, by both data paths. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHome, type Home } from '../isolation/home.ts';
import { MATRIX, type Fate, type Row } from '../isolation/rows.ts';
import { behindWall, withoutWall, type Counting, type Standing } from '../isolation/run.ts';
import { bpfWall, kernelWall, type Wall } from '../isolation/walls.ts';

const ROWS = MATRIX.flatMap((g) => g.rows);

/** There nobody counts what a bridge refuses. */
const apart = (fate: Fate): Fate => (fate === 'stationToStation' ? 'bridge' : fate);
const byNftables = (row: Row): Row => ({ ...row, attached: apart(row.attached), stranger: apart(row.kernelStranger ?? row.stranger) });

let home: Home;
beforeAll(async () => {
  home = makeHome('m');
  const { found, expected } = await withoutWall(home, ROWS);
  expect(found).toEqual(expected);
});
afterAll(() => home?.remove());

async function holds(standing: Standing, counting?: Counting, rows: readonly Row[] = ROWS): Promise<void> {
  const { found, expected } = await behindWall(home, rows, standing, counting);
  expect(found).toEqual(expected);
}

describe.each([
  ['the programs', bpfWall, ROWS],
  ['nftables and the kernel\'s rules', kernelWall, ROWS.filter((row) => !row.bpfOnly).map(byNftables)],
] as const)('with %s', (_, build, rows) => {
  let wall: Wall;
  beforeAll(() => {
    wall = build(home);
  });
  afterAll(() => wall.remove());

  test('a guest that is not attached is refused', () => holds('stranger', wall, rows));

  test('a guest that is attached is refused, but for its tunnel', async () => {
    wall.attach();
    await holds('attached', wall, rows);
  });

  test('a guest that was attached is refused', async () => {
    wall.detach();
    await holds('stranger', wall, rows);
  });

  test('the wall stands while the agent is gone', async () => {
    wall.attach();
    wall.abandon();
    try {
      await holds('attached', undefined, rows.filter((row) => row.attached !== 'passes'));
    } finally {
      wall = build(home);
    }
  });
});
