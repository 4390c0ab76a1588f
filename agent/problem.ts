/** Helpers of the configuration's checks: what is wrong, and where in the file. */
import type { Problem } from '../runtime/config.ts';

export type Path = Problem['path'];
export const problem = (path: Path, message: string): Problem => ({ path, message });
export const unless = (holds: boolean, path: Path, message: string): Problem[] => (holds ? [] : [problem(path, message)]);

/** Of each item whose name an earlier one has. */
export function twice<T>(all: readonly T[], nameOf: (item: T) => string, pathOf: (i: number) => Path): Problem[] {
  const names = all.map(nameOf);
  return names.flatMap((name, i) => unless(names.indexOf(name) === i, pathOf(i), `${name} stands there twice`));
}
