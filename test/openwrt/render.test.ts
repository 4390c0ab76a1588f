import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { loadAgentConfig } from '../../agent/configFile.ts';
import { knownOptions, SECTIONS, type Row } from '../../agent/openwrt/options.ts';
import { render, type Rendered } from '../../agent/openwrt/render.ts';
import { NOTHING_LIVE, type Router } from '../../agent/openwrt/resolve.ts';
import { parseUci } from '../../agent/openwrt/uci.ts';
import { guide } from './examples.ts';

const rendered = (text: string, router: Router = {}): Rendered => render(parseUci(text), router, NOTHING_LIVE);
const at = (tree: unknown, path: readonly (string | number)[]): unknown => path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], tree);
const said = (r: Rendered): string[] => r.problems.map(({ place, message }) => `${place.file}:${place.line}: ${place.name}: ${message}`);

/** Where the router keeps what. */
const OPENWRT = { 'control-socket': '/var/run/roamstead/agent.sock', 'state-directory': '/var/run/roamstead/agent', 'owner-directory': '/etc/roamstead' };

describe.each(Object.entries(guide))('%s in UCI', (file, text) => {
  it('is the same configuration', () => {
    const { tree, problems, enabled } = rendered(text);
    expect([problems, enabled]).toEqual([[], true]);
    expect(v.parse(agentSchema, tree)).toEqual({ ...loadAgentConfig(`examples/${file}`), ...OPENWRT });
  });
});

/** A value for each kind, as it is written, and what becomes of it. */
const sample = (kind: Row['kind']): [string, unknown] => {
  if (typeof kind === 'object') return [`option X '${Object.keys(kind)[0]}'`, Object.values(kind)[0]];
  return { text: ["option X 'word'", 'word'], number: ["option X '12.5'", 12.5], flag: ["option X 'yes'", true], list: ["list X 'a b'\nlist X 'c'", ['a b', 'c']], names: ["option X 'one two'", ['one', 'two']] }[kind] as [string, unknown];
};
const rows = Object.entries(SECTIONS).flatMap(([type, section]) => Object.entries(section.options).map(([option, row]) => ({ type, option, row, section })));

describe('each option', () => {
  it.each(rows)('$type.$option', ({ type, option, row, section }) => {
    const [written, value] = sample(row.kind);
    const name = type === 'agent' ? 'main' : 'n1';
    const { tree, problems } = rendered(`config ${type} '${name}'\n${written.replaceAll('X', option)}\n`);
    expect(problems).toEqual([]);
    const place = [...section.path, ...(section.many === 'list' ? [0] : section.many === 'named' ? [name] : []), ...row.path];
    expect(at(tree, place)).toEqual(value);
  });

  it('has a place in the agent’s schema', () => {
    const unplaced = rows.filter(({ type, option, row, section }) => {
      const { tree } = rendered(`config ${type} '${type === 'agent' ? 'main' : 'n1'}'\n${sample(row.kind)[0].replaceAll('X', option)}\n`);
      const result = v.safeParse(agentSchema, tree);
      const path = [...section.path, ...row.path].join('.');
      return (result.issues ?? []).some((issue) => issue.type === 'strict_object' && issue.received !== 'undefined' && (issue.path ?? []).map((p) => String(p.key)).filter((key) => !['0', 'n1'].includes(key)).join('.') === path);
    });
    expect(unplaced.map(({ type, option }) => `${type}.${option}`)).toEqual([]);
  });

  it('of the schema has a row here, but for what is resolved', () => {
    const placed = new Set(Object.values(SECTIONS).flatMap((s) => Object.values(s.options).map((r) => [...s.path, ...r.path].join('.'))));
    expect(leavesOf(agentSchema).filter((leaf) => !placed.has(leaf))).toEqual(['uplink', 'interfaces.device', 'interfaces.ubus']);
  });
});

interface AnySchema {
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly wrapped?: AnySchema;
  readonly item?: AnySchema;
  readonly value?: AnySchema;
}

/** Keys that a file may have, without the numbers and names of what there may be many of. */
function leavesOf(schema: unknown, path: readonly string[] = []): string[] {
  const { entries, wrapped, item, value } = schema as AnySchema;
  if (wrapped) return leavesOf(wrapped, path);
  if (entries) return Object.entries(entries).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
  const inner = item ?? value;
  return inner && leavesOf(inner, path).some((leaf) => leaf !== path.join('.')) ? leavesOf(inner, path) : [path.join('.')];
}

const ROUTER: Router = {
  network: parseUci("config interface 'wan'\n\toption proto 'dhcp'\n\toption device 'eth1'\nconfig interface 'roam'\n\toption proto 'none'\n\toption device 'br-roam'\n"),
  wireless: parseUci("config wifi-device 'radio0'\nconfig wifi-iface 'guest0'\n\toption device 'radio0'\n\toption network 'roam'\n\toption ifname 'roam0'\nconfig wifi-iface 'home'\n\toption device 'radio0'\n\toption network 'lan'\n\toption ifname 'home0'\n"),
};

describe('networks and access points of the router', () => {
  it('become devices', () => {
    const { tree, problems, waits } = rendered("config agent 'main'\n\toption uplink 'wan'\nconfig interface 'guests'\n\toption network 'roam'\n", ROUTER);
    expect([problems, waits]).toEqual([[], []]);
    expect(tree).toMatchObject({ uplink: 'eth1', interfaces: [{ name: 'guests', device: 'br-roam', ubus: ['roam0'] }] });
  });

  it('are those that are named, where some are; other sources take none by themselves', () => {
    const ubus = (more: string): unknown => at(rendered(`config interface 'g'\n\toption network 'roam'\n${more}`, ROUTER).tree, ['interfaces', 0, 'ubus']);
    expect(ubus("\tlist wifi_iface 'home'\n")).toEqual(['home0']);
    expect(ubus("\tlist bss 'phy1-ap0'\n")).toEqual(['phy1-ap0']);
    expect(ubus("\toption first_packet '1'\n")).toBeUndefined();
    expect(ubus("\toption first_packet '0'\n")).toEqual(['roam0']);
    expect(ubus("\tlist hostapd '/var/run/hostapd/x'\n")).toBeUndefined();
  });

  it('that are not there are problems with their lines; a device that is no network is one', () => {
    expect(rendered("config agent 'main'\n\toption uplink 'eth9'\n", ROUTER).tree['uplink']).toBe('eth9');
    expect(said(rendered("config interface 'g'\n\toption network 'guest'\n\tlist wifi_iface 'guest9'\n", ROUTER))).toEqual([
      '/etc/config/roamstead:2: interface.g.network: there is no network guest in /etc/config/network',
      '/etc/config/roamstead:3: interface.g.wifi_iface: there is no access point guest9 in /etc/config/wireless (wifi-iface: guest0, home)',
    ]);
  });

  describe('on which somebody else answers', () => {
    const on = (options: string, interfaceIs = "option network 'roam'"): string[] => {
      const dhcp = parseUci(`config dhcp 'lan'\n\toption interface 'lan'\nconfig dhcp\n\toption interface 'roam'\n${options}`);
      return said(rendered(`config interface 'g'\n\t${interfaceIs}\n`, { ...ROUTER, dhcp }));
    };
    const words = (who: string, mends: string): string[] => [
      `/etc/config/dhcp:3: interface.g: dhcp.@dhcp[1]: ${who} on the network roam, where the agent is to be alone; mend it: ${mends}uci commit dhcp; service dnsmasq restart; service odhcpd restart`,
    ];

    it('are refused, with what mends it, named by network or by device', () => {
      const expected = words('dnsmasq answers DHCP', 'uci set dhcp.@dhcp[1].ignore=1; ');
      expect([on(''), on('', "option device 'br-roam'")]).toEqual([expected, expected]);
    });

    it('so are those that odhcpd serves, which knows no ignore', () => {
      expect(on("\toption ignore '1'\n\toption ra 'server'\n\toption dhcpv6 'relay'\n")).toEqual(words('odhcpd serves ra, dhcpv6', 'uci set dhcp.@dhcp[1].ra=disabled; uci set dhcp.@dhcp[1].dhcpv6=disabled; '));
      expect(on("\toption dhcpv4 'server'\n")).toEqual(words('dnsmasq answers DHCP and odhcpd serves dhcpv4', 'uci set dhcp.@dhcp[1].ignore=1; uci set dhcp.@dhcp[1].dhcpv4=disabled; '));
    });

    it('so is a network on the device of the home’s own, whose DHCP is not to be switched off', () => {
      const shared = parseUci("config interface 'lan'\n\toption proto 'static'\n\toption device 'br-lan'\nconfig interface 'roam'\n\toption device '@lan'\n");
      const dhcp = (options: string) => parseUci(`config dhcp 'lan'\n\toption interface 'lan'\n${options}`);
      const told = (options: string): string[] => said(rendered("config interface 'g'\n\toption network 'roam'\n\toption first_packet '1'\n", { network: shared, dhcp: dhcp(options) }));
      expect(told('')).toEqual(['/etc/config/roamstead:2: interface.g.network: the network lan has the same device br-lan, and others answer DHCP there: guests need a network and a device of their own']);
      expect(told("\toption ignore '1'\n")).toEqual([]);
    });

    it('nobody else: nothing is said', () => expect(on("\toption ignore '1'\n\toption ra 'disabled'\n")).toEqual([]));
  });
});

it('a bridge whose address netifd would change is told of', () => {
  const bridge = (more: string): Router => ({ network: parseUci(`config device 'd1'\n\toption type 'bridge'\n\toption name 'br-x'\n${more}`) });
  const told = (router: Router): string[] => rendered("config interface 'g'\n\toption device 'br-x'\n", router).notices.map((n) => n.message);
  expect(told(bridge(''))).toEqual([expect.stringContaining('uci set network.d1.macaddr=00:00:5e:00:52:13')]);
  expect(told(bridge("\toption macaddr '00:00:5E:00:52:13'\n"))).toEqual([]);
  expect(told({})).toEqual([]);
});

describe('what is wrong is told with file, line and the nearest word', () => {
  it.each([
    ["config agent 'main'\n\toption domian 'D1'\n", '2: agent.main.domian: unknown option; did you mean domain?'],
    ["config profil 'l'\n", '1: profil.l: unknown section; did you mean profile?'],
    ["config lma 'l'\n\toption zzzzzzzzzz '1'\n", `2: lma.l.zzzzzzzzzz: unknown option; known here: ${knownOptions(SECTIONS['lma'] as (typeof SECTIONS)[string]).join(', ')}`],
    ["config agent 'main'\n\toption no_roaming 'ja'\n", '2: agent.main.no_roaming: expected 1 or 0'],
    ["config agent 'main'\n\toption enabled 'ja'\n", '2: agent.main.enabled: expected 1 or 0'],
    ["config agent 'gate'\n", "1: agent.gate: expected config agent 'main'"],
    ["config agent 'main'\nconfig agent 'main2'\n", "2: agent.main2: expected config agent 'main'"],
    ["config fleet\nconfig fleet\n", '2: fleet.@fleet[1]: there is a section of this type before it: only one is read'],
    ['config default_profile\n', "1: default_profile.@default_profile[0]: expected a name: config default_profile 'NAME'"],
    ["config interface 'g'\n\toption network 'roam'\n\toption device 'br-x'\n", '3: interface.g.device: expected network or device, found both'],
    ["config agent 'main'\n\tooption x\n", '2: roamstead: expected config, option or list, found ooption'],
  ])('%j', (text, words) => expect(said(rendered(text, ROUTER))).toContain(`/etc/config/roamstead:${words}`));

  it('what another end carries out is said and not refused', () => {
    const { notices, problems, tree } = rendered("config agent 'main'\n\toption replay_window '200'\n");
    expect([problems, notices.map((n) => n.message), 'replay-window' in tree]).toEqual([[], [expect.stringContaining('the LMA checks')], false]);
  });

  it('a default profile may have the name that an interface has', () => {
    const { tree, problems } = rendered("config interface 'guests'\nconfig default_profile 'p1'\n\toption name 'guests'\n\toption apn 'x'\n");
    expect([problems, tree['default-profiles']]).toEqual([[], { guests: { apn: 'x' } }]);
  });

  it('a path of the schema leads back to its line', () => {
    const { placeOf } = rendered("config agent 'main'\n\nconfig lma 'l1'\n\toption key 'x'\n\nconfig profile\n\tlist dns '1'\n\tlist dns '2'\n");
    expect(placeOf(['local-mobility-anchors', 0, 'key'])).toEqual({ file: '/etc/config/roamstead', line: 4, name: 'lma.l1.key' });
    expect(placeOf(['local-mobility-anchors', 0, 'ipv6-address'])).toMatchObject({ line: 3, name: 'lma.l1.ipv6-address' });
    expect(placeOf(['profiles', 0, 'dns', 1])).toMatchObject({ line: 8, name: 'profile.@profile[0].dns' });
    expect(placeOf(['domain'])).toMatchObject({ line: 1, name: 'agent.main.domain' });
  });
});

it('the file as it is shipped is read whole, disabled, and its comments are options that exist', () => {
  const shipped = readFileSync('agent/openwrt/files/etc/config/roamstead', 'utf8');
  const { problems, enabled } = rendered(shipped);
  expect([problems, enabled]).toEqual([[], false]);
  const uncommented = shipped.replaceAll(/^(\s*)#(?=(?:config|\s*option|\s*list) )/gm, '$1');
  expect(uncommented.split('\n').length).toBe(shipped.split('\n').length);
  expect(said(rendered(uncommented, ROUTER))).toEqual([]);
});
