/** /etc/config/roamstead as the keys and values of the agent's configuration file, with the line that each came from. */
import { suggestion } from '../../runtime/nearest.ts';
import { knownOptions, own, SECTIONS, WITHOUT_EFFECT, type Kind, type Path, type SectionRows } from './options.ts';
import { bssesNamed, bssesOfNetwork, deviceOf, networkNames, networksOn, otherMac, otherServers, uplinkOf, type Live, type Resolved, type Router } from './resolve.ts';
import { flagOf, sectionName, valueOf, valuesOf, type UciFile, type UciOption, type UciSection } from './uci.ts';

/** Where in which file something stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** `lma.lma1.key` */
  readonly name: string;
}

export interface Found {
  readonly place: Place;
  readonly message: string;
}

export interface Rendered {
  readonly enabled: boolean;
  /** What YAML with the same meaning would give; agentSchema has not seen it yet. */
  readonly tree: Record<string, unknown>;
  readonly problems: readonly Found[];
  /** True, and worth a word. */
  readonly notices: readonly Found[];
  /** What netifd has to bring up before the agent can start. */
  readonly waits: readonly string[];
  /** Of a path in the tree, or of what it is part of. */
  readonly placeOf: (path: Path) => Place;
}

/** What OpenWrt needs that other machines do not: its only volatile folder is below /var, and what lasts is in one that sysupgrade keeps. */
const DEFAULTS: Readonly<Record<string, string>> = { 'control-socket': '/var/run/roamstead/agent.sock', 'state-directory': '/var/run/roamstead/agent', 'owner-directory': '/etc/roamstead' };

/** `folder`: where the file is, for messages. */
export function render(file: UciFile, router: Router, live: Live, folder = '/etc/config'): Rendered {
  const main = `${folder}/roamstead`;
  const places = new Map<string, Place>();
  const problems: Found[] = file.problems.map(({ line, message }) => ({ place: { file: main, line, name: 'roamstead' }, message }));
  const notices: Found[] = [];
  const waits: string[] = [];
  const tree: Record<string, unknown> = { ...DEFAULTS };
  const counts = new Map<string, number>();
  let enabled = false;

  function put(path: Path, value: unknown, place: Place): void {
    let parent = tree as Record<string | number, unknown>;
    path.slice(0, -1).forEach((key, i) => {
      parent[key] ??= typeof path[i + 1] === 'number' ? [] : {};
      parent = parent[key] as Record<string | number, unknown>;
    });
    const last = path.at(-1);
    if (last === undefined) return;
    parent[last] = value;
    places.set(keyOf(path), place);
  }

  /** Where it is resolved, or as it was written, so that the rest can be checked. */
  function settle<T>(found: Resolved<T>, place: Place, instead: T): T {
    if ('is' in found) return found.is;
    if ('waits' in found) waits.push(found.waits);
    else problems.push({ place, message: found.wrong });
    return instead;
  }

  function take(section: UciSection): void {
    const at = placeOfSection(main, section);
    const rows = own(SECTIONS, section.type);
    if (!rows) return void problems.push({ place: at, message: `unknown section; ${suggestion(Object.keys(SECTIONS), section.type)}` });
    if (section.type === 'agent' && section.name !== 'main') problems.push({ place: at, message: "expected config agent 'main'" });
    const path = pathOf(rows, section);
    if (path === undefined) return void problems.push({ place: at, message: `expected a name: config ${section.type} 'NAME'` });
    places.set(keyOf(path), at);
    if (path.length > 0 && rows.many !== undefined) put(path, {}, at);
    if (rows.nameIs !== undefined && section.name !== undefined) put([...path, rows.nameIs], section.name, at);
    for (const option of section.options.values()) takeOption(section, rows, path, option);
    if (section.type === 'interface') takeInterface(section, path);
    if (section.type === 'lma' && !section.options.has('key')) notices.push({ place: at, message: 'it has no key: an anchor gives no answer to what is not signed, unless its operator said otherwise' });
  }

  function pathOf({ path, many }: SectionRows, section: UciSection): Path | undefined {
    // Names of sections are unique in a file, whatever their types: an option may name it otherwise.
    const name = valueOf(section, 'name') ?? section.name;
    if (many === 'named') return name === undefined || name === '__proto__' ? undefined : [...path, name];
    const type = path.join('.');
    const count = counts.get(type) ?? 0;
    counts.set(type, count + 1);
    if (many === 'list') return [...path, count];
    if (count > 0) problems.push({ place: placeOfSection(main, section), message: `there is a section of this type before it: only one is read` });
    return path;
  }

  function takeOption(section: UciSection, rows: SectionRows, path: Path, option: UciOption): void {
    const place = placeOfOption(main, section, option);
    const { name } = option;
    const said = own(WITHOUT_EFFECT, name);
    if (said !== undefined && rows.resolved?.includes(name)) return void notices.push({ place, message: said });
    const row = own(rows.options, name);
    if (!row) {
      if (!rows.resolved?.includes(name)) problems.push({ place, message: `unknown option; ${suggestion(knownOptions(rows), name)}` });
      else if (section.type === 'agent') takeOfAgent(section, name, place);
      return;
    }
    const value = convert(row.kind, section, option);
    if (value === undefined) return void problems.push({ place, message: 'expected 1 or 0' });
    put([...path, ...row.path], value, place);
    if (Array.isArray(value)) option.values.forEach((v, i) => places.set(keyOf([...path, ...row.path, i]), { ...place, line: v.line }));
  }

  function takeOfAgent(section: UciSection, name: string, place: Place): void {
    const value = valueOf(section, name) ?? '';
    if (name === 'uplink') return takeUplink(value, place);
    const on = flagOf(value);
    if (on === undefined) problems.push({ place, message: 'expected 1 or 0' });
    enabled = on === true;
  }

  function takeUplink(value: string, place: Place): void {
    const names = networkNames(router);
    if (names.length > 0 && !names.includes(value) && networksOn(router, value).length === 0) notices.push({ place, message: `no network of /etc/config/network has that name or such a device (${names.join(', ')}): it is taken for a device` });
    put(['uplink'], settle(uplinkOf(router, live, value), place, value), place);
  }

  /** Of a network that there is; the others have been told of. */
  function accessPointsOf(network: string): Resolved<readonly string[]> {
    const found = bssesOfNetwork(router, live, network);
    if (!('is' in found) || found.is.length > 0) return found;
    if (!networkNames(router).includes(network)) return { is: [network] };
    return { wrong: `no access point of /etc/config/wireless is on the network ${network}: give one the network, or say option first_packet '1' here where there is no Wi-Fi` };
  }

  function takeInterface(section: UciSection, path: Path): void {
    const placed = (name: string): Place => {
      const option = section.options.get(name);
      return option ? placeOfOption(main, section, option) : placeOfSection(main, section);
    };
    const [network, device, ifaces, bsses] = [valueOf(section, 'network'), valueOf(section, 'device'), valuesOf(section, 'wifi_iface'), valuesOf(section, 'bss')];
    if (network !== undefined && device !== undefined) problems.push({ place: placed('device'), message: 'expected network or device, found both' });
    const at = network === undefined ? placed('device') : placed('network');
    const chosen = network === undefined ? device : settle(deviceOf(router, live, network), at, network);
    if (chosen !== undefined) put([...path, 'device'], chosen, at);
    const mac = otherMac(router, chosen ?? section.name ?? '');
    if (mac !== undefined) notices.push({ place: at, message: mac });
    const ofIfaces = ifaces.length > 0 ? settle(bssesNamed(router, live, ifaces), placed('wifi_iface'), ifaces) : [];
    const otherwise = flagOf(valueOf(section, 'first_packet') ?? '0') === true || ['hostapd', 'scripted_stations', 'wifi_iface', 'bss'].some((name) => section.options.has(name));
    const ofNetwork = network !== undefined && !otherwise ? settle(accessPointsOf(network), at, [network]) : [];
    const all = [...bsses, ...ofIfaces, ...ofNetwork];
    if (all.length > 0) put([...path, 'ubus'], all, placed(bsses.length > 0 ? 'bss' : ifaces.length > 0 ? 'wifi_iface' : 'network'));
    for (const name of network === undefined ? networksOn(router, device ?? section.name ?? '') : [network]) {
      problems.push(...otherServers(router, name).map(({ line, message }) => ({ place: { file: `${folder}/dhcp`, line, name: `${section.type}.${sectionName(section)}` }, message })));
    }
    for (const name of network === undefined ? [] : networksOn(router, chosen ?? '')) {
      if (name !== network && otherServers(router, name).length > 0) problems.push({ place: at, message: `the network ${name} has the same device ${chosen}, and others answer DHCP there: guests need a network and a device of their own` });
    }
  }

  for (const section of file.sections) take(section);
  return {
    enabled,
    tree,
    problems,
    notices,
    waits,
    placeOf: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const place = places.get(keyOf(path.slice(0, length)));
        if (place) return length === path.length ? place : { ...place, name: [place.name, ...path.slice(length)].join('.') };
      }
      return { file: main, line: 1, name: path.join('.') };
    },
  };
}

const keyOf = (path: Path): string => path.join('\0');
const placeOfSection = (file: string, section: UciSection): Place => ({ file, line: section.line, name: `${section.type}.${sectionName(section)}` });
const placeOfOption = (file: string, section: UciSection, option: UciOption): Place => ({ file, line: option.line, name: `${section.type}.${sectionName(section)}.${option.name}` });

/** As agentSchema wants it; undefined: no flag. What is no number is left for the schema to refuse. */
function convert(kind: Kind, section: UciSection, option: UciOption): unknown {
  const text = valueOf(section, option.name) ?? '';
  if (kind === 'list') return valuesOf(section, option.name);
  if (kind === 'names') return option.list || /\s/.test(text.trim()) ? valuesOf(section, option.name) : text;
  if (kind === 'flag') return flagOf(text);
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  return kind === 'text' ? text : (own(kind, text) ?? text);
}
