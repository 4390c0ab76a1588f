/** The process of the one command. */
import { runCommand } from './command.ts';
import { start } from './start.ts';

start(runCommand);
