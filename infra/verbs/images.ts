/** `parley images`: every image as an OCI layout, without a daemon, and container files over the same layers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { containerFile, IMAGE_TABLE, type ImageName } from '../images/image-table.ts';
import { imageLayers } from '../images/layers.ts';
import { ociLayout } from '../images/oci-layout.ts';

export const verb: Verb = {
  summary: 'make the images of all processes as an OCI layout, without a daemon',
  help: `
Usage: parley images --out DIR [--tag TAG] [--json]

  --out DIR   where the layout is written
  --tag TAG   in the references of the layout (0.1.0)
  --json      one JSON document: digest by image, as an environment's images.digests has it

Writes an OCI image layout with ${Object.keys(IMAGE_TABLE).join(', ')}, and Containerfile.NAME beside it for those who have a
builder. Bun is the one that runs this, its C library is Debian's; no shell but in the tuner. The same sources, Bun and
Debian give the same digests. Push it with what you have, such as:

  skopeo copy oci:DIR:gateway:0.1.0 docker://REGISTRY/gateway:0.1.0`,
  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: { out: { type: 'string' }, tag: { type: 'string', default: '0.1.0' }, json: { type: 'boolean', default: false } },
    });
    if (values.out === undefined) {
      console.error('parley images: --out names no folder');
      return EXIT.couldNotRun;
    }
    const digests = await writeImages(values.out, values.tag, (line) => console.error(line));
    if (values.json) console.log(JSON.stringify({ schema: 1, out: values.out, digests }, undefined, 2));
    else for (const [name, digest] of Object.entries(digests)) console.log(`${name.padEnd(9)} ${digest}`);
    return EXIT.ok;
  },
};

export async function writeImages(out: string, tag: string, say: (line: string) => void): Promise<Readonly<Record<string, string>>> {
  const layout = ociLayout(IMAGE_TABLE, await imageLayers(say), tag);
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content);
  };
  for (const [path, content] of layout.files) write(path, content);
  for (const [name, content] of layout.layers) write(`layers/${name}.tar.gz`, content);
  for (const name of Object.keys(IMAGE_TABLE) as ImageName[]) write(`Containerfile.${name}`, containerFile(name));
  return layout.digests;
}
