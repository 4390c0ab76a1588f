/** What OpenWrt's packages hold and need: the one place that says so. */
import { lmo } from './lmo.ts';
import type { Hooks, Package } from './package.ts';

export type Release = '24.10' | '25.12';
export const RELEASES: readonly Release[] = ['24.10', '25.12'];

/** Files of the house and where they lie on the router; `from` is a folder below the root of the repository. */
export interface Source {
  readonly from: string;
  readonly to: string;
  /** Of the names below `from`; all by default. */
  readonly only?: RegExp;
  /** What a file becomes on its way into the package. */
  readonly made?: (file: Made) => Made;
}

export interface Made {
  /** Below `to`. */
  readonly name: string;
  readonly data: Uint8Array;
}

interface Dependency {
  readonly name: string;
  readonly because: string;
  readonly on?: Release;
}

export interface Recipe {
  readonly name: string;
  readonly description: string;
  readonly section: string;
  readonly sources: readonly Source[];
  readonly depends: readonly Dependency[];
  readonly conffiles: readonly string[];
  readonly hooks: Hooks;
  /** Octets that the package may have, in every format. */
  readonly limit?: number;
}

export const ABOUT = { license: 'Apache-2.0', maintainer: 'Roamstead <packages@roamstead.example>', url: 'https://roamstead.example/' } as const;

/** By name on the router, the first that fits; whatever the checkout's modes are. */
const MODES: readonly (readonly [name: RegExp, mode: number, because: string])[] = [
  [/^etc\/config\//, 0o600, 'it may hold keys'],
  [/^etc\/init\.d\//, 0o755, 'procd starts it'],
  [/^etc\/uci-defaults\//, 0o755, 'as every package of OpenWrt has it'],
  [/^usr\/(?:s?bin|libexec)\//, 0o755, 'a program'],
  [/^usr\/lib\/roamstead\/[^/]+\.sh$/, 0o755, 'a program of our own'],
];
const MODE = 0o644;
export const modeOf = (name: string): number => MODES.find(([fits]) => fits.test(name))?.[1] ?? MODE;

const SHELL = /^(?:etc\/init\.d|usr\/bin|usr\/lib\/roamstead)\//;

/** Flash is for what runs: of a script's remarks its head alone, which says what it is. */
function withoutRemarks({ name, data }: Made): Made {
  if (!SHELL.test(name)) return { name, data };
  const isRemark = (line: string): boolean => /^\s*#/.test(line);
  const lines = new TextDecoder().decode(data).split('\n');
  const head = lines.findIndex((line) => !isRemark(line));
  return { name, data: new TextEncoder().encode(lines.filter((line, i) => i < head || !isRemark(line)).join('\n')) };
}

/**
 * OpenWrt's images have ubusd, procd, netifd, uci, firewall4 with nf_tables for family inet, dnsmasq, odhcpd, hostapd with ubus,
 * BPF and AF_PACKET in the kernel, and with Wi-Fi iw: nothing of that is named here.
 */
export const ROAMSTEAD: Recipe = {
  name: 'roamstead',
  description: 'Gateway of community Wi-Fi: guests keep their address from home to home (Proxy Mobile IPv6)',
  section: 'net',
  sources: [
    { from: 'agent/openwrt/files', to: '', made: withoutRemarks },
    { from: 'dist/agent-openwrt', to: 'usr/lib/roamstead', only: /\.(?:mjs|o)$/ },
    { from: 'build', to: 'usr/lib/roamstead/build', only: /^roamstead-(?:x64|arm64|arm)\.node$/ },
  ],
  depends: [
    { name: 'node', because: 'runs the agent: 24.10 has 20.20.2 in its feed of packages; 25.12 has none, there roamstead-node or a third party provides it' },
    { name: 'kmod-sched-core', because: 'sch_ingress, which has the clsact queueing discipline that the eBPF programs are attached to' },
    { name: 'kmod-sched-bpf', because: 'cls_bpf, which runs them on packets' },
    { name: 'kmod-veth', because: 'a pair of devices by which decapsulated packets come back to the stack' },
  ],
  conffiles: ['etc/config/roamstead'],
  hooks: {
    // apk replaces the files of a running agent, and procd would leave it as it is: its configuration is the same. opkg stopped it before.
    installed: 'if [ "${PKG_UPGRADE}" = "1" ] && [ -z "${IPKG_INSTROOT}" ] && /etc/init.d/roamstead running; then\n/etc/init.d/roamstead restart\nfi',
    removing: '[ -x /usr/lib/roamstead/before-removal.sh ] && /usr/lib/roamstead/before-removal.sh',
    // Both package managers leave a conffile that was edited, and what they once put beside it; opkg leaves folders.
    removed: 'rm -rf /etc/roamstead /var/run/roamstead /usr/lib/roamstead\nrm -f /etc/config/roamstead /etc/config/roamstead-opkg /etc/config/roamstead.apk-new',
  },
  limit: 250_000,
};

const RELOAD_LUCI = 'if [ -z "${IPKG_INSTROOT}" ]; then\nrm -f /tmp/luci-indexcache.*\nrm -rf /tmp/luci-modulecache\n[ -x /etc/init.d/rpcd ] && /etc/init.d/rpcd reload\nfi';

export const LUCI_APP: Recipe = {
  name: 'luci-app-roamstead',
  description: 'LuCI page of Roamstead: state, pause and cap of sharing, claim code',
  section: 'luci',
  sources: [
    { from: 'agent/openwrt/luci/htdocs', to: 'www' },
    { from: 'agent/openwrt/luci/root', to: '' },
    // LuCI takes every catalog of its language that lies there.
    { from: 'agent/openwrt/luci/po', to: 'usr/lib/lua/luci/i18n', only: /^[a-z_]+\/roamstead\.po$/i, made: ({ name, data }) => ({ name: `roamstead.${name.slice(0, name.indexOf('/')).toLowerCase()}.lmo`, data: lmo(new TextDecoder().decode(data)) }) },
    { from: 'docs', to: 'www/luci-static/resources/roamstead', only: /^openwrt\.md$/ },
  ],
  depends: [
    { name: 'roamstead', because: 'the page shows its agent' },
    { name: 'luci-base', because: 'menu, access lists and the JavaScript that the page is drawn with' },
  ],
  conffiles: [],
  // Menus are cached and access lists are read once.
  hooks: { installed: RELOAD_LUCI, removed: `${RELOAD_LUCI}\nrm -rf /www/luci-static/resources/view/roamstead /www/luci-static/resources/roamstead` },
};

/** Libraries by the name that a musl Node asks its loader for; whatever else it asks for, no package of OpenWrt has. */
const LIBRARIES: Readonly<Record<string, string>> = {
  'libstdc++.so.6': 'libstdcpp',
  'libgcc_s.so.1': 'libgcc',
  'libatomic.so.1': 'libatomic',
  'libz.so.1': 'zlib',
  'libcrypto.so.3': 'libopenssl',
  'libssl.so.3': 'libopenssl',
};

export interface Runtime {
  readonly version: string;
  readonly architecture: string;
  readonly binary: Uint8Array;
  /** Names of libraries that the binary needs besides musl. */
  readonly needs: readonly string[];
}

/** @throws Error in words when the binary needs a library that OpenWrt has no package for */
export function runtimePackage({ version, architecture, binary, needs }: Runtime): Package {
  const depends = needs.map((library) => {
    const name = LIBRARIES[library];
    if (name === undefined) throw new Error(`--node: it needs ${library}, of which no package of OpenWrt is known; give one that is linked statically but for musl and the C++ library`);
    return name;
  });
  return {
    name: 'roamstead-node',
    version: `${version}-r1`,
    architecture,
    description: 'Node.js runtime for Roamstead, where the feed has none',
    section: 'lang',
    ...ABOUT,
    license: 'MIT',
    depends: [...new Set(depends)].sort(),
    provides: [`node=${version}-r1`],
    files: [{ kind: 'file', name: 'usr/bin/node', mode: 0o755, data: binary }],
    conffiles: [],
    hooks: {},
  };
}
