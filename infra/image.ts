/** An image of ours by its name: registry and tag are the environment's, and the digest where it has been pushed. */
import type { Environment } from './environment.ts';

/** One for each process that a stack starts; `infra/images` makes them. The entry point of each is `parley`. */
export const IMAGES = ['gateway', 'relay', 'dispatch', 'loadgen'] as const;
export type ImageName = (typeof IMAGES)[number];

export function imageOf(name: ImageName, { images }: Environment): string {
  const { registry, tag, digests } = images;
  const digest = digests[name];
  return `${registry}/${name}:${tag}${digest === undefined ? '' : `@${digest}`}`;
}
