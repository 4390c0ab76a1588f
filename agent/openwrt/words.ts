/** What the agent's configuration has to complain of, in the words of UCI: whoever edits /etc/config/roamstead has seen no others. */
import { SECTIONS, type Path } from './options.ts';

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(SECTIONS).flatMap(([type, { path, options }]) => [
    ...Object.entries(options).map(([name, row]): [string, string] => [String(row.path.at(-1)), name]),
    ...path.map((key): [string, string] => [String(key), `${type} sections`]),
  ]),
);

/** All keys of more than one word have a hyphen; what somebody wrote, and is quoted, is left alone. */
const KEY = /(?<!["\w-])[a-z\d]+(?:-[a-z\d]+)+(?!["\w-])/g;

/** Whole sections, which nobody looks for as options of another one. */
const MISSING: Readonly<Record<string, string>> = {
  interfaces: 'there is no config interface, so guests come in nowhere: service roamstead guest_network make',
  'local-mobility-anchors': 'there is neither config fleet nor config lma: one of them says who runs the network',
};

/** Of all sections of a kind, that there is none. */
export const missingSections = (path: Path): string | undefined => (path.length === 1 ? MISSING[String(path[0])] : undefined);

export const inUci = (message: string): string => message.replace(KEY, (key) => WORDS.get(key) ?? key);
