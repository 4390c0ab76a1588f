/** The agent's configuration from a YAML file; a gateway that runs by UCI does not load this. */
import { loadConfig } from '../runtime/configFile.ts';
import { agentSchema, type AgentConfig } from './config.ts';
import { problemsOf } from './configCheck.ts';

/** @throws ConfigError with file, line, what was expected and what was found */
export const loadAgentConfig = (file: string): AgentConfig => loadConfig(file, agentSchema, problemsOf);
