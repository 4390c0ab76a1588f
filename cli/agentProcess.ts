/** The gateway until a signal comes, by a YAML file or by OpenWrt's own configuration. */
import type { AgentConfig } from '../agent/config.ts';
import { runAgent } from '../agent/main.ts';
import { createRehearsal } from '../agent/rehearsal.ts';
import type { Errand } from './agentUci.ts';
import { daemon, type Command } from './usage.ts';
import { version } from './version.ts';

async function files({ radsec }: AgentConfig): Promise<void> {
  if (radsec) (await import('../agent/aaa/radsecConfig.ts')).radsecOptions(radsec);
}

const gateway = { files, run: (config: AgentConfig) => runAgent(config, version().roamstead), keepForwarding: true, rehearsal: createRehearsal };

export const agentProcess = (help: string): Command => daemon({ help, load: async (file) => (await import('../agent/configFile.ts')).loadAgentConfig(file), ...gateway });

/** What follows `--uci`: only a gateway on OpenWrt loads it. */
export const uciProcess = async (folder: string, how: Errand): Promise<number> => (await import('./agentUci.ts')).runUci(folder, how, gateway);
