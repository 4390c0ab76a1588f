/** What the commands share: reading their arguments, and running until a signal comes. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { stayQuick, type Scheduling } from '../runtime/quick.ts';

/** A command line that cannot be understood; the message says how it should look. Exit code 2. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

/** Takes what follows its name; resolves to the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<O extends Options> = ReturnType<typeof parseArgs<{ options: O & { help: { type: 'boolean'; short: 'h' } }; allowPositionals: true }>>;

/** Options beside --help. @throws Usage with what is wrong and the whole help */
export function readArguments<const O extends Options>(args: readonly string[], help: string, options: O, allowPositionals = false): Read<O> {
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals });
  } catch (e) {
    throw new Usage(`${(e as Error).message}\n\n${help}`);
  }
}

export interface Daemon<Config> {
  readonly help: string;
  /** @throws ConfigError */
  readonly load: (file: string) => Config | Promise<Config>;
  /** Reads what the configuration names, as the start does. @throws Error in words */
  readonly files: (config: Config) => void | Promise<void>;
  /** `over`: it ended by itself, with why; the service manager is to start it anew. */
  readonly run: (config: Config) => Promise<{ readonly over?: Promise<string>; stop(how: { readonly keepForwarding: boolean }): void | Promise<void> }>;
  /** Of one that is over by itself: the next one finds its forwarding in place. */
  readonly keepForwarding: boolean;
  /** A handover in memory, played until it runs fast. */
  readonly rehearsal: () => () => unknown;
}

/** A command that runs by a configuration file until SIGTERM (forwarding goes on) or SIGINT (it ends); the next signal does not wait. */
export function daemon<Config extends { readonly scheduling: Scheduling }>({ help, load, files, ...how }: Daemon<Config>): Command {
  return async (args) => {
    const { values } = readArguments(args, help, { config: { type: 'string' }, check: { type: 'boolean' } });
    if (values.help) {
      process.stdout.write(help);
      return 0;
    }
    if (values.config === undefined) throw new Usage(`--config is missing\n\n${help}`);
    const config = await load(values.config);
    if (values.check) {
      await files(config);
      process.stdout.write(`${values.config}: correct\n`);
      return 0;
    }
    return untilOver(config, how);
  };
}

/** Runs it until a signal comes, or until it is over by itself. @throws Error that says why then */
export async function untilOver<Config extends { readonly scheduling: Scheduling }>(config: Config, { run, keepForwarding, rehearsal }: Pick<Daemon<Config>, 'run' | 'keepForwarding' | 'rehearsal'>): Promise<number> {
  const running = await run(config);
  const stopRehearsal = stayQuick(rehearsal(), config.scheduling);
  const over = running.over?.then((why) => ({ why }));
  const end = await (over ? Promise.race([untilSignal(), over]) : untilSignal());
  stopRehearsal();
  await running.stop({ keepForwarding: typeof end === 'string' ? end === 'SIGTERM' : keepForwarding });
  if (typeof end === 'string') return 0;
  throw new Error(`${end.why}; to be started anew, which waits for its turn`);
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first of SIGINT and SIGTERM; the next one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first = (signal: NodeJS.Signals): void => {
      for (const s of SIGNALS) process.off(s, first).once(s, () => process.exit(130));
      resolve(signal);
    };
    for (const s of SIGNALS) process.on(s, first);
  });
}
