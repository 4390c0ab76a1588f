/** The gateway until a signal comes. */
import { radsecOptions } from '../agent/aaa/config.ts';
import { loadAgentConfig } from '../agent/config.ts';
import { runAgent } from '../agent/main.ts';
import { createRehearsal } from '../agent/rehearsal.ts';
import { daemon, type Command } from './usage.ts';
import { version } from './version.ts';

export const agentProcess = (help: string): Command =>
  daemon({ help, load: loadAgentConfig, files: (config) => void radsecOptions(config), run: (config) => runAgent(config, version().roamstead), rehearsal: createRehearsal });
