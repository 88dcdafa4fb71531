import { expect, test } from 'bun:test';
import { gunzipSync } from 'node:zlib';
import { containerFile, IMAGE_TABLE } from './image-table.ts';
import { digestOf, type Layer, ociLayout } from './oci-layout.ts';

const layer = (name: Layer['name'], word: string): Layer => ({ name, tar: new TextEncoder().encode(word) });
const layers = [layer('base', 'one'), layer('parley', 'two'), layer('shell', 'three')];
const layout = ociLayout(IMAGE_TABLE, layers, '1.2.3');
const read = (path: string) => JSON.parse(Buffer.from(layout.files.get(path)!).toString());
const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`;

test('every blob is what its digest and size say, from the index to the layers', () => {
  const { manifests } = read('index.json');
  expect(manifests).toHaveLength(Object.keys(IMAGE_TABLE).length);
  for (const manifest of manifests) {
    const { config, layers: own } = read(blob(manifest.digest));
    for (const { digest, size } of [manifest, config, ...own]) {
      const content = layout.files.get(blob(digest))!;
      expect({ digest: digestOf(content), size: content.length }).toEqual({ digest, size });
    }
    const { rootfs } = read(blob(config.digest));
    expect(rootfs.diff_ids).toEqual(own.map(({ digest }: { digest: string }) => digestOf(gunzipSync(layout.files.get(blob(digest))!))));
  }
});

test('the same layers give the same digests, another one gives others', () => {
  expect(ociLayout(IMAGE_TABLE, layers, '1.2.3').digests).toEqual(layout.digests);
  const other = ociLayout(IMAGE_TABLE, [layer('base', 'other'), ...layers.slice(1)], '1.2.3').digests;
  expect(other.gateway).not.toBe(layout.digests.gateway);
  expect(other.tuner).toBe(layout.digests.tuner);
});

test('an image runs as the user of the stacks, on the ports of the stacks', () => {
  const [{ digest }] = read('index.json').manifests;
  const { config } = read(blob(read(blob(digest)).config.digest));
  expect(config).toMatchObject({ User: '10001:10001', ExposedPorts: { '8443/tcp': {}, '9100/tcp': {} } });
});

test('a container file says the same as the configuration', () => {
  expect(containerFile('gateway')).toContain('EXPOSE 8443 9100\nUSER 10001:10001\nENTRYPOINT ["/usr/bin/bun"');
});
