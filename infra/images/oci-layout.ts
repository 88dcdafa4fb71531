/** An OCI image layout (image-spec 1.1) as files by path: blobs by their digest, one index. Pure; the same layers give the same bytes. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ImageRow, LayerName } from './image-table.ts';

export interface Layer {
  readonly name: LayerName;
  readonly tar: Uint8Array;
}

export interface Layout {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `sha256:…` of each image's manifest: what a stack pins. */
  readonly digests: Readonly<Record<string, string>>;
  /** Compressed, by name. */
  readonly layers: ReadonlyMap<LayerName, Uint8Array>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;
/** No image is of a time, so that it is the same image tomorrow. */
const CREATED = '1970-01-01T00:00:00Z';

export function ociLayout(images: Readonly<Record<string, ImageRow>>, layers: readonly Layer[], tag: string): Layout {
  const files = new Map<string, Uint8Array>();
  const blob = (mediaType: string, content: Uint8Array): Descriptor => {
    const digest = digestOf(content);
    files.set(`blobs/${digest.replace(':', '/')}`, content);
    return { mediaType, digest, size: content.length };
  };
  const packed = new Map(layers.map(({ name, tar }) => [name, { zip: gzipSync(tar, { level: 6 }), plain: digestOf(tar) }]));
  const digests: Record<string, string> = {};
  const manifests = Object.entries(images).map(([name, row]) => {
    const own = row.layers.map((layer) => packed.get(layer)!);
    const config = blob(
      TYPES.config,
      json(
        configOf(
          row,
          own.map(({ plain }) => plain),
        ),
      ),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config,
      layers: own.map(({ zip }) => blob(TYPES.layer, zip)),
      annotations: { 'org.opencontainers.image.title': name, 'org.opencontainers.image.licenses': 'Apache-2.0' },
    };
    const descriptor = blob(TYPES.manifest, json(manifest));
    digests[name] = descriptor.digest;
    return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': `${name}:${tag}` } };
  });
  files.set('index.json', json({ schemaVersion: 2, mediaType: TYPES.index, manifests }));
  files.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  return { files, digests, layers: new Map([...packed].map(([name, { zip }]) => [name, zip])) };
}

function configOf({ ports, entrypoint, user }: ImageRow, plainLayers: readonly string[]): object {
  return {
    created: CREATED,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {
      User: user,
      Env: ['PATH=/usr/bin:/bin', 'HOME=/tmp', 'NODE_ENV=production'],
      WorkingDir: '/',
      ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
      ...(ports.length === 0 ? {} : { ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])) }),
    },
    rootfs: { type: 'layers', diff_ids: plainLayers },
    history: plainLayers.map(() => ({ created: CREATED, created_by: 'parley images' })),
  };
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
