/** A program's words: commands by name, abbreviated as long as one alone fits. Each explains itself with --help. */
import { nearest } from '../runtime/nearest.ts';
import { runWords, verbsOf, type Language } from './run.ts';
import { Usage, type Command } from './usage.ts';

export interface Program {
  readonly help: string;
  readonly commands: Readonly<Record<string, Command>>;
}

/** The verbs of running processes, as commands. */
export const verbs = (language: Language): Readonly<Record<string, Command>> => Object.fromEntries(verbsOf(language.commands).map((verb): [string, Command] => [verb, (args) => runWords(language, verb, args)]));

/** Resolves to the exit code; what it throws, `complain` says. */
export async function runProgram(program: Program, [first, ...rest]: readonly string[]): Promise<number> {
  if (first === undefined || first === 'help' || first === '?' || first === '--help' || first === '-h') {
    process.stdout.write(program.help);
    return first === undefined ? 2 : 0;
  }
  // A whole command may come as one argument: roamstead "show ip dhcp binding | include mn-".
  const [name = '', ...words] = first.split(' ');
  return commandNamed(program, name)([...words, ...rest]);
}

const MORE = '\n"roamstead --help" tells what there is';

/** Without the whole help, behind which the mistake would be out of sight. */
function commandNamed({ commands }: Program, name: string): Command {
  const names = Object.keys(commands);
  const fits = names.filter((full) => full.startsWith(name));
  const chosen = fits.length === 1 ? fits[0] : names.find((full) => full === name);
  const command = chosen === undefined ? undefined : commands[chosen];
  if (command) return command;
  if (fits.length > 1) throw new Usage(`ambiguous command "${name}": ${fits.join(' or ')}${MORE}`);
  const near = nearest(names, name);
  throw new Usage(`unknown command "${name}": ${near === undefined ? `there are ${names.join(', ')}` : `did you mean "${near}"?`}${MORE}`);
}
