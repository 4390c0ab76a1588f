/** What lies on an OpenWrt router in shell, run by busybox: what the init script tells procd, what is made for guests, and what is taken away. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minimalRoot, type MinimalRoot } from '../openwrt/minimalRoot.ts';

const NETWORK = "# The home's own, with a comment\n\nconfig interface 'lan'\n\toption device 'br-lan'\n\toption proto 'static'\n\nconfig interface 'wan'\n\toption device 'eth1'\n\toption proto 'dhcp'\n";
const WIRELESS = "\nconfig wifi-device 'radio0'\n\toption band '2g'\n\nconfig wifi-device 'radio1'\n\toption band '6g'\n\nconfig wifi-iface 'default_radio0'\n\toption device 'radio0'\n\toption network 'lan'\n\toption ssid 'home'\n";
const FIREWALL = "\nconfig zone\n\toption name 'wan'\n\tlist network 'wan'\n\toption input 'REJECT'\n";
const DHCP = "\nconfig dhcp 'lan'\n\toption interface 'lan'\n";
const GUEST = "\nconfig guest_network 'guest'\n\toption create '1'\n\toption ssid 'Town'\n";
const AGENT = "config agent 'main'\n\toption enabled '1'\n\toption uplink 'wan'\n\nconfig interface 'guests'\n\toption network 'roam'\n";
const PACKAGES = { network: NETWORK, wireless: WIRELESS, firewall: FIREWALL, dhcp: DHCP, roamstead: GUEST };

let root: MinimalRoot;
beforeAll(async () => void (root = await minimalRoot(PACKAGES)));
afterAll(() => root.remove());

const golden = (name: string): string => readFileSync(join(import.meta.dirname, '../openwrt/golden', name), 'utf8');
const emptied = (path: string): string => {
  const text = root.sh(`cat ${path} 2>/dev/null`).stdout;
  root.sh(`rm -f ${path}`);
  return text;
};

beforeEach(() => {
  root.sh('rm -rf /tmp/procd /tmp/log /tmp/uci-calls /tmp/.uci /etc/roamstead');
  for (const [name, text] of Object.entries(PACKAGES)) root.write(`etc/config/${name}`, text, name === 'roamstead' ? 0o600 : 0o644);
});

describe('the init script', () => {
  /** In the agent's place: answers as `--print` and `--check` do. */
  const agentSays = (code: number, words: string): void => root.write('usr/bin/roamstead', `#!/bin/sh\necho "${words}"\nexit ${code}\n`, 0o755);
  const service = (command: string): ReturnType<MinimalRoot['sh']> => root.sh(`/etc/rc.common /etc/init.d/roamstead ${command}`);

  beforeEach(() => {
    root.write('etc/config/roamstead', AGENT, 0o600);
    agentSays(0, 'domain: D1');
  });

  it('start and reload tell procd the instance and the triggers', () => {
    expect([service('start').code, emptied('/tmp/procd')]).toEqual([0, golden('start.txt')]);
    expect([service('reload').code, emptied('/tmp/procd')]).toEqual([0, golden('start.txt')]);
  });

  it('disabled, there is no instance, and a change of the file brings it', () => {
    root.write('etc/config/roamstead', AGENT.replace("enabled '1'", "enabled '0'"), 0o600);
    expect([service('start').code, emptied('/tmp/procd')]).toEqual([0, golden('disabled.txt')]);
    expect(emptied('/tmp/log')).toContain('disabled: uci set roamstead.main.enabled=1');
    expect([service('reload').code, emptied('/tmp/log')]).toEqual([0, '']);
  });

  it('a wrong configuration is told, and a change of the file is waited for', () => {
    agentSays(2, '/etc/config/roamstead:3: agent.main.domain: missing');
    expect([service('start').code, emptied('/tmp/procd')]).toEqual([0, golden('wrong.txt')]);
    expect(emptied('/tmp/log')).toBe('/etc/config/roamstead:3: agent.main.domain: missing\n');
  });

  it('with an agent that runs, a wrong configuration leaves procd alone, at reload, start and restart', () => {
    agentSays(2, 'wrong');
    // Any process whose command line has the name, where the agent's number stands.
    const running = 'mount -t proc proc /proc; sh -c "sleep 30; : node /usr/lib/roamstead/agent.mjs agent --uci /etc/config" & echo $! >/var/run/roamstead.pid; ';
    for (const command of ['reload', 'start', 'restart']) {
      const { code } = root.sh(`${running}/etc/rc.common /etc/init.d/roamstead ${command}; code=$?; kill "$(cat /var/run/roamstead.pid)"; exit $code`, ['unshare', '--mount', '--pid', '--fork']);
      expect([command, code, emptied('/tmp/procd')]).toEqual([command, 1, '']);
      expect(emptied('/tmp/log')).toMatch(/^wrong\n(the agent keeps running by the configuration that it has|not restarted)\n$/);
    }
  });

  it('a killed agent is told of once the kernel is done with it', () => {
    root.write('usr/bin/roamstead', '#!/bin/sh\n[ -e "/proc/$(cat /var/run/roamstead.pid)" ] && echo early >/tmp/ended || echo cleared >/tmp/ended\n', 0o755);
    // A child that nobody has asked for: it has no command line any more, and is there until its parent ends.
    const dying = 'mount -t proc proc /proc; mkdir -p /var/run/roamstead/agent; touch /var/run/roamstead/agent/a.json; sh -c "sleep 0.1 & echo \\$! >/var/run/roamstead.pid; exec sleep 1" & sleep 0.3; ';
    const { code, stderr } = root.sh(`${dying}/etc/rc.common /etc/init.d/roamstead stop; code=$?; rm -r /var/run/roamstead; exit $code`, ['unshare', '--mount', '--pid', '--fork']);
    expect([code, stderr, emptied('/tmp/ended')]).toEqual([0, '', 'cleared\n']);
  });

  it('restart ends it by procd, stop too when nobody runs; status is the agent’s own', () => {
    expect([service('restart').code, emptied('/tmp/procd')]).toEqual([0, `delete\n${golden('start.txt')}`]);
    expect([service('stop').code, emptied('/tmp/procd')]).toEqual([0, 'delete\n']);
    expect(service('status').stdout).toBe('domain: D1\n');
    agentSays(1, '');
    expect(service('status').stdout.trim()).toBe('inactive');
    expect(service('check').code).toBe(1);
  });
});

describe('the network for guests', () => {
  const script = (command: string): ReturnType<MinimalRoot['sh']> => root.sh(`/usr/lib/roamstead/guest-network.sh ${command}`);
  const files = (): Record<string, string> => Object.fromEntries(Object.keys(PACKAGES).map((name) => [name, root.read(`etc/config/${name}`)]));

  it('is made of new sections alone, once, and undone to the octet, comments and all', () => {
    const made = script('make');
    expect([made.code, made.stderr, made.stdout]).toEqual([0, '', 'made: network roam, bridge br-roam, SSID Town\n']);
    expect(emptied('/tmp/uci-calls')).toBe(golden('make.txt'));
    const after = files();
    expect(Object.entries(after).map(([name, text]) => `# ${name}\n${text}`).join('')).toBe(golden('made.txt'));
    expect(script('make').stdout).toContain('is there already');
    expect(files()).toEqual(after);
    expect(root.sh('ls -ld /etc/roamstead/guest-network').stdout).toMatch(/^drwx------/);
    expect(script('undo').code).toBe(0);
    expect(files()).toEqual(PACKAGES);
    expect(root.sh('ls /etc/roamstead').stdout).toBe('guest-network-undone\n');
    expect(script('undo')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('is made on the radios that are named, with the key that is given', () => {
    root.sh('uci set roamstead.guest.encryption=psk2; uci set roamstead.guest.key=secretsecret; uci add_list roamstead.guest.radio=radio1; uci commit roamstead');
    expect(script('make').code).toBe(0);
    const { wireless } = files();
    // 6 GHz, where there is no WPA2.
    expect([wireless?.includes('roam_radio0'), wireless?.includes("option encryption 'sae'"), wireless?.includes("option key 'secretsecret'")]).toEqual([false, true, true]);
  });

  it('without a radio there is no SSID, and it says so', () => {
    root.write('etc/config/wireless', '', 0o644);
    const { code, stdout } = script('make');
    expect([code, stdout]).toEqual([0, expect.stringContaining('no SSID, since /etc/config/wireless has no radio')]);
    expect(files()).toMatchObject({ wireless: '', network: expect.stringContaining('roam_bridge') });
  });

  it('a power cut in the middle leaves no SSID without its walls, and the next make finishes it', () => {
    // Changes that are not committed are in memory.
    root.write('sbin/uci', '#!/bin/sh\n[ "$2 $3" = "commit wireless" ] && [ -e /tmp/cut ] && rm -rf /tmp/cut /tmp/.uci && kill -9 $PPID\necho "$*" >>/tmp/uci-calls\nexec node /usr/lib/uci-double.mjs "$@"\n', 0o755);
    root.sh('touch /tmp/cut');
    script('make');
    const cut = files();
    expect([cut.firewall?.includes("config zone 'roam'"), cut.dhcp?.includes("option ignore '1'"), cut.wireless]).toEqual([true, true, WIRELESS]);
    expect(script('make').stdout).toContain('made: network roam');
    expect(files().wireless).toContain('roam_radio1');
    script('undo');
    expect(files().wireless).toBe(WIRELESS);
  });

  it('of what its owner edited since, the edited stays and the rest goes', () => {
    script('make');
    root.sh("uci set wireless.roam_radio0.ssid=Mine; uci commit wireless; uci set network.lan.mtu=1400; uci commit network; uci set roamstead.main=agent; uci commit roamstead");
    const undone = script('undo');
    expect(undone.stdout).toBe('left, because it was changed since it was made: wireless.roam_radio0 (uci delete wireless.roam_radio0)\n');
    const { network, wireless, firewall, roamstead } = files();
    expect(network).toBe("\nconfig interface 'lan'\n\toption device 'br-lan'\n\toption proto 'static'\n\toption mtu '1400'\n\nconfig interface 'wan'\n\toption device 'eth1'\n\toption proto 'dhcp'\n\n");
    expect([wireless?.includes('roam_radio0'), wireless?.includes('roam_radio1'), firewall]).toEqual([true, false, FIREWALL]);
    expect(roamstead).toBe(`${GUEST}\nconfig agent 'main'\n\n`);
  });

  it.each([
    ['uci set network.wan.mtu=1400', 'there are changes to network that are not committed'],
    ["uci set firewall.roam=zone; uci commit firewall", 'there is a section firewall.roam already'],
    ["uci set network.mine=device; uci set network.mine.name=br-roam; uci commit network", 'there is a device br-roam already'],
    ["uci set roamstead.guest.ssid=\"Town's\"; uci commit roamstead", "an SSID or key with ' or a control character in it"],
    ["uci set roamstead.guest.ssid='The community of the whole long street'; uci commit roamstead", 'the SSID has more than 32 octets'],
    ['uci set roamstead.guest.key=secretsecret; uci commit roamstead', 'there is a key, but encryption is none'],
    ['uci set roamstead.guest.encryption=psk2; uci commit roamstead', 'encryption psk2 wants a key of 8 to 63 octets'],
    ["uci set roamstead.guest.encryption=wpa2; uci commit roamstead", 'encryption is none, owe, psk2, sae or sae-mixed, not wpa2'],
    ["uci set roamstead.guest.radio=radio9; uci commit roamstead", 'there is no radio radio9'],
    ['uci delete roamstead.guest.ssid; uci commit roamstead', 'which SSID?'],
  ])('after %s nothing is touched', (line, words) => {
    root.sh(line);
    const before = files();
    const { code, stderr } = script('make');
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
    expect([files(), root.sh('ls /etc/roamstead 2>/dev/null').stdout]).toEqual([before, '']);
  });

  it('comes at installation only where it is asked for', () => {
    root.sh('sh /etc/uci-defaults/90-roamstead');
    expect(root.read('etc/config/network')).toContain('roam_bridge');
    expect(root.sh('sh /etc/uci-defaults/90-roamstead').code).toBe(0);
    script('undo');
    // Its owner's word: an upgrade does not make it again.
    root.sh('sh /etc/uci-defaults/90-roamstead');
    expect(root.read('etc/config/network')).toBe(NETWORK);
    root.sh('rm -r /etc/roamstead');
    root.write('etc/config/roamstead', GUEST.replace("create '1'", "create '0'"), 0o644);
    expect(root.sh('sh /etc/uci-defaults/90-roamstead').code).toBe(0);
    expect(root.read('etc/config/network')).toBe(NETWORK);
    expect(root.sh('ls -l /etc/config/roamstead').stdout).toMatch(/^-rw-------/);
  });

  it('goes with the package, and stays in an upgrade', () => {
    script('make');
    root.sh('PKG_UPGRADE=1 /usr/lib/roamstead/before-removal.sh');
    expect(root.read('etc/config/network')).toContain('roam_bridge');
    root.write('etc/init.d/roamstead', '#!/bin/sh\necho "$1" >>/tmp/procd\n', 0o755);
    root.sh('/usr/lib/roamstead/before-removal.sh');
    expect([emptied('/tmp/procd'), root.read('etc/config/network'), root.sh('ls /etc/roamstead').stdout]).toEqual(['stop\n', NETWORK, 'guest-network-undone\n']);
  });
});
