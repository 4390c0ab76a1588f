/** The process of the one command. */
import { runCommand } from './command.ts';
import { start } from './program.ts';

start(runCommand);
