/** A commit as both stores take it: checked and turned into JSON at once, so that what its caller does with the records later does not matter. */
import { FleetStoreError, type Change, type FleetStore, type StreamQuery } from '../ports.ts';

/** `text`: the record as JSON; of a line without `number` and `at`. */
export type Step =
  | { readonly kind: 'put'; readonly name: string; readonly id: string; readonly text: string }
  | { readonly kind: 'remove'; readonly name: string; readonly id: string }
  | { readonly kind: 'append'; readonly name: string; readonly at: number; readonly text: string; readonly number: number | undefined }
  | { readonly kind: 'drop'; readonly name: string; readonly numbers: readonly number[] };

/** One that can be moved: it knows all that it has. */
export interface WholeStore extends FleetStore {
  names(): Promise<{ readonly collections: readonly string[]; readonly streams: readonly string[] }>;
}

/** A step whose line has its number. */
export type Numbered = Exclude<Step, { readonly kind: 'append' }> | (Extract<Step, { readonly kind: 'append' }> & { readonly number: number });

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const LONGEST_ID = 500;

/** @throws FleetStoreError in words */
export const stepsOf = (changes: readonly Change[]): Step[] => changes.map(stepOf);

function stepOf(change: Change): Step {
  if ('put' in change) return { kind: 'put', name: named(change.put), id: idOf(change.record.id), text: jsonOf(change.record) };
  if ('remove' in change) return { kind: 'remove', name: named(change.remove), id: idOf(change.id) };
  if ('drop' in change) return { kind: 'drop', name: named(change.drop), numbers: [...change.numbers] };
  const { at, number: _, ...rest } = change.record as { readonly at: number; readonly number?: unknown };
  if (!Number.isFinite(at)) throw new FleetStoreError(`a line of ${change.append} has no time`);
  return { kind: 'append', name: named(change.append), at, text: jsonOf(rest), number: change.number };
}

/** A collection or a stream. @throws FleetStoreError */
export function named(name: string): string {
  if (!NAME.test(name)) throw new FleetStoreError(`"${name}" cannot be the name of a collection or a stream`);
  return name;
}

function idOf(id: unknown): string {
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID || /\0|\p{Surrogate}/u.test(id)) throw new FleetStoreError(`a record needs an id of 1 to ${LONGEST_ID} characters, none of them U+0000 or half a character`);
  return id;
}

function jsonOf(record: unknown): string {
  try {
    return JSON.stringify(record);
  } catch (e) {
    throw new FleetStoreError(`a record is no JSON: ${(e as Error).message}`, { cause: e });
  }
}

/** Every commit of a batch with the numbers of its lines, or why it cannot be, which costs the others nothing. */
export const planned = (batch: readonly (readonly Step[])[], last: Map<string, number>): (readonly Numbered[] | FleetStoreError)[] =>
  batch.map((steps) => {
    try {
      return numbered(steps, last);
    } catch (e) {
      return e as FleetStoreError;
    }
  });

/** Gives lines their numbers, each stream's last being `last`. Nothing is taken from `last` when it throws. @throws FleetStoreError */
function numbered(steps: readonly Step[], last: Map<string, number>): Numbered[] {
  const mine = new Map<string, number>();
  const all = steps.map((step): Numbered => {
    if (step.kind !== 'append') return step;
    const before = mine.get(step.name) ?? last.get(step.name) ?? 0;
    const number = step.number ?? before + 1;
    if (!Number.isSafeInteger(number) || number <= before) throw new FleetStoreError(`${step.name} has number ${before} already, and ${number} was to follow`);
    mine.set(step.name, number);
    return { ...step, number };
  });
  for (const [name, number] of mine) last.set(name, number);
  return all;
}

const WORD = /^[a-z0-9-]{8,64}$/;

/** @throws FleetStoreError for a word that one of the stores could not find */
export function mentionsOf({ mentions }: StreamQuery): readonly string[] | undefined {
  const odd = mentions?.find((word) => !WORD.test(word));
  if (odd !== undefined) throw new FleetStoreError(`"${odd}" cannot be looked for: words have 8 to 64 small letters, digits and hyphens`);
  return mentions;
}

/** Whether a record that is parsed has the fields that are asked for. */
export const hasFields = (record: Readonly<Record<string, unknown>>, where: NonNullable<StreamQuery['where']>): boolean =>
  Object.entries(where).every(([key, value]) => Object.hasOwn(record, key) && record[key] === value);
