/** Commands of the fleet: each once, none after its time, a result for each. */
import type { CommandResult } from '../../runtime/fleet/messages.ts';
import { brief } from './brief.ts';
import { commandIn } from './incoming.ts';
import type { CommandAnswer, CommandHandler, FleetState, World } from './ports.ts';

export interface CommandsOptions {
  readonly handlers: Readonly<Record<string, CommandHandler>>;
  readonly kept: Pick<FleetState, 'commands'>;
  /** The ids that are remembered are others now; resolves when that is on the disk. */
  readonly remember: (ids: readonly string[]) => Promise<void>;
  /** Resolves when the broker has it. */
  readonly answer: (id: string, result: CommandResult) => Promise<void>;
  readonly now: World['now'];
  readonly onError: (error: Error) => void;
}

/** Ids that are remembered: the broker repeats what was not acknowledged, also after a restart. */
const REMEMBERED = 256;
const LONGEST_ID = 100;

/** @returns what takes a command as it came */
export function createCommands(o: CommandsOptions): (id: string, value: unknown) => Promise<void> {
  async function outcome(value: unknown): Promise<{ readonly result: CommandResult; readonly afterwards?: CommandAnswer['afterwards'] }> {
    const refuse = (error: string) => ({ result: { ok: false, error: brief(error) } as const });
    const command = commandIn(value);
    if (!command) return refuse('a command has a name and the time at which it expires');
    const late = o.now().wall - command.expires;
    if (late > 0) return refuse(`it expired ${Math.ceil(late / 1000)} s ago, by the clock of this gateway`);
    const handler = Object.hasOwn(o.handlers, command.name) ? o.handlers[command.name] : undefined;
    if (!handler) return refuse(`unknown command "${command.name}"; known: ${Object.keys(o.handlers).join(', ')}`);
    try {
      const { result, afterwards } = await handler(command.arguments ?? {});
      return { result: { ok: true, result: result ?? null }, ...(afterwards ? { afterwards } : {}) };
    } catch (e) {
      return refuse((e as Error).message);
    }
  }

  return async (id, value) => {
    // An empty message removes what was retained.
    if (value === undefined || value === null || id.length > LONGEST_ID || o.kept.commands.includes(id)) return;
    // First remembered, then done: a restart that kills the agent is not repeated by the next one.
    await o.remember([...o.kept.commands, id].slice(-REMEMBERED));
    const { result, afterwards } = await outcome(value);
    await o.answer(id, result).catch((e: unknown) => o.onError(e as Error));
    afterwards?.();
  };
}
