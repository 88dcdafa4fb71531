/**
 * The run in which procedures are carried out: for each, what it is for is done to a real stand under load, then its blocks for a
 * box (`sh box`) are run as they are written, and their output is held to what the page says. Writes
 * runbooks/fire/carried-out.json. Not part of CI.
 *
 *   npx parley up --name fire --jit quick [--brokers 3]
 *   node bin/bun.mjs runbooks/fire/procedures.ts [--stack fire] [--only rotation,loss-of-a-broker]
 *   node bin/bun.mjs runbooks/document.ts
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { boxSteps } from '../check/check.ts';
import { readPage } from '../check/markdown.ts';
import { ROOT } from '../check/project.ts';
import { keepCarriedOut } from './carried-out.ts';
import { until } from './children.ts';
import { PROCEDURE_RUNS, type ProcedureRun } from './procedure-runs.ts';
import { Stand } from './stand.ts';

const BLOCK_LIMIT_MS = 240_000;
const BACK_LIMIT_MS = 120_000;
/** Of the load, before and after. */
const LOOK_MS = 10_000;
const SENDS = 'sum(rate(parley_relay_accepted_total[9s])) > 1';

const { values } = parseArgs({ options: { stack: { type: 'string', default: 'fire' }, only: { type: 'string' } } });
const names = values.only?.split(',');
const chosen = PROCEDURE_RUNS.filter(({ procedure }) => names === undefined || names.includes(procedure));
const folder = join(ROOT, '.parley/fire', `procedures-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`);
mkdirSync(folder, { recursive: true });
console.log(`${chosen.map(({ procedure }) => procedure).join(', ')}, in ${folder}`);

const stand = new Stand(folder, values.stack);
stand.children.endOnSignals(() => stand.end());
try {
  await stand.start();
  await until('the chat sends', BACK_LIMIT_MS, async () => (await stand.prometheus.value(SENDS)).includes('"metric"'));
  for (const one of chosen) await carryOut(one);
} finally {
  await stand.end();
}
// Its own sockets to what has ended would hold it open.
process.exit(0);

async function carryOut({ procedure, on, prepare, looks }: ProcedureRun): Promise<void> {
  const file = `runbooks/procedures/${procedure}.md`;
  const steps = boxSteps(readPage(file, readFileSync(join(ROOT, file), 'utf8')));
  await Bun.sleep(LOOK_MS);
  const before = await look(looks);
  const fromMs = Date.now();
  let failed: string | undefined;
  let blocks = 0;
  try {
    const env = await prepare(stand);
    for (const { block, output } of steps) {
      failed = await step(`${procedure}-${blocks + 1}`, block.text, output, env);
      if (failed !== undefined) break;
      blocks++;
    }
  } catch (error) {
    failed = String(error);
  }
  const seconds = (Date.now() - fromMs) / 1_000;
  await until('the stand is ready again', BACK_LIMIT_MS, () => stand.ready()).catch((error: Error) => {
    failed ??= error.message;
  });
  await Bun.sleep(LOOK_MS);
  const after = await look(looks);
  const seen = Object.keys(looks).map((name) => `${name} ${before[name]} before, ${after[name]} after`);
  const date = new Date().toISOString().slice(0, 10);
  keepCarriedOut({
    ...{ procedure, date, on, seconds, blocks, of: steps.length, seen: seen.join(', ') },
    ...(failed === undefined ? {} : { failed }),
  });
  console.log(
    `${procedure}: ${blocks} of ${steps.length} blocks in ${seconds.toFixed(0)} s; ${failed ?? 'as written'}; ${seen.join(', ')}`,
  );
}

/** Gives what went wrong: a code that is not 0, or a line that the page has and the output has not. */
async function step(name: string, text: string, output: readonly string[], env: Readonly<Record<string, string>>) {
  const shell = stand.children.startShell(name, `set -e\n${text}\n`, ROOT, { ...stand.env, ...env });
  const code = await Promise.race([shell.exited, Bun.sleep(BLOCK_LIMIT_MS).then(() => 'none')]);
  if (code !== 0) return `its ending was ${code}`;
  const printed = readFileSync(join(folder, `${name}.log`), 'utf8').replaceAll(/ +/g, ' ');
  const missing = output.filter((line) => !printed.includes(line.replaceAll(/ +/g, ' ')));
  return missing.length === 0 ? undefined : `nothing said ${missing.join(', ')}`;
}

async function look(looks: ProcedureRun['looks']): Promise<Readonly<Record<string, string>>> {
  const told = Object.entries(looks).map(async ([name, query]) => {
    const { result } = JSON.parse(await stand.prometheus.value(query)) as {
      readonly result: readonly { readonly value: [number, string] }[];
    };
    return [name, Number(result[0]?.value[1] ?? 0).toLocaleString('en')] as const;
  });
  return Object.fromEntries(await Promise.all(told));
}
