import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentConfig } from '../../agent/config.ts';
import { loadUci } from '../../agent/openwrt/load.ts';
import type { Live } from '../../agent/openwrt/resolve.ts';
import { ConfigError } from '../../runtime/configError.ts';
import { agentCommand } from '../../cli/agent.ts';
import { runUci } from '../../cli/agentUci.ts';

const HOME = "config agent 'main'\n\toption enabled '1'\n\toption domain 'D1'\n\toption mag 'M1'\n\toption uplink 'wan'\nconfig lma 'l1'\n\toption ipv6_address '2001:db8::1'\n\toption key '00112233445566778899aabbccddeeff00112233'\nconfig interface 'guests'\n\toption network 'roam'\n\toption first_packet '1'\nconfig radius_server\n\toption address '192.0.2.9'\n\toption key 'aaacisco'\n";
const NETWORK = "config interface 'wan'\n\toption proto 'qmi'\nconfig interface 'roam'\n\toption device 'br-roam'\n";

const FLEET = "config fleet 'fleet'\n\toption broker 'mqtts://f:8883'\n\toption authority '/a.pem'\n";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'roamstead-uci-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string, mode = 0o600): void => {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
};
beforeEach(() => {
  write('roamstead', HOME);
  write('network', NETWORK);
});

const up: Live = { devices: new Map([['wan', 'wwan0']]), bsses: [] };
/** What is printed while it runs. */
async function printed(work: () => Promise<unknown>): Promise<string> {
  let text = '';
  const take = (piece: unknown): boolean => {
    text += String(piece);
    return true;
  };
  const spies = [vi.spyOn(process.stdout, 'write').mockImplementation(take), vi.spyOn(process.stderr, 'write').mockImplementation(take)];
  try {
    await work();
    // Lines of the log leave when the turn is over.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return text;
}
/** Ends as soon as it is started, with what it was started with. */
function gateway(keepForwarding = true): { readonly started: AgentConfig[]; readonly stops: unknown[]; readonly parts: Parameters<typeof runUci>[2] } {
  const started: AgentConfig[] = [];
  const stops: unknown[] = [];
  return { started, stops, parts: { files: () => undefined, run: async (config) => (started.push(config), { over: Promise.resolve('seen'), stop: (how) => void stops.push(how) }), keepForwarding, rehearsal: () => () => undefined } };
}

describe('a folder of UCI files', () => {
  it('is checked with all problems, each with its file and line, and without keys', () => {
    write('roamstead', HOME.replace("'00112233445566778899aabbccddeeff00112233'", "'0011'").replace("option domain 'D1'", "option lifetime 'ever'").replace("option first_packet '1'", ''));
    expect(() => loadUci(folder)).toThrow(
      [
        `${folder}/roamstead:1: agent.main.domain: missing`,
        `${folder}/roamstead:8: lma.l1.key: expected a key of at least 32 hex digits (make one: openssl rand -hex 20), found something else, which is not shown because it is a secret`,
        `${folder}/roamstead:3: agent.main.lifetime: expected number, found "ever"`,
      ].join('\n'),
    );
    expect(() => loadUci(join(folder, 'nothing'))).toThrow('nothing/roamstead: there is no such file');
  });

  it.each([
    ['no interface', /config interface[^]*/, '', ['1: roamstead: there is no config interface, so guests come in nowhere: service roamstead guest_network make']],
    ['nobody who runs the network', /config lma 'l1'\n.*\n.*\n/, '', ['1: roamstead: there is neither config fleet nor config lma: one of them says who runs the network']],
    ['a network without an access point', "option first_packet '1'", '', ["10: interface.guests.network: no access point of /etc/config/wireless is on the network roam: give one the network, or say option first_packet '1' here where there is no Wi-Fi"]],
    ['a network that there is not', /'roam'\n.*/, "'guest'", ['10: interface.guests.network: there is no network guest in /etc/config/network']],
    ['an LMA without an address', 'ipv6_address', 'ipv6_adress', ['7: lma.l1.ipv6_adress: unknown option; did you mean ipv6_address?', '6: lma.l1: l1 has neither ipv6_address nor ipv4_address']],
    ['an LMA that there is not', /$/, "config default_profile 'p'\n\toption apn 'a'\n\tlist lma 'l2'\n", ['17: default_profile.p.lma: expected one of the lma sections (l1), found l2']],
  ])('with %s is refused in words that its owner knows, and no others', (_what, was, is, lines) => {
    write('roamstead', HOME.replace(typeof was === 'string' ? new RegExp(was) : was, is));
    expect(() => loadUci(folder)).toThrow(new ConfigError(lines.map((line) => `${folder}/roamstead:${line}`).join('\n')));
  });

  it('with a line that cannot be read is not told that what may stand there is missing', () => {
    write('roamstead', HOME.replace("domain 'D1'", "domain 'D1"));
    expect(() => loadUci(folder)).toThrow(new ConfigError(`${folder}/roamstead:3: roamstead: the ' of line 14 is not closed`));
  });

  it('whose guests have no profile anywhere is told so', () => {
    const served = (options: string, more = ''): readonly string[] => {
      write('roamstead', `${HOME.replace(/config radius_server[^]*/, '')}${options}${more}`);
      return loadUci(folder).notices;
    };
    expect(served('')).toEqual([`${folder}/roamstead:9: interface.guests: nobody is let in here: it has no option default_profile, no config profile lists a phone, and no RADIUS server is asked`]);
    expect(served("\toption default_profile 'p'\n", "config default_profile 'p'\n\toption apn 'a'\n\tlist lma 'l1'\n")).toEqual([]);
    expect(served('', "config profile\n\toption nai 'a@b'\n\toption l2_addr '00:24:d7:8e:21:a4'\n\toption apn 'a'\n\tlist lma 'l1'\n")).toEqual([]);
    expect(served('', FLEET)).toEqual([expect.stringContaining('authority')]);
  });

  it('of a fleet without the operator’s files is told so, until it is claimed', () => {
    const fleet = FLEET.replace('/a.pem', join(folder, 'authority.pem'));
    const notices = (): readonly string[] => {
      write('roamstead', `${HOME}${fleet}\toption claim_credential '${folder}/claim.pem'\n\toption state_directory '${folder}/fleet'\n`);
      return loadUci(folder).notices;
    };
    write('authority.pem', '');
    expect(notices()).toEqual([`${folder}/roamstead:18: fleet.fleet.claim_credential: ${folder}/claim.pem cannot be read: ENOENT; it comes from the operator, and without it nobody can claim this gateway`]);
    mkdirSync(join(folder, 'fleet'));
    write('fleet/credential.json', '{}');
    expect(notices()).toEqual([]);
  });

  it('with what may be meant, and mostly is not, is told of', () => {
    write('roamstead', HOME.replace("uplink 'wan'", "uplink 'wan6'").replace(/option key .*/, "option key ''"));
    expect(loadUci(folder).notices).toEqual([
      `${folder}/roamstead:5: agent.main.uplink: no network of /etc/config/network has that name or such a device (wan, roam): it is taken for a device`,
      `${folder}/roamstead:6: lma.l1: it has no key: an anchor gives no answer to what is not signed, unless its operator said otherwise`,
    ]);
    write('roamstead', HOME.replace("uplink 'wan'", "uplink 'br-roam'").replace("network 'roam'", "device 'br-guests'"));
    expect(loadUci(folder).notices).toEqual([]);
  });

  it('that is none of UCI’s is told of in a few lines, which a shell can hand on', () => {
    write('roamstead', 'junk\n'.repeat(30_000));
    const words = (): string => {
      try {
        return loadUci(folder).config.domain;
      } catch (e) {
        return (e as Error).message;
      }
    };
    expect(words().split('\n')).toHaveLength(51);
    expect(words()).toMatch(/^and 299\d\d more$/m);
  });

  it('beside which another has a line that OpenWrt stumbles over is told of, once', () => {
    write('network', `${NETWORK}config interface 'a-b'\n\toption proto none two\n`);
    expect(loadUci(folder).notices).toEqual([`${folder}/network:5: expected a section's name of letters, digits and _, found a-b; OpenWrt takes nothing of a file with such a line`]);
  });

  it('that others can read is told of, when keys are in it', () => {
    expect(loadUci(folder).notices).toEqual([]);
    write('roamstead', HOME, 0o644);
    expect(loadUci(folder).notices).toEqual([`${folder}/roamstead: others than root can read it, and keys are in it: chmod 600 ${folder}/roamstead`]);
    write('roamstead', HOME.replace(/\toption key.*\n/, '').replace('option key', 'option key_file'), 0o644);
    expect(loadUci(folder).notices).toEqual([expect.stringContaining('it has no key')]);
  });

  it('is printed as JSON, without keys, and with what is waited for', async () => {
    const shown = await printed(() => runUci(folder, 'print', gateway().parts, { netifd: async () => up, pause: async () => undefined }));
    expect(shown).toContain('"uplink": "wwan0"');
    expect(shown).toContain('"key": "(hidden)"');
    const waiting = await printed(() => runUci(folder, 'print', gateway().parts, { netifd: async () => ({ ...up, devices: new Map() }), pause: async () => undefined }));
    expect(waiting).toContain('# waits: the network wan has no device yet\n');
  });

  it('is run as soon as netifd has what it names', async () => {
    const { started, parts } = gateway();
    let asked = 0;
    const netifd = async (): Promise<Live> => {
      asked += 1;
      if (asked === 1) throw new Error('netifd cannot be asked: no ubusd');
      return asked < 4 ? { ...up, devices: new Map() } : up;
    };
    const said = await printed(() => expect(runUci(folder, 'run', parts, { netifd, pause: async () => undefined })).rejects.toThrow('seen; to be started anew'));
    expect([asked, started.map((c) => c.uplink)]).toEqual([4, ['wwan0']]);
    expect(said.match(/waiting: /g)).toHaveLength(2);
    expect(said).toContain('no ubusd');
  });

  it.each([true, false])('ends by itself with its forwarding kept: %s', async (keepForwarding) => {
    const { stops, parts } = gateway(keepForwarding);
    await printed(() => expect(runUci(folder, 'run', parts, { netifd: async () => up, pause: async () => undefined })).rejects.toThrow('seen'));
    expect(stops).toEqual([{ keepForwarding }]);
  });

  it('that is not enabled is checked and not run', async () => {
    write('roamstead', HOME.replace("enabled '1'", "enabled '0'"));
    write('network', NETWORK.replace('qmi', 'pppoe'));
    expect(await printed(() => runUci(folder, 'check', gateway().parts))).toBe(`${folder}/roamstead: correct, and disabled (option enabled)\n`);
    await expect(runUci(folder, 'run', gateway().parts)).rejects.toThrow('not enabled: uci set roamstead.main.enabled=1');
    await expect(agentCommand(['--uci', folder, '--check', '--print'])).rejects.toThrow('expected one of --check, --print and --end, found more');
    await expect(agentCommand(['--uci', folder, '--config', 'x'])).rejects.toThrow('expected --config or --uci, found both');
  });
});
