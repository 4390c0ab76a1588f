/** The one command: `roamstead agent | lma | lab | show … | help`. Each part explains itself with --help. */
import { ConfigError } from '../runtime/config.ts';
import { agentCommand } from './agent.ts';
import { lmaCommand } from './lma.ts';
import { showCommand } from './show.ts';
import { Usage, type Command } from './usage.ts';

const HELP = `roamstead: Proxy Mobile IPv6 for community Wi-Fi

  roamstead agent --config FILE    the home gateway (MAG)
  roamstead lma --config FILE      the local mobility anchor
  roamstead lab [options]          homes, phones and an anchor in network namespaces
  roamstead show ...               what a running process knows
      show ipv6 mobile pmipv6 mag binding | globals | stats
      show lma-service session
      show lma statistics
  roamstead clear ipv6 mobile pmipv6 mag denied

Add --help to any of them. Words may be abbreviated as long as they are unambiguous.
`;

const commands: Readonly<Record<string, Command>> = {
  agent: agentCommand,
  lma: lmaCommand,
  lab: async (args) => (await import('../lab/main.ts')).runLab(args),
  show: (args) => showCommand('show', args),
  clear: (args) => showCommand('clear', args),
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  return commandNamed(name)(args);
}

function commandNamed(name: string): Command {
  const fits = Object.entries(commands).filter(([full]) => full.startsWith(name));
  const [only] = fits.length === 1 ? fits : fits.filter(([full]) => full === name);
  if (!only) throw new Usage(`${fits.length > 1 ? `ambiguous command "${name}": ${fits.map(([full]) => full).join(' or ')}` : `unknown command "${name}"`}\n\n${HELP}`);
  return only[1];
}

// Whoever read us is gone (`show … | head`, a log collector that died): that ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (e: unknown) => {
    const error = e instanceof Error ? e : new Error(String(e));
    process.stderr.write(`roamstead: ${error.message}\n`);
    if (process.env['ROAMSTEAD_TRACE'] && error.stack) process.stderr.write(`${error.stack}\n`);
    process.exit(error instanceof Usage || error instanceof ConfigError ? 2 : 1);
  },
);
