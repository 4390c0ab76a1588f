/** OCI images without a container engine: an image layout (OCI Image Format 1.1) with one index for several machines, as one tar file. */
import { createHash } from 'node:crypto';
import type { Pack } from './pack.ts';
import { gzip, tar, tree } from './tar.ts';
import type { TarEntry } from './tar.ts';

export interface OciPlatform {
  /** As Go names machines: `amd64`, `arm64`, `arm` with variant `v7`. */
  readonly architecture: string;
  readonly variant?: string;
}

export interface OciImage extends OciPlatform {
  /** The lowest first. What changes seldom stands below, so that an upgrade fetches the rest alone. */
  readonly layers: readonly (readonly TarEntry[])[];
}

/** What a container is started with (image-spec config.md). */
export interface OciRun {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  readonly labels: Readonly<Record<string, string>>;
}

export interface OciOptions {
  /** Dates everything, in seconds since 1970. */
  readonly time: number;
  /** Of the image in the layout: `roamstead:0.1.0`. */
  readonly reference: string;
  /** How layers are packed; `gzip` by default. */
  readonly pack?: Pack;
}

const TYPE = { index: 'application/vnd.oci.image.index.v1+json', manifest: 'application/vnd.oci.image.manifest.v1+json', config: 'application/vnd.oci.image.config.v1+json', layer: 'application/vnd.oci.image.layer.v1.tar+gzip' } as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const digestOf = (data: Uint8Array): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** The layout, packed. `platforms` have the same files below the same names, each for its machine. @throws Error in words for two of one machine */
export function ociArchive(images: readonly OciImage[], run: OciRun, { time, reference, pack = gzip }: OciOptions): Buffer {
  const twice = images.find(({ architecture }, i) => images.findIndex((other) => other.architecture === architecture) !== i);
  if (twice) throw new Error(`oci: ${twice.architecture} is given twice, and whoever fetches the image would get either`);
  const blobs = new Map<string, Uint8Array>();
  const created = new Date(time * 1000).toISOString();
  const add = (mediaType: string, data: Uint8Array): Descriptor => {
    const digest = digestOf(data);
    blobs.set(digest, data);
    return { mediaType, digest, size: data.length };
  };
  const json = (mediaType: string, value: object): Descriptor => add(mediaType, Buffer.from(JSON.stringify(value)));

  function manifestOf({ architecture, variant, layers }: OciImage): object {
    const archives = layers.map((entries) => tar(tree(entries), { time }));
    const platform = { architecture, ...(variant === undefined ? {} : { variant }), os: 'linux' };
    const config = json(TYPE.config, {
      created,
      ...platform,
      config: { Entrypoint: run.entrypoint, Cmd: run.command, Env: run.environment, StopSignal: run.stopSignal, Labels: run.labels },
      rootfs: { type: 'layers', diff_ids: archives.map(digestOf) },
      history: archives.map(() => ({ created, created_by: 'roamstead package' })),
    });
    const packed = archives.map((archive) => add(TYPE.layer, pack(archive)));
    return { ...json(TYPE.manifest, { schemaVersion: 2, mediaType: TYPE.manifest, config, layers: packed }), platform };
  }

  const index = json(TYPE.index, { schemaVersion: 2, mediaType: TYPE.index, manifests: images.map(manifestOf), annotations: run.labels });
  const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': reference } };
  const file = (name: string, data: Uint8Array): TarEntry => ({ kind: 'file', name, mode: 0o644, data });
  return tar(tree([
    file('oci-layout', Buffer.from(JSON.stringify({ imageLayoutVersion: '1.0.0' }))),
    file('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: TYPE.index, manifests: [named] }))),
    ...[...blobs].map(([digest, data]) => file(`blobs/${digest.replace(':', '/')}`, data)),
  ]), { time });
}
