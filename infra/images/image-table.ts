/** The images: what each starts, as whom, on which ports. Container files and OCI configurations are both made from it. */
import { PORTS } from '../stacks/ports.ts';

export type LayerName = 'base' | 'parley' | 'shell';

export interface ImageRow {
  readonly layers: readonly LayerName[];
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[];
  /** `user:group` */
  readonly user: string;
  readonly what: string;
}

/** As the stacks' security contexts have it. */
export const IMAGE_USER = 10_001;
const PARLEY = ['/usr/bin/bun', '--no-install', '--no-env-file', '--config=/dev/null', '/opt/parley/parley.ts'];

const parley = (what: string, ports: readonly number[]): ImageRow => ({
  layers: ['base', 'parley'],
  ports,
  entrypoint: PARLEY,
  user: `${IMAGE_USER}:${IMAGE_USER}`,
  what,
});

export const IMAGE_TABLE = {
  gateway: parley('edges of a box', [PORTS.client, PORTS.edgesAdmin]),
  relay: parley('the relay of a box', [PORTS.relayLink, PORTS.relayAdmin]),
  dispatch: parley('dispatch of a cell, and its migrations', []),
  loadgen: parley('coordinator and workers of the load generator', [PORTS.coordinator]),
  tuner: {
    layers: ['shell'],
    ports: [],
    entrypoint: [],
    user: '0:0',
    what: 'a shell that sets kernel settings of a node',
  },
} as const satisfies Readonly<Record<string, ImageRow>>;

export type ImageName = keyof typeof IMAGE_TABLE;

/** For whoever has a builder: the same layers, `parley images --out DIR` leaves them beside it. */
export function containerFile(name: ImageName): string {
  const { layers, ports, entrypoint, user, what }: ImageRow = IMAGE_TABLE[name];
  return [
    `# ${name}: ${what}. Written by parley images; build it in the folder that it writes.`,
    'FROM scratch',
    ...layers.map((layer) => `ADD layers/${layer}.tar.gz /`),
    ...(ports.length === 0 ? [] : [`EXPOSE ${ports.join(' ')}`]),
    `USER ${user}`,
    ...(entrypoint.length === 0 ? [] : [`ENTRYPOINT ${JSON.stringify(entrypoint)}`]),
    '',
  ].join('\n');
}
