/** The one command: `roamstead agent | lma | cloud | lab | show … | debug … | help`. */
import { commands } from './commands.ts';
import { listed } from './phrases/kinds.ts';
import { printers } from './printers/index.ts';
import { runProgram, verbs, type Program } from './program.ts';
import { runWords, type Language } from './run.ts';

const HELP = `roamstead: Proxy Mobile IPv6 for community Wi-Fi

  roamstead agent --config FILE    the home gateway (MAG)
  roamstead agent status | pause | resume | cap ... | unclaim
  roamstead lma --config FILE      the local mobility anchor
  roamstead cloud --config FILE    the fleet: dashboard, broker, and the anchor beside them
  roamstead lab [options]          homes, phones and an anchor in network namespaces
  roamstead capture [host ADDRESS] [nai NAI] [type TYPE] [count N] [for TIME] [to FILE]
  roamstead import ios FILE...     configurations of a Cisco MAG or LMA, in our form
  roamstead version

Of a running process:
${listed(commands).map((c) => `  roamstead ${c.words}`).join('\n')}

Words may be abbreviated as long as they are unambiguous; "?" as the last word tells what can follow, --help more of each.
`;

const language: Language = { commands, printers };

/** What only one of them needs is loaded by that one. */
const program: Program = {
  help: HELP,
  commands: {
    agent: async (args) => (await import('./agent.ts')).agentCommand(args),
    lma: async (args) => (await import('./lma.ts')).lmaCommand(args),
    cloud: async (args) => (await import('./cloud.ts')).cloudCommand(args),
    capture: async (args) => (await import('./capture.ts')).captureCommand(args),
    import: async (args) => (await import('./import.ts')).importCommand(args),
    lab: async (args) => (await import('../lab/main.ts')).runLab(args),
    ...verbs(language),
    version: (args) => runWords(language, 'show', ['version', ...args]),
  },
};

/** Resolves to the exit code; what it throws, `complain` says. */
export const runCommand = (args: readonly string[]): Promise<number> => runProgram(program, args);
