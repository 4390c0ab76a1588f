/** Container images, read as the OCI Image Format 1.1 says: every blob is where its digest says, and every layer is the one that the configuration names. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ociArchive, type OciImage, type OciRun } from '../../packaging/oci.ts';
import { readTar } from './reader.ts';
import { file, TIME } from './samples.ts';

const RUN: OciRun = { entrypoint: ['/usr/bin/node'], command: ['agent'], environment: ['PATH=/usr/bin'], stopSignal: 'SIGTERM', labels: { title: 'x' } };
const IMAGES: readonly OciImage[] = [
  { architecture: 'amd64', layers: [[file('usr/bin/node', 'amd64')], [file('usr/lib/agent.mjs', 'agent')]] },
  { architecture: 'arm', variant: 'v7', layers: [[file('usr/bin/node', 'arm')], [file('usr/lib/agent.mjs', 'agent')]] },
];
const OPTIONS = { time: TIME, reference: '0.1.0' };
const archive = ociArchive(IMAGES, RUN, OPTIONS);

const files = new Map(readTar(archive).flatMap((e): [string, Buffer][] => (e.kind === 'file' ? [[e.name, Buffer.from(e.data)]] : [])));
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [more: string]: unknown;
}
const blob = ({ digest, size }: Descriptor): Buffer => {
  const data = files.get(`blobs/${digest.replace(':', '/')}`) ?? Buffer.from('');
  expect([`sha256:${sha256(data)}`, data.length]).toEqual([digest, size]);
  return data;
};
const json = (text: Buffer | undefined): any => JSON.parse(text?.toString() ?? 'null');

describe('an image', () => {
  const [named] = json(files.get('index.json')).manifests;
  const { manifests } = json(blob(named));

  it('is a layout with one index of all machines, by the name of its version', () => {
    expect(json(files.get('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(named).toMatchObject({ mediaType: 'application/vnd.oci.image.index.v1+json', annotations: { 'org.opencontainers.image.ref.name': '0.1.0' } });
    expect(manifests.map((m: Descriptor) => m['platform'])).toEqual([{ architecture: 'amd64', os: 'linux' }, { architecture: 'arm', variant: 'v7', os: 'linux' }]);
  });

  it.each([0, 1])('of machine %i has its layers, and a configuration that names them unpacked', (i) => {
    const manifest = json(blob(manifests[i]));
    const config = json(blob(manifest.config));
    expect(config).toMatchObject({ created: '2026-01-01T00:00:00.000Z', os: 'linux', config: { Entrypoint: ['/usr/bin/node'], Cmd: ['agent'], Env: ['PATH=/usr/bin'], StopSignal: 'SIGTERM', Labels: { title: 'x' } } });
    const layers: Buffer[] = manifest.layers.map((l: Descriptor) => gunzipSync(blob(l)));
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: layers.map((l) => `sha256:${sha256(l)}`) });
    expect(config.history).toHaveLength(2);
    expect(layers.map((l) => readTar(l).map((e) => e.name))).toEqual([['usr', 'usr/bin', 'usr/bin/node'], ['usr', 'usr/lib', 'usr/lib/agent.mjs']]);
  });

  it('holds once what is the same for both machines, and nothing that nobody names', () => {
    // An index, two manifests, two configurations, two layers of their own and one in common.
    expect([...files.keys()].filter((name) => name.startsWith('blobs/sha256/'))).toHaveLength(8);
    expect(files.size).toBe(10);
  });

  it('is the same whenever it is made', () => {
    expect(ociArchive(IMAGES, RUN, OPTIONS).equals(archive)).toBe(true);
    expect(ociArchive(IMAGES, RUN, { ...OPTIONS, time: 0 }).equals(archive)).toBe(false);
  });

  it('is not made of two for one machine', () => {
    expect(() => ociArchive([...IMAGES, ...IMAGES], RUN, OPTIONS)).toThrow(/^oci: \w+ is given twice/);
  });
});
