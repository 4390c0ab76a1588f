/** `roamstead agent --config FILE`, and what the home's owner says to one that runs. */
import { readArguments, Usage, type Command } from './usage.ts';

const HELP = `roamstead agent --config FILE [--check]
roamstead agent --uci FOLDER [--check | --print | --end]
roamstead agent status | pause | resume | cap ... | unclaim [--json] [--socket PATH]

The Mobile Access Gateway of one home. Needs root (or CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF).

  --config FILE   YAML; see examples/mag-local-profile.yaml
  --uci FOLDER    OpenWrt's configuration, /etc/config: the file roamstead, and what it names in network, wireless and dhcp
  --print         with --uci: the same as a YAML file would have it, in JSON, without secrets, and stop
  --end           with --uci: of an agent that was killed, ends what goes on without it: tells the LMAs, removes the forwarding, and stops
  --check         check the file, and the keys and certificates that it names, and stop

SIGTERM stops it and leaves the forwarding of its phones in place; SIGINT removes that, too.
Killed in any other way, it takes up its phones again when it is started anew.

Of the home's owner, to an agent that runs:
  status          is it serving, and why not; the code of a gateway that nobody has claimed
  pause           nobody new is let in, and who is here is told to go
  resume          guests are let in again
  cap maximum-guests N | up-rate RATE | down-rate RATE ...
                  no more than this, whatever the fleet says; RATE is such as 5Mbit/s
  cap none        what the fleet and the file say
  unclaim         forgets the fleet's certificate and shows a new code; guests are served on
`;

/** The gateway itself, which asking one does not load. */
const run: Command = async (args) => (await import('./agentProcess.ts')).agentProcess(HELP)(args);

const ERRANDS = ['check', 'print', 'end'] as const;

async function runUci(folder: string, given: Readonly<Partial<Record<(typeof ERRANDS)[number], boolean | undefined>>>): Promise<number> {
  const [how = 'run', ...more] = ERRANDS.filter((errand) => given[errand] === true);
  if (more.length > 0) throw new Usage(`expected one of --check, --print and --end, found more\n\n${HELP}`);
  return (await import('./agentProcess.ts')).uciProcess(folder, how);
}

const OWNERS = ['status', 'pause', 'resume', 'cap', 'unclaim'];

export const agentCommand: Command = async (args) => {
  const { values, positionals } = readArguments(args, HELP, { config: { type: 'string' }, uci: { type: 'string' }, check: { type: 'boolean' }, print: { type: 'boolean' }, end: { type: 'boolean' }, json: { type: 'boolean' }, socket: { type: 'string' } }, true);
  const [word, ...more] = positionals;
  if (word === undefined && values.uci !== undefined && !values.help) {
    if (values.config !== undefined) throw new Usage(`expected --config or --uci, found both\n\n${HELP}`);
    return runUci(values.uci, values);
  }
  if (word === undefined) return run(values.help ? ['--help'] : args);
  if (values.help) return run(['--help']);
  if (!OWNERS.includes(word)) throw new Usage(`agent ${word}: expected ${OWNERS.join(', ')}\n\n${HELP}`);
  return (await import('./owner.ts')).askAsOwner({ word, more, help: HELP, json: values.json === true, socket: values.socket });
};
