/** The one command from its words to its exit code: `roamstead agent | lma | lab | show … | debug … | help`. Each part explains itself with --help. */
import { ConfigError } from '../runtime/config.ts';
import { nearest } from '../runtime/nearest.ts';
import { listed } from './commands.ts';
import { runWords, VERBS } from './run.ts';
import { Usage, type Command } from './usage.ts';

const HELP = `roamstead: Proxy Mobile IPv6 for community Wi-Fi

  roamstead agent --config FILE    the home gateway (MAG)
  roamstead lma --config FILE      the local mobility anchor
  roamstead cloud --config FILE    the fleet: dashboard, broker, and the anchor beside them
  roamstead lab [options]          homes, phones and an anchor in network namespaces
  roamstead capture [host ADDRESS] [nai NAI] [type TYPE] [count N] [for TIME] [to FILE]
  roamstead import ios FILE...      configurations of a Cisco MAG or LMA, in our form
  roamstead version

Of a running process:
${listed.map((c) => `  roamstead ${c.words}`).join('\n')}

Words may be abbreviated as long as they are unambiguous; "?" as the last word tells what can follow, --help more of each.
`;

/** What only one of them needs is loaded by that one. */
const commands: Readonly<Record<string, Command>> = {
  agent: async (args) => (await import('./agent.ts')).agentCommand(args),
  lma: async (args) => (await import('./lma.ts')).lmaCommand(args),
  cloud: async (args) => (await import('./cloud.ts')).cloudCommand(args),
  capture: async (args) => (await import('./capture.ts')).captureCommand(args),
  import: async (args) => (await import('./import.ts')).importCommand(args),
  lab: async (args) => (await import('../lab/main.ts')).runLab(args),
  ...Object.fromEntries(VERBS.map((verb): [string, Command] => [verb, (args) => runWords(verb, args)])),
  version: (args) => runWords('show', ['version', ...args]),
};

/** Resolves to the exit code; what it throws, `complain` says. */
export async function runCommand([first, ...rest]: readonly string[]): Promise<number> {
  if (first === undefined || first === 'help' || first === '?' || first === '--help' || first === '-h') {
    process.stdout.write(HELP);
    return first === undefined ? 2 : 0;
  }
  // A whole command may come as one argument: roamstead "show ip dhcp binding | include mn-".
  const [name = '', ...words] = first.split(' ');
  return commandNamed(name)([...words, ...rest]);
}

function commandNamed(name: string): Command {
  const names = Object.keys(commands);
  const fits = names.filter((full) => full.startsWith(name));
  const chosen = fits.length === 1 ? fits[0] : names.find((full) => full === name);
  const command = chosen === undefined ? undefined : commands[chosen];
  if (command) return command;
  if (fits.length > 1) throw new Usage(`ambiguous command "${name}": ${fits.join(' or ')}\n\n${HELP}`);
  const near = nearest(names, name);
  throw new Usage(`unknown command "${name}"${near === undefined ? '' : `: did you mean "${near}"?`}\n\n${HELP}`);
}

/** Says on stderr why it ended, and returns the exit code: 2 for what cannot be understood, 1 for what failed. */
export function complain(reason: unknown): number {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  process.stderr.write(`roamstead: ${error.message}\n`);
  if (process.env['ROAMSTEAD_TRACE'] && error.stack) process.stderr.write(`${error.stack}\n`);
  return error instanceof Usage || error instanceof ConfigError ? 2 : 1;
}
