/** The agent's configuration from /etc/config: reads the files, and has the same schema and checks as YAML look at what they say. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { issueWords, pathOf } from '../../runtime/config.ts';
import { ConfigError } from '../../runtime/configError.ts';
import { agentSchema, type AgentConfig } from '../config.ts';
import { problemsOf } from '../configCheck.ts';
import { CREDENTIAL } from '../fleet/ports.ts';
import { SECRET_KEYS, type Path } from './options.ts';
import { render, type Found, type Rendered } from './render.ts';
import { NOTHING_LIVE, type Live, type Router } from './resolve.ts';
import { parseUci, type UciFile } from './uci.ts';
import { inUci, missingSections } from './words.ts';

export interface FromUci {
  /** `option enabled` */
  readonly enabled: boolean;
  readonly config: AgentConfig;
  /** What is worth a word, as `file:line: name: words`. */
  readonly notices: readonly string[];
  /** What netifd has to bring up first; until then names stand in place of devices. */
  readonly waits: readonly string[];
  /** The same as YAML would have it, without secrets. */
  readonly shown: Record<string, unknown>;
}

/** A file that is none of UCI's has one in each line, and the kernel hands no argument of more than 128 KiB to a command such as logger. */
const MOST_SAID = 50;

/** `folder`: /etc/config. @throws ConfigError with the problems found, a line each */
export function loadUci(folder: string, live: Live = NOTHING_LIVE): FromUci {
  const path = join(folder, 'roamstead');
  const file = read(path);
  if (!file) throw new ConfigError(`${path}: there is no such file`);
  const router: Router = { network: read(join(folder, 'network')), wireless: read(join(folder, 'wireless')), dhcp: read(join(folder, 'dhcp')) };
  const unreadable = (['network', 'wireless', 'dhcp'] as const).flatMap((name) => (router[name]?.problems ?? []).slice(0, 1).map((p) => `${join(folder, name)}:${p.line}: ${p.message}; OpenWrt takes nothing of a file with such a line`));
  const rendered = render(file, router, live, folder);
  const result = v.safeParse(agentSchema, rendered.tree);
  // What is missing may stand in a line that cannot be read.
  const asked = result.success ? problemsOf(result.output).map((p) => found(rendered, p.path, p.message)) : result.issues.filter(({ received }) => file.problems.length === 0 || received !== 'undefined').map((issue) => found(rendered, pathOf(issue), issueWords(agentSchema, issue)));
  const problems = [...rendered.problems, ...asked];
  if (!result.success || problems.length > 0) throw new ConfigError([...problems.slice(0, MOST_SAID).map(line), ...(problems.length > MOST_SAID ? [`and ${problems.length - MOST_SAID} more`] : [])].join('\n'));
  return { enabled: rendered.enabled, config: result.output, notices: [...rendered.notices.map(line), ...withoutProfiles(rendered, result.output), ...unreadableForClaim(rendered, result.output), ...unreadable, ...openToOthers(path, rendered)], waits: rendered.waits, shown: withoutSecrets(rendered.tree) };
}

function found(rendered: Rendered, path: Path, message: string): Found {
  const missing = missingSections(path);
  const place = rendered.placeOf(path);
  return missing === undefined ? { place, message: inUci(message) } : { place: { ...place, name: 'roamstead' }, message: missing };
}
const line = ({ place, message }: Found): string => `${place.file}:${place.line}: ${place.name}: ${message}`;

/** Interfaces at which nobody can have a profile. */
function withoutProfiles(rendered: Rendered, { fleet, interfaces, profiles, 'radius-servers': servers }: AgentConfig): string[] {
  if (fleet !== undefined || profiles.length > 0 || servers.length > 0) return [];
  const message = 'nobody is let in here: it has no option default_profile, no config profile lists a phone, and no RADIUS server is asked';
  return interfaces.flatMap((one, i) => (one['default-profile'] === undefined ? [line({ place: rendered.placeOf(['interfaces', i]), message })] : []));
}

/** Of the operator's two files, which a gateway needs until somebody has claimed it. */
function unreadableForClaim(rendered: Rendered, { fleet }: AgentConfig): string[] {
  if (fleet === undefined || existsSync(join(fleet['state-directory'], CREDENTIAL))) return [];
  return (['authority', 'claim-credential'] as const).flatMap((key) => {
    const file = fleet[key];
    const why = file === undefined ? undefined : whyNotRead(file);
    return why === undefined ? [] : [line({ place: rendered.placeOf(['fleet', key]), message: `${file} cannot be read: ${why}; it comes from the operator, and without it nobody can claim this gateway` })];
  });
}

function whyNotRead(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function read(path: string): UciFile | undefined {
  try {
    return parseUci(readFileSync(path, 'utf8'));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError(`${path}: cannot be read: ${(e as Error).message}`);
  }
}

/** A running home is not stopped for it: a restored backup may have lost the mode. */
function openToOthers(path: string, { tree }: Rendered): string[] {
  const { mode } = statSync(path);
  return (mode & 0o077) === 0 || !hasSecret(tree) ? [] : [`${path}: others than root can read it, and keys are in it: chmod 600 ${path}`];
}

const hasSecret = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.entries(value).some(([key, inner]) => SECRET_KEYS.has(key) || hasSecret(inner));

function withoutSecrets(tree: Record<string, unknown>): Record<string, unknown> {
  const hide = (value: unknown): unknown => (Array.isArray(value) ? value.map(hide) : typeof value === 'object' && value !== null ? withoutSecrets(value as Record<string, unknown>) : value);
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, SECRET_KEYS.has(key) ? '(hidden)' : hide(value)]));
}
