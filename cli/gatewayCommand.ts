/** The command as a gateway has it: the agent, and what is asked of one that runs. No cloud is in it. */
import { gatewayPhrases } from './phrases/gateway.ts';
import { bothPhrases } from './phrases/both.ts';
import { listed } from './phrases/kinds.ts';
import { bothPrinters } from './printers/both.ts';
import { gatewayPrinters } from './printers/gateway.ts';
import { runProgram, verbs, type Program } from './program.ts';
import { runWords, type Language } from './run.ts';

const language: Language = { commands: [...gatewayPhrases, ...bothPhrases], printers: { ...gatewayPrinters, ...bothPrinters } };

const HELP = `roamstead: the gateway of community Wi-Fi with Proxy Mobile IPv6

  roamstead agent --config FILE    the home gateway (MAG); --uci /etc/config on OpenWrt
  roamstead agent status | pause | resume | cap ... | unclaim
  roamstead capture [host ADDRESS] [nai NAI] [type TYPE] [count N] [for TIME] [to FILE]
  roamstead version

Of the running gateway:
${listed(language.commands).map((c) => `  roamstead ${c.words}`).join('\n')}

Words may be abbreviated as long as they are unambiguous; "?" as the last word tells what can follow, --help more of each.
`;

/** What only one of them needs is loaded by that one. */
const program: Program = {
  help: HELP,
  commands: {
    agent: async (args) => (await import('./agent.ts')).agentCommand(args),
    capture: async (args) => (await import('./capture.ts')).captureCommand(args),
    ...verbs(language),
    version: (args) => runWords(language, 'show', ['version', ...args]),
  },
};

/** Resolves to the exit code; what it throws, `complain` says. */
export const runGatewayCommand = (args: readonly string[]): Promise<number> => runProgram(program, args);
