/**
 * The configuration that the gateway works with: its file, over it the fleet's documents, and what the home's owner allows where
 * that is less. With it, what of the documents cannot be, and what is not as it says.
 */
import * as v from 'valibot';
import { checkDocument, type DocumentOf } from '../../runtime/fleet/documents.ts';
import type { Problem } from '../../runtime/fleet/messages.ts';
import type { Concern } from '../../runtime/fleet/topics.ts';
import { defaultProfile, type AgentConfig } from '../config.ts';
import { limitsUnder, type Ability, type Overlaid } from './limits.ts';
import type { Documents } from './ports.ts';
import type { Cap } from './sharing.ts';

type Found = Record<Concern, Problem[]>;
const nothing = (): Found => ({ profiles: [], timers: [], lmas: [], limits: [] });
const only = (found: Found): Overlaid['refused'] => Object.fromEntries(Object.entries(found).filter(([, problems]) => problems.length > 0));

export function overlay(base: AgentConfig, documents: Documents, cap: Cap = {}, ability?: Ability): Overlaid {
  const refused = nothing();
  const limited = nothing();
  /** As its words mean it: `5 Mbit/s` is a number by now. */
  const of = <C extends Concern>(concern: C): DocumentOf<C> => {
    const checked = checkDocument(concern, documents[concern]?.document ?? {});
    if (checked.ok) return checked.document;
    refused[concern].push(...checked.problems);
    return {};
  };
  const { profiles, lmas, timers, limits } = { profiles: of('profiles'), lmas: of('lmas'), timers: of('timers'), limits: of('limits') };

  const config: AgentConfig = {
    ...base,
    'local-mobility-anchors': lmas['local-mobility-anchors'] ?? base['local-mobility-anchors'],
    'default-profiles': profilesOver(base, profiles),
    interfaces: base.interfaces.map((i) => ({ ...i, ...ownProperty(profiles.interfaces, i.name, 'default-profile') })),
    timers: over(base.timers, timers.timers),
    'discover-mn-detach': over(base['discover-mn-detach'], timers['discover-mn-detach']),
    heartbeat: over(base.heartbeat, timers.heartbeat),
    'max-bindings': limits['max-bindings'] ?? base['max-bindings'],
    'host-first': over(base['host-first'], limits['host-first']),
  };
  checkTimers(config, refused.timers);
  checkInterfaces(config, profiles, refused.profiles, limited.profiles);
  checkAnchors(config, refused, limited);
  return { config: { ...config, ...limitsUnder(config, cap, ability, documents.limits !== undefined, limited.limits) }, refused: only(refused), limited: only(limited) };
}

/** Objects merge by key. */
const over = <T extends object>(below: T, above: { readonly [K in keyof T]?: T[K] | undefined } = {}): T =>
  Object.assign({ ...below }, Object.fromEntries(Object.entries(above).filter(([, value]) => value !== undefined)));

const ownProperty = <K extends string>(record: Readonly<Record<string, string>> | undefined, name: string, as: K): Partial<Record<K, string>> =>
  record && Object.hasOwn(record, name) ? ({ [as]: record[name] } as Record<K, string>) : {};

/** Objects merge by key: what the fleet does not say of a profile, the file says. */
function profilesOver(base: AgentConfig, { 'default-profiles': over = {} }: DocumentOf<'profiles'>): AgentConfig['default-profiles'] {
  const merged = Object.entries(over).map(([name, fields]) => [name, v.parse(defaultProfile, { ...base['default-profiles'][name], ...fields })] as const);
  return { ...base['default-profiles'], ...Object.fromEntries(merged) };
}

function checkTimers({ timers }: AgentConfig, refused: Problem[]): void {
  const { 'initial-retransmit-time': initial, 'max-retransmit-time': most } = timers;
  if (initial > most) refused.push({ path: 'timers.max-retransmit-time', reason: `expected no less than initial-retransmit-time (${initial}), found ${most}` });
}

function checkInterfaces(config: AgentConfig, { interfaces = {} }: DocumentOf<'profiles'>, refused: Problem[], limited: Problem[]): void {
  for (const [name, profile] of Object.entries(interfaces)) {
    const path = `interfaces.${name}`;
    if (!config.interfaces.some((i) => i.name === name)) limited.push({ path, reason: `this gateway has no such interface (it has ${config.interfaces.map((i) => i.name).join(', ')})`, substitution: 'it is left out' });
    else if (!Object.hasOwn(config['default-profiles'], profile)) refused.push({ path, reason: `expected one of the default-profiles (${Object.keys(config['default-profiles']).join(', ') || 'there is none'}), found ${profile}` });
  }
}

/** A profile without any LMA that is there would keep its phones out: whoever brings that is refused, the list or the profile. */
function checkAnchors(config: AgentConfig, refused: Found, limited: Found): void {
  const known = config['local-mobility-anchors'].map((l) => l.id);
  if (known.length === 0) return;
  for (const [name, { lma }] of Object.entries(config['default-profiles'])) {
    const named = [lma].flat();
    const missing = named.filter((id) => !known.includes(id));
    if (missing.length === 0) continue;
    const reason = `${missing.join(', ')} is not among the local-mobility-anchors (${known.join(', ')})`;
    const path = `default-profiles.${name}.lma`;
    if (missing.length < named.length) limited.profiles.push({ path, reason, substitution: named.filter((id) => known.includes(id)).join(', ') });
    else {
      refused.profiles.push({ path, reason });
      refused.lmas.push({ path: 'local-mobility-anchors', reason: `the default profile ${name} names ${named.join(', ')} alone` });
    }
  }
}
