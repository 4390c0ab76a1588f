/** What the home's owner decides about sharing; the fleet cannot raise it. On disk, at once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { issueWords, pathOf } from '../../runtime/config.ts';
import { writeDurably } from '../../runtime/durableJson.ts';
import { hostFirstEntries } from '../../runtime/fleet/documents.ts';

const cap = v.partial(v.strictObject(hostFirstEntries));
const file = v.strictObject({ paused: v.boolean(), cap });

/** At most so many guests, and for all of them together so many bits per second. */
export type Cap = Readonly<{ 'maximum-guests'?: number | undefined; 'up-rate'?: number | undefined; 'down-rate'?: number | undefined }>;

export interface Sharing {
  readonly paused: boolean;
  readonly cap: Cap;
}

export interface OwnersWord {
  readonly sharing: Sharing;
  /** Counts at once; resolves when it is on the disk. @throws Error in words when it is not: then it lasts until the agent ends */
  set(sharing: Partial<Sharing>): Promise<void>;
}

const NOTHING: Sharing = { paused: false, cap: {} };

export function openSharing(folder: string, onError: (error: Error) => void): OwnersWord {
  const path = join(folder, 'sharing.json');
  let sharing = read(path, onError);
  let turn = Promise.resolve();
  return {
    get sharing() {
      return sharing;
    },
    set(changed) {
      sharing = { ...sharing, ...changed };
      const written = turn.then(() => writeDurably(path, JSON.stringify(sharing)));
      turn = written.catch(() => undefined);
      return written;
    },
  };
}

/** Whoever paused and cannot be read paused: nobody is let in against the owner's will. */
function read(path: string, onError: (error: Error) => void): Sharing {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING;
    onError(new Error(`${path} cannot be read, so sharing is paused: ${(e as Error).message}`));
    return { ...NOTHING, paused: true };
  }
  try {
    return v.parse(file, JSON.parse(text));
  } catch (e) {
    onError(new Error(`${path} is not what this agent wrote, so sharing is paused until "roamstead agent resume": ${(e as Error).message}`));
    return { ...NOTHING, paused: true };
  }
}

/** Of the request of `roamstead agent cap`. @throws Error in words */
export function capIn(given: Readonly<Record<string, unknown>>): Cap {
  const { command: _, ...wanted } = given;
  const result = v.safeParse(cap, wanted);
  if (!result.success) throw new Error(result.issues.map((issue) => `${pathOf(issue).join('.')}: ${issueWords(cap, issue)}`).join('; '));
  return result.output;
}
