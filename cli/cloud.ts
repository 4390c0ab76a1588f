/** `roamstead cloud --config FILE`, and what an operator asks of its files without the process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadLmaConfig } from '../cloud/config.ts';
import { loadCloudConfig, ownLma, type CloudConfig } from '../cloud/fleet/config.ts';
import { createLmaChild } from '../cloud/fleet/lmaChild.ts';
import { runFleet } from '../cloud/fleet/main.ts';
import { ask, NotRunning } from '../runtime/control.ts';
import { createLog } from '../runtime/log.ts';
import { lmaCommand } from './lma.ts';
import { readArguments, untilSignal, Usage, type Command } from './usage.ts';
import { version } from './version.ts';

const HELP = `roamstead cloud --config FILE [--role all|fleet|lma] [--check | --new-owner]
roamstead cloud claim-credential --config FILE [--new [--revoke-old]]
roamstead cloud authority --config FILE
roamstead cloud mosquitto-config --config FILE
roamstead cloud migrate --config FILE --to STORE

The fleet's cloud: dashboard and API, the broker that gateways connect to, and, as a process of its own,
the Local Mobility Anchor. The log of the first start has the link with which the first owner is made.

  --config FILE      YAML; see examples/cloud.yaml
  --role ROLE        instead of the file's: all (default), fleet (without an LMA), lma (nothing else)
  --check            check the file, and that of the LMA, and stop
  --new-owner        start, with a link in the log that makes one more owner: for when all have forgotten their passwords

claim-credential prints what new gateways connect with until they are claimed: their "claim-credential".
  --new              a new one
  --revoke-old       those before are refused from now on
authority prints the certificate that gateways check the broker with: their "authority".
mosquitto-config writes the folder that Mosquitto runs from.
migrate copies everything into another store, while the cloud does not run; what was cut off goes on.
  --to STORE         as "store:" of the file says it: files, or '{ postgresql: { database: roamstead } }'

SIGTERM stops it and leaves the LMA's forwarding in place; SIGINT removes that, too.
`;

const options = { config: { type: 'string' }, role: { type: 'string' }, check: { type: 'boolean' }, 'new-owner': { type: 'boolean' }, new: { type: 'boolean' }, 'revoke-old': { type: 'boolean' }, to: { type: 'string' } } as const;

export const cloudCommand: Command = async (args) => {
  const { values, positionals } = readArguments(args, HELP, options, true);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.config === undefined) throw new Usage(`--config is missing\n\n${HELP}`);
  const config = withRole(loadCloudConfig(values.config), values.role);
  const [subcommand, ...rest] = positionals;
  if (rest.length > 0) throw new Usage(`${rest.join(' ')}: that is too much\n\n${HELP}`);
  if (subcommand !== undefined) return (await subcommandNamed(subcommand))(config, { fresh: values.new === true, revokeOld: values['revoke-old'] === true, file: values.config, ...(values.to !== undefined && { to: values.to }) });
  if (values.check) {
    if (config.lma !== undefined) loadLmaConfig(config.lma);
    process.stdout.write(`${values.config}: correct\n`);
    return 0;
  }
  return config.role === 'lma' ? lmaCommand(['--config', config.lma ?? '']) : serve(config, values['new-owner'] === true);
};

async function subcommandNamed(name: string) {
  const { subcommands } = await import('./cloudFiles.ts');
  const found = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!found) throw new Usage(`unknown: cloud ${name}; known are ${Object.keys(subcommands).join(', ')}\n\n${HELP}`);
  return found;
}

function withRole(config: CloudConfig, given: string | undefined): CloudConfig {
  if (given === undefined) return config;
  if (given !== 'all' && given !== 'fleet' && given !== 'lma') throw new Usage(`--role ${given}: expected all, fleet or lma`);
  if (given !== 'fleet' && config.lma === undefined) throw new Usage(`--role ${given} runs an LMA: name its configuration in the file with "lma: lma.yaml"`);
  return { ...config, role: given };
}

/** Until a signal comes. */
async function serve(config: CloudConfig, newOwner: boolean): Promise<number> {
  const log = createLog('cloud');
  const own = config.role === 'all' && config.lma !== undefined ? { path: config.lma, known: ownLma(loadLmaConfig(config.lma)) } : undefined;
  const signal = untilSignal();
  const child = own && startChild(own.path, own.known['control-socket'], log);
  try {
    const starting = runFleet(config, log, { version: version().roamstead, site: fileURLToPath(new URL('../web', import.meta.url)), newOwner, lmas: [...(own ? [own.known] : []), ...config.lmas] });
    const first = await Promise.race([starting, signal]);
    if (typeof first === 'string') {
      // It waits for a broker or a store, and nobody has been answered yet.
      await child?.stop(first);
      process.exit(0);
    }
    const last = await signal;
    await Promise.all([first.stop(), child?.stop(last)]);
    return 0;
  } catch (e) {
    await child?.stop('SIGTERM');
    throw e;
  }
}

/** The same program, whose log lines go where ours go. */
function startChild(path: string, socket: string, log: ReturnType<typeof createLog>) {
  return createLmaChild({
    start: () => spawn(process.execPath, [process.argv[1] ?? '', 'lma', '--config', path], { stdio: ['ignore', 'inherit', 'inherit'], detached: true }),
    alive: () => ask(socket, { command: 'show standby' }).then(() => true, (e: unknown) => !(e instanceof NotRunning)),
    now: () => performance.now(),
    after(ms, call) {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    log,
  });
}
