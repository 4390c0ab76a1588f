/**
 * Stands in for OpenWrt's `uci` command: reads and writes the same files, with changes that wait in /tmp/.uci for a commit. What it
 * writes is what `uci export` writes (file.c of openwrt/uci), so comments go with the first commit, as they do there.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseUci } from '../../agent/openwrt/uci.ts';

const CONFIG = '/etc/config';
const STAGED = '/tmp/.uci';

interface Option {
  values: string[];
  list: boolean;
}
interface Section {
  readonly type: string;
  readonly name: string | undefined;
  readonly options: Map<string, Option>;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const asFile = (sections: readonly Section[]): string =>
  `${sections.map((s) => `\nconfig ${s.type}${s.name === undefined ? '' : ` ${quoted(s.name)}`}\n${[...s.options].map(([name, o]) => (o.list ? o.values.map((v) => `\tlist ${name} ${quoted(v)}\n`).join('') : `\toption ${name} ${quoted(o.values[0] ?? '')}\n`)).join('')}`).join('')}\n`;

const committed = (name: string): string => join(CONFIG, name);
const staged = (name: string): string => join(STAGED, name);

function load(name: string): Section[] {
  const path = [staged(name), committed(name)].find(existsSync);
  if (path === undefined) throw new Error('Entry not found');
  return parseUci(readFileSync(path, 'utf8')).sections.map((s) => ({ type: s.type, name: s.name, options: new Map([...s.options].map(([key, o]) => [key, { values: o.values.map((v) => v.text), list: o.list }])) }));
}

function stage(name: string, sections: readonly Section[]): void {
  mkdirSync(STAGED, { recursive: true });
  writeFileSync(staged(name), asFile(sections));
}

/** `network.roam.proto` or `network.@device[0]` */
function find(path: string): { readonly name: string; readonly all: Section[]; readonly section: Section | undefined; readonly id: string; readonly option: string | undefined } {
  const [name = '', id = '', option] = path.split('.');
  const all = load(name);
  const anonymous = /^@(.+)\[(\d+)\]$/.exec(id);
  const section = anonymous ? all.filter((s) => s.type === anonymous[1])[Number(anonymous[2])] : all.find((s) => s.name === id);
  return { name, all, section, id, option };
}

const labelled = (name: string, all: readonly Section[], s: Section): string => `${name}.${s.name ?? `@${s.type}[${all.filter((o) => o.type === s.type).indexOf(s)}]`}`;
const shown = (label: string, s: Section): string => [`${label}=${s.type}`, ...[...s.options].map(([key, o]) => `${label}.${key}=${o.values.map(quoted).join(' ')}`)].map((l) => `${l}\n`).join('');

function set(assignment: string, list: boolean): void {
  const at = assignment.indexOf('=');
  const value = assignment.slice(at + 1);
  const { name, all, section, id, option } = find(assignment.slice(0, at));
  if (option === undefined) {
    if (!section) all.push({ type: value, name: id, options: new Map() });
  } else {
    if (!section) throw new Error('Entry not found');
    const before = section.options.get(option);
    section.options.set(option, { values: list ? [...(before?.values ?? []), value] : [value], list });
  }
  stage(name, all);
}

/** What it prints. @throws Error as uci fails */
function run(command: string, argument: string): string {
  switch (command) {
    case 'get': {
      const { section, option } = find(argument);
      const text = option === undefined ? section?.type : section?.options.get(option)?.values.join(' ');
      if (text === undefined) throw new Error('Entry not found');
      return `${text}\n`;
    }
    case 'show': {
      if (argument === '') return readdirSync(CONFIG).toSorted().map((each) => run('show', each)).join('');
      const { name, all, section } = find(argument);
      if (!argument.includes('.')) return all.map((s) => shown(labelled(name, all, s), s)).join('');
      if (!section) throw new Error('Entry not found');
      return shown(labelled(name, all, section), section);
    }
    case 'set':
    case 'add_list':
      set(argument, command === 'add_list');
      return '';
    case 'delete': {
      const { name, all, section, option } = find(argument);
      if (!section) throw new Error('Entry not found');
      if (option !== undefined) section.options.delete(option);
      stage(name, option === undefined ? all.filter((s) => s !== section) : all);
      return '';
    }
    case 'changes':
      return existsSync(STAGED) ? readdirSync(STAGED).map((name) => `${name}.changed='1'\n`).join('') : '';
    case 'commit':
      if (!existsSync(staged(argument))) return '';
      writeFileSync(committed(argument), readFileSync(staged(argument), 'utf8'));
      rmSync(staged(argument));
      return '';
    case 'revert':
      rmSync(staged(argument), { force: true });
      return '';
    default:
      throw new Error(`no such command: ${command}`);
  }
}

/** `set network.roam.proto='none'`, a line each. */
function batch(lines: string): void {
  for (const line of lines.split('\n')) {
    const found = /^(\S+) ([^=]+=)'?(.*?)'?$/.exec(line.trim());
    if (found) run(found[1] as string, `${found[2]}${found[3]}`);
  }
}

const [command = '', argument = ''] = process.argv.slice(2).filter((word) => word !== '-q');
try {
  if (command === 'batch') batch(readFileSync(0, 'utf8'));
  else process.stdout.write(run(command, argument));
} catch {
  process.exitCode = 1;
}
