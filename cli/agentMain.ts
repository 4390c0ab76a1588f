/** The process on a gateway. The agent, which stays in memory, begins with its whole word, and loads no words of those who ask it. */
import { start } from './start.ts';

start(async (args) => {
  const [first, ...rest] = args;
  return first === 'agent' ? (await import('./agent.ts')).agentCommand(rest) : (await import('./gatewayCommand.ts')).runGatewayCommand(args);
});
