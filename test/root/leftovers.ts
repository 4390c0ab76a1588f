/** Before the tests that need root: what is left of a run that was killed goes. Names of its namespaces and folders end with, or hold, the number of the process that made them. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alive, clearAll, namespacesHere } from '../../lab/namespaces.ts';
import { repository } from '../../lab/paths.ts';

/** `rsdp-w-home1-5850`, `rsdp-contract-16615-33`, `rssh-5499-phone`, `rnll77`, `rwa812n2`. */
const NAMESPACE = /^(?:rsnat|(?:rsk|rnl|rap|rne|rssh-)[lr]|rw[as]|rs(?:dp|sh|iso|kg)-(?:[a-z]+\d*-)*)(\d+)(?:-\w+|n\d+)?$/;
const BUILT = /^(?:shell-|test-controller-)(\d+)(?:\.mjs)?$/;

const leftBy = (pattern: RegExp) => (name: string): boolean => {
  const pid = Number(pattern.exec(name)?.[1]);
  return pid > 0 && !alive(pid);
};

export default function clearLeftovers(): void {
  clearAll(namespacesHere().filter(leftBy(NAMESPACE)));
  const build = join(repository, 'build');
  for (const name of (existsSync(build) ? readdirSync(build) : []).filter(leftBy(BUILT))) rmSync(join(build, name), { recursive: true });
}
