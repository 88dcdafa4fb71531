/** The runbooks of this tree, and all that they are held to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTS } from '../../dashboards/alerts/names.ts';
import { BOARDS } from '../../dashboards/boards.ts';
import { CATALOGUE } from '../../dashboards/catalogue.ts';
import { VERBS } from '../../parley.ts';
import type { Known } from './check.ts';
import { clusterOf } from './cluster-objects.ts';
import { type Page, readPage } from './markdown.ts';

export const ROOT = join(import.meta.dir, '../..');
/** Stacks as they are synthesized for production; a test holds them to `parley synth`. */
const STACKS = join(ROOT, 'infra/goldens/production');

export function projectPages(): readonly Page[] {
  const folders = ['runbooks', 'runbooks/procedures'];
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => readPage(`${folder}/${name}`, readFileSync(join(ROOT, folder, name), 'utf8'))),
  );
}

export async function projectKnown(): Promise<Known> {
  const help = new Map<string, string>();
  for (const [name, { load }] of Object.entries(VERBS)) help.set(name, (await load()).verb.help);
  const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  const folders = readdirSync(STACKS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const order = json(join(STACKS, 'order.json')) as { readonly secrets: readonly { readonly namespace: string; readonly name: string }[] };
  return {
    alerts: ALERTS,
    boards: BOARDS,
    catalogue: CATALOGUE,
    help,
    cluster: clusterOf(
      folders.map(({ name }) => json(join(STACKS, name, 'cdk.tf.json'))),
      order.secrets,
    ),
    exists: (path) => existsSync(join(ROOT, path)),
  };
}
