/** What the schema of the AAA part cannot say. */
import type { Problem } from '../../runtime/config.ts';
import { hasOneSecret, ONE_SECRET } from '../../runtime/radius/config.ts';
import type { AgentConfig } from '../config.ts';
import { twice, unless, type Path } from '../problem.ts';
import { asksRadius, profileMode } from './config.ts';

export function aaaProblems(c: AgentConfig): Problem[] {
  const clients = c['dynamic-authorization']?.clients ?? [];
  return [
    ...c.interfaces.flatMap((_, i) => sources(c, i)),
    ...c['radius-servers'].flatMap((s, i) => oneSecret(s, ['radius-servers', i])),
    ...clients.flatMap((client, i) => oneSecret(client, ['dynamic-authorization', 'clients', i])),
    ...twice(c['radius-servers'], (s) => `${s.address} with auth-port ${s['auth-port']}`, (i) => ['radius-servers', i, 'address']),
    ...twice(clients, (client) => client.address, (i) => ['dynamic-authorization', 'clients', i, 'address']),
    ...unless(c.radius.accounting === 'none' || c['radius-servers'].length > 0, ['radius', 'accounting'], 'there are no radius-servers that accounting could go to'),
    ...unless(c['profile-cache'].age <= c['profile-cache']['age-without-radius'], ['profile-cache', 'age'], `expected no more than age-without-radius (${c['profile-cache']['age-without-radius']}), found ${c['profile-cache'].age}`),
  ];
}

function sources(c: AgentConfig, i: number): Problem[] {
  const a = c.interfaces[i] as AgentConfig['interfaces'][number];
  const mode = profileMode(c, a);
  const said: Path = a['mn-profile'] === undefined ? ['mn-profile-load-aaa'] : ['interfaces', i, 'mn-profile'];
  const needsDefault = mode === 'default' || mode === 'radius-or-default';
  return [
    ...unless(!asksRadius(mode) || c['radius-servers'].length > 0, said, `${a.name} asks RADIUS for profiles, but there are no radius-servers`),
    ...unless(!needsDefault || a['default-profile'] !== undefined, said, `${a.name} has no default-profile`),
    ...unless(mode !== 'local' || c.profiles.length > 0, said, `${a.name} takes profiles from the local list, but there are no profiles`),
  ];
}

const oneSecret = (s: Parameters<typeof hasOneSecret>[0], path: Path): Problem[] => unless(hasOneSecret(s), path, ONE_SECRET);
