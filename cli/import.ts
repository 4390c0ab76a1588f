/** `roamstead import ios FILE...`: the guide's configurations, MAG and LMA, in our form. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convert, type Imported, type Source } from './import/convert.ts';
import { readArguments, Usage } from './usage.ts';

const HELP = `roamstead import ios FILE... [--to FOLDER] [--uplink DEVICE] [--keys]

Configurations of an IOS MAG or a StarOS LMA in our form. Files given together learn of each other: the LMA its gateways, the
gateways their DNS servers. Comments in the result, and lines here, say what has no counterpart.

  --to FOLDER      into new files there, which only their owner can read; without it to standard output
  --uplink DEVICE  the gateway's device towards the internet (default wan0), which IOS does not name
  --keys           makes a key for each gateway, in its file and in the LMA's
`;

/** Exit code 0, or 1 where a result does not pass --check yet. */
export async function importCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, HELP, { to: { type: 'string' }, uplink: { type: 'string' }, keys: { type: 'boolean' } }, true);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [format = '', ...files] = positionals;
  if (format !== 'ios') throw new Usage(`${format === '' ? 'what is to be imported?' : `nothing is known of ${format}:`} "ios" reads an IOS MAG and a StarOS LMA\n\n${HELP}`);
  if (files.length === 0) throw new Usage(`name at least one file\n\n${HELP}`);
  const all = convert(files.map(read), { ...(values.uplink === undefined ? {} : { uplink: values.uplink }), ...(values.keys ? { newKey: () => randomBytes(20).toString('hex') } : {}) });
  if (values.to === undefined) process.stdout.write(all.map((i) => (all.length > 1 ? `# ${i.name}\n${i.text}` : i.text)).join('---\n'));
  for (const i of all) {
    if (values.to !== undefined) create(join(values.to, i.name), i.text);
    for (const line of i.summary) process.stderr.write(`roamstead: ${line}\n`);
    for (const line of verdict(i, values.to)) process.stderr.write(`roamstead: ${line}\n`);
  }
  return all.every((i) => i.problems.length === 0) ? 0 : 1;
}

const verdict = ({ name, kind, problems }: Imported, folder: string | undefined): string[] =>
  problems.length > 0 ? problems.map((p) => `it cannot run yet: ${p}`) : [`${name}: correct; run it with: roamstead ${kind} --config ${folder === undefined ? name : join(folder, name)}`];

function read(file: string): Source {
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (e) {
    throw new Error(`${file}: cannot be read: ${(e as Error).message}`, { cause: e });
  }
}

/** A new file; keys are in it. */
function create(file: string, text: string): void {
  try {
    const fd = openSync(file, 'wx', 0o600);
    writeFileSync(fd, text);
    closeSync(fd);
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    throw new Error(code === 'EEXIST' ? `${file} exists: move it away first` : `${file} cannot be written: ${message}`, { cause: e });
  }
}
