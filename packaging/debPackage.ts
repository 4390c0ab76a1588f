/** What lies on a Debian gateway: the agent's package, and one with a Node for systems whose own is older than the agent needs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEB_ARCHITECTURES, type Arch, type DebPackage } from './deb.ts';
import { ABOUT } from './openwrt.ts';
import { filesBelow } from './payload.ts';
import { gzip, type TarEntry } from './tar.ts';

/** Where Debian's and NodeSource's Node is; else `roamstead-node` brings one. */
export const NODE_DEPENDENCY = 'nodejs (>= 20.19) | roamstead-node';
const LIBRARY = 'usr/lib/roamstead';
const CONFIGURATION = 'etc/roamstead/agent.yaml';
const DOC = 'usr/share/doc/roamstead';
const EXAMPLES = ['mag-vlans', 'mag-default-profile', 'mag-local-profile', 'mag-radius', 'mag-fleet'];

const file = (name: string, source: string, mode = 0o644): TarEntry => ({ kind: 'file', name, mode, data: readFileSync(source) });

/** The bundle and the addon of one machine, as they lie below /usr/lib/roamstead: the same in the package and in the image. */
export function agentFiles(root: string, arch: Arch): TarEntry[] {
  const bundle = join(root, 'dist', 'agent');
  return [...filesBelow(bundle).filter((name) => /\.(?:mjs|o)$/.test(name)).map((name) => file(`${LIBRARY}/${name}`, join(bundle, name))), file(`${LIBRARY}/build/roamstead-${arch}.node`, join(root, 'build', `roamstead-${arch}.node`))];
}

/** As copyright-format 1.0 and deb-changelog(5) have them. */
const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: roamstead
Source: ${ABOUT.url}

Files: *
Copyright: the authors of Roamstead
License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

Files: usr/lib/roamstead/pmip.bpf.o
Copyright: the authors of Roamstead
License: GPL-2 or MIT
 The programs of the data path, under the GNU General Public License version 2
 (/usr/share/common-licenses/GPL-2) or the MIT license.
`;

const changelog = (version: string, time: number): string => `roamstead (${version}-1) unstable; urgency=medium

  * What changed: CHANGELOG.md.

 -- ${ABOUT.maintainer}  ${new Date(time * 1000).toUTCString().replace('GMT', '+0000')}
`;

/** `root`: the repository, built; `time` dates its changelog. @throws Error of node:fs for what is not there */
export function agentDeb(root: string, arch: Arch, version: string, time: number): DebPackage {
  const at = (...path: string[]): string => join(root, 'agent', 'linux', ...path);
  const script = (name: string): string => readFileSync(at('debian', name), 'utf8');
  return {
    name: 'roamstead',
    version: `${version}-1`,
    architecture: DEB_ARCHITECTURES[arch],
    section: 'net',
    maintainer: ABOUT.maintainer,
    homepage: ABOUT.url,
    depends: ['adduser', 'init-system-helpers (>= 1.52)', NODE_DEPENDENCY],
    description: [
      'community Wi-Fi gateway (Proxy Mobile IPv6 MAG)',
      'Phones keep their address while they go from gateway to gateway: the agent',
      'registers them at a local mobility anchor (RFC 5213) and tunnels their packets',
      'there. It runs as a user of its own with three capabilities.',
    ],
    files: [
      ...agentFiles(root, arch),
      file('usr/bin/roamstead', at('roamstead'), 0o755),
      file(`${LIBRARY}/stop`, at('stop'), 0o755),
      file('usr/lib/systemd/system/roamstead-agent.service', at('roamstead-agent.service')),
      { kind: 'directory', name: 'etc/roamstead', mode: 0o700 },
      file(CONFIGURATION, at('agent.yaml'), 0o600),
      { kind: 'file', name: `${DOC}/copyright`, mode: 0o644, data: Buffer.from(COPYRIGHT) },
      { kind: 'file', name: `${DOC}/changelog.Debian.gz`, mode: 0o644, data: gzip(Buffer.from(changelog(version, time))) },
      file(`${DOC}/CHANGELOG.md`, join(root, 'CHANGELOG.md')),
      file(`${DOC}/LINUX.md`, join(root, 'docs', 'LINUX.md')),
      ...EXAMPLES.map((name) => file(`${DOC}/examples/${name}.yaml`, join(root, 'examples', `${name}.yaml`))),
    ],
    conffiles: [CONFIGURATION],
    scripts: Object.fromEntries(['postinst', 'prerm', 'postrm'].map((name) => [name, script(name)])),
  };
}

/** `node`: a Node for glibc, such as nodejs.org's. `version`: its own, such as 20.20.2. */
export function nodeDeb(node: Uint8Array, arch: Arch, version: string): DebPackage {
  return {
    name: 'roamstead-node',
    version: `${version}-1`,
    architecture: DEB_ARCHITECTURES[arch],
    section: 'javascript',
    maintainer: ABOUT.maintainer,
    homepage: 'https://nodejs.org',
    // What nodejs.org's binaries are linked with.
    depends: ['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 9)', ...(arch === 'arm' ? ['libatomic1'] : [])],
    description: ['Node.js for Roamstead, where the system has none or an older one', 'Lies beside the agent and is used by nothing else.'],
    files: [{ kind: 'file', name: `${LIBRARY}/node`, mode: 0o755, data: node }],
    conffiles: [],
    scripts: {},
  };
}
