/** The agent's image as a container: unpacked, and run by crun with the rights that docs/LINUX.md gives it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CAPABILITIES } from './leastRights.ts';

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly architecture: string };
}

/** An OCI layout's image for one machine, unpacked below `folder`. */
export interface Unpacked {
  readonly rootfs: string;
  readonly config: { readonly Entrypoint: readonly string[]; readonly Cmd: readonly string[]; readonly Env: readonly string[]; readonly StopSignal: string };
}

/** With `tar` and nothing else of ours, as any runtime would. */
export function unpack(archive: Uint8Array, architecture: string, folder: string): Unpacked {
  const layout = mkdtempSync(join(folder, 'layout-'));
  const rootfs = join(folder, 'rootfs');
  mkdirSync(rootfs);
  const extract = (data: Uint8Array, to: string): void => void execFileSync('tar', ['-x', '-p', '-C', to], { input: data });
  extract(archive, layout);
  const blob = ({ digest }: Descriptor): Buffer => readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
  const json = (text: Buffer): any => JSON.parse(text.toString());
  const [index] = json(readFileSync(join(layout, 'index.json'))).manifests;
  const manifest = json(blob(json(blob(index)).manifests.find((m: Descriptor) => m.platform?.architecture === architecture)));
  for (const layer of manifest.layers) extract(gunzipSync(blob(layer)), rootfs);
  return { rootfs, config: json(blob(manifest.config)).config };
}

/** What an engine makes of `--network host --cap-drop all --cap-add …` and the mounts of docs/LINUX.md, the network being a namespace of the test's. */
export function bundle(folder: string, { rootfs, config }: Unpacked, at: { readonly network: string; readonly configuration: string; readonly state: string; readonly pins: string }): void {
  const capabilities = CAPABILITIES.map((name) => `CAP_${name.toUpperCase()}`);
  const bind = (source: string, destination: string, ...options: string[]) => ({ source, destination, type: 'bind', options: ['bind', ...options] });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({
    ociVersion: '1.0.2',
    root: { path: rootfs, readonly: true },
    process: {
      user: { uid: 0, gid: 0 },
      args: [...config.Entrypoint, ...config.Cmd],
      env: config.Env,
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'ro'] },
      bind(at.configuration, '/etc/roamstead', 'ro'),
      bind(at.state, '/run/roamstead'),
      bind(at.pins, '/run/roamstead/agent/bpf'),
    ],
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'ipc' }, { type: 'uts' }, { type: 'network', path: at.network }] },
  }));
}
