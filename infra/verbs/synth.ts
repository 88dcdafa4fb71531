/**
 * `parley synth ENVIRONMENT`: writes the Terraform JSON of every stack of an environment, sized by a plan, or holds the stacks that
 * stand in a folder against it. Reads everything first and writes last: what is refused leaves no file.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { changedPartitions, type Mismatch, mismatches } from '../check.ts';
import type { Environment } from '../environment.ts';
import { openReason } from '../open-fields.ts';
import type { SizeSources } from '../read-sizes.ts';
import { environmentNames, readSources } from '../read-sources.ts';
import { isRefusal, type Refusal, refusalText } from '../refusal.ts';
import { ORDER_FILE, type Synthesized, synthesize } from '../synth.ts';

const DEFAULT_OUT = '.parley/stacks';

const OPTIONS = {
  plan: { type: 'string' },
  out: { type: 'string' },
  check: { type: 'boolean' },
  complete: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const verb: Verb = {
  summary: 'write the stacks of an environment, sized by a plan, as Terraform’s JSON',
  help: `
Usage: parley synth ENVIRONMENT [--plan FILE] [--out DIR] [--check] [--complete] [--json]

  ENVIRONMENT  ${environmentNames().join(', ')}, or a path of an environment’s JSON
  --plan FILE  a plan that parley plan --json wrote; without it one is made for the workload of the environment
  --out DIR    where stacks are written, or looked for (${DEFAULT_OUT})
  --check      write nothing: are the stacks in DIR those of this plan? Says each place that is not, and the rows behind it
  --complete   refuse while a field of the environment is open: a host that is an example, an image or a chart without its digest
  --json       one JSON document

Writes DIR/ENVIRONMENT/STACK/cdk.tf.json for each stack of each cell, and DIR/ENVIRONMENT/order.json: the order of
apply and destroy, what must be true in between, which secrets must be there, which fields of the environment are open.

  parley synth production
  cd ${DEFAULT_OUT}/production/cell-000-operators && tofu init && tofu apply    then -data, -gateway, … as order.json says

Ends with 0 when it was written or matches, with 1 when --check finds a mismatch, with 3 when something was refused: it
names the field and the file, and nothing is written.`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  const out = values.out ?? DEFAULT_OUT;
  const result = prepared(positionals, values.plan, out);
  if (isRefusal(result)) return refuse(result, values.json === true);
  const { wanted, sources, standing } = result;
  const [open, ...more] = values.complete === true ? wanted.order.open : [];
  if (open !== undefined) {
    const others = more.length === 0 ? '' : `; so are ${more.join(', ')}`;
    return refuse(
      { file: sources.environment.file, field: open, refused: `is open: it ${openReason(open)}${others}` },
      values.json === true,
    );
  }
  if (values.check === true) {
    const found = mismatches(standing, wanted, sources);
    console.log(
      values.json === true
        ? JSON.stringify({ matches: found.length === 0, mismatches: found }, undefined, 2)
        : checkText(found, out, wanted),
    );
    return found.length === 0 ? EXIT.ok : EXIT.refuted;
  }
  const [changed] = changedPartitions(standing, wanted);
  if (changed !== undefined)
    return refuse({ file: join(out, changed.file), field: changed.place, refused: changed.problem }, values.json === true);
  const written = write(wanted, standing, out);
  const summary = summaryOf(wanted, written, standing, out);
  console.log(values.json === true ? JSON.stringify(summary, undefined, 2) : summaryText(summary, wanted, sources.environment.file));
  return EXIT.ok;
}

interface Prepared {
  readonly wanted: Synthesized;
  readonly sources: SizeSources;
  readonly standing: ReadonlyMap<string, string>;
}

function prepared(positionals: readonly string[], planFile: string | undefined, out: string): Prepared | Refusal {
  if (positionals.length !== 1)
    return { refused: `takes one environment: ${environmentNames().join(', ')}`, field: '', file: 'parley synth' };
  const sources = readSources(positionals[0]!, planFile);
  if (isRefusal(sources)) return sources;
  const wanted = synthesize(sources);
  return isRefusal(wanted) ? wanted : { wanted, sources, standing: standingIn(out, sources.environment.value) };
}

/** What an earlier synth wrote, and people may have changed. */
function standingIn(out: string, { name }: Environment): ReadonlyMap<string, string> {
  const standing = new Map<string, string>();
  const folder = join(out, name);
  if (!existsSync(folder)) return standing;
  for (const entry of readdirSync(folder).sort()) {
    const path = entry === ORDER_FILE ? `${name}/${entry}` : `${name}/${entry}/cdk.tf.json`;
    if (existsSync(join(out, path))) standing.set(path, readFileSync(join(out, path), 'utf8'));
  }
  return standing;
}

/** Number of files that were not there, or were others. A stack's folder holds more than its JSON once it was initialised: that stays. */
function write({ files }: Synthesized, standing: ReadonlyMap<string, string>, out: string): number {
  let written = 0;
  for (const [path, text] of files) {
    if (standing.get(path) === text) continue;
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
    written++;
  }
  return written;
}

interface Summary {
  readonly environment: string;
  readonly out: string;
  readonly cells: number;
  readonly stacks: number;
  readonly objects: number;
  readonly charts: number;
  readonly filesWritten: number;
  /** Stacks that stand and belong to no cell of this plan. */
  readonly left: readonly string[];
  readonly open: readonly string[];
}

function summaryOf(
  { files, stacks, sizes, order }: Synthesized,
  filesWritten: number,
  standing: ReadonlyMap<string, string>,
  out: string,
): Summary {
  const sum = (of: (one: (typeof stacks)[number]['stack']['contents']) => number) =>
    stacks.reduce((all, { stack }) => all + of(stack.contents), 0);
  return {
    environment: order.environment,
    out,
    cells: sizes.cells.length,
    stacks: stacks.length,
    objects: sum(({ objects }) => objects.length),
    charts: sum(({ releases = [] }) => releases.length),
    filesWritten,
    left: [...standing.keys()].filter((path) => !files.has(path)),
    open: order.open,
  };
}

function summaryText(
  { environment, out, cells, stacks, objects, charts, filesWritten, left, open }: Summary,
  { order }: Synthesized,
  file: string,
): string {
  const kinds = order.kinds.map(({ name }) => name).join(', ');
  return [
    `${environment}: ${cells} cells, ${stacks} stacks (${kinds}), ${objects} objects, ${charts} charts; ${filesWritten} files written below ${out}`,
    ...left.map((path) => `left standing, of no cell of this plan: ${path}: destroy that stack, then remove its folder`),
    ...(open.length === 0 ? [] : [`still open in ${file}: ${open.join(', ')} (--complete refuses them)`]),
    `order of apply, and what must be there before: ${join(out, environment, ORDER_FILE)}`,
  ].join('\n');
}

const SHOWN_MOST = 50;

function checkText(found: readonly Mismatch[], out: string, { stacks }: Synthesized): string {
  if (found.length === 0) return `${stacks.length} stacks in ${out} are those of this plan`;
  const lines = found.slice(0, SHOWN_MOST).map(({ file, place, problem, rows, alsoIn }) => {
    const where = place === '' ? join(out, file) : `${join(out, file)}: ${place}`;
    const cells = alsoIn === 0 ? '' : ` (and so in ${alsoIn} more cells)`;
    return `${where} ${problem}${cells}${rows.length === 0 ? '' : `\n    from ${rows.join('; ')}`}`;
  });
  return [...lines, ...(found.length > SHOWN_MOST ? [`and ${found.length - SHOWN_MOST} more: --json has them`] : [])].join('\n');
}

function refuse(refusal: Refusal, asJson: boolean): number {
  if (asJson) console.log(JSON.stringify(refusal, undefined, 2));
  console.error(`parley synth: ${refusalText(refusal)}`);
  return EXIT.couldNotRun;
}
