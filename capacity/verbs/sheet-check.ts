/**
 * `parley sheet check`: reads a sheet, holds its rows against each other, a plan and runs, and prints rows, findings and what was not
 * understood. Reads files, writes none.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT } from '../../services/runtime/verb.ts';
import { isInfeasible } from '../model/component.ts';
import { PLAN_SCHEMA, type Plan } from '../model/plan.ts';
import type { RunRecord } from '../run-record.ts';
import { isInvalid, parseRunRecord } from '../run-record-reader.ts';
import { checkFigures } from '../sheet/check/check-figures.ts';
import { type Beside, checkJson } from '../sheet/check/check-json.ts';
import { findingLines, numberText, rowCells, summaryText, tableLines } from '../sheet/check/check-text.ts';
import { measuredFor } from '../sheet/check/measured.ts';
import type { ReadRows } from '../sheet/check/plain-rows.ts';
import { notOfItsInputs, plannedById, plannedFor, planOfSheet } from '../sheet/check/planned.ts';
import { QUANTITIES } from '../sheet/check/quantity-names.ts';
import { readSheet } from '../sheet/read/read-sheet.ts';
import { filesOf, Mistake } from './read-run.ts';

const OPTIONS = {
  map: { type: 'string' },
  run: { type: 'string', multiple: true },
  runs: { type: 'string', multiple: true },
  plan: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const help = `
Usage: parley sheet check FILE [options]

  FILE          a sheet: .xlsx, .md, .csv, .tsv, or text
  --map FILE    JSON, label or place of a row → its quantity, or "ignore": { "Last peak hour": "peakSendsPerSecond" }
  --run RUN     a run to hold rows of one box against: a folder, a name under runs/, or latest; may be repeated
  --runs RUN …  the same for several, also records and folders of records
  --plan FILE   a plan of parley plan --json; without it the plan for the sheet's own workload
  --json        one JSON document

Quantities of a mapping: ${Object.keys(QUANTITIES).join(', ')}.

Ends with 1 when rows contradict each other or a run refutes one, with 0 when not, with 3 when the sheet can't be read.

  parley sheet check capacity.md --run latest`;

class Unreadable extends Error {}

export async function run(args: string[]): Promise<number> {
  try {
    return await check(args);
  } catch (failure) {
    if (!(failure instanceof Unreadable)) throw failure;
    console.error(`parley sheet check: ${failure.message}`);
    return EXIT.couldNotRun;
  }
}

async function check(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  if (positionals.length !== 1 && (positionals.length === 0 || values.runs === undefined))
    throw new Unreadable(`takes one sheet, not ${positionals.length}. See parley sheet check without anything more.`);
  const [file, ...more] = positionals as [string, ...string[]];
  const read = rowsOfFile(file);
  const mapping = values.map === undefined ? {} : readMapping(values.map);
  const several = [...(values.runs ?? []), ...more].flatMap((name) => (name === 'latest' ? [name] : filesNamed(name)));
  const records = [...(values.run ?? []), ...several].map(readRun);
  const result = checkFigures(read.figures, mapping);
  const claims = result.rows.flatMap((row) => (row.claim === undefined ? [] : [row.claim]));
  const plan = values.plan === undefined ? planOfSheet(claims, read.figures, read.prices) : readPlan(values.plan);
  const beside = result.rows.map(
    ({ claim, figure }): Beside => ({
      planned: isInfeasible(plan) ? undefined : claim === undefined ? plannedById(figure, plan) : plannedFor(claim, plan),
      measured: claim === undefined || figure.group === 'measured' ? [] : measuredFor(claim, claims, records),
    }),
  );
  const overtyped = values.plan !== undefined || isInfeasible(plan) ? [] : notOfItsInputs(read.figures, plan);
  const refuted = beside.some((one) => one.measured.some((measured) => measured.verdict === 'refuted'));
  if (values.json === true)
    console.log(
      JSON.stringify(
        {
          ...checkJson(file, result, beside, read.unread),
          notOfItsInputs: overtyped.map(({ figure, planned }) => ({
            label: figure.label,
            place: figure.place,
            value: figure.value,
            planned,
          })),
        },
        null,
        2,
      ),
    );
  else {
    const rows = result.rows.map((row, at) => {
      const [label, claimed, derived, verdict, reason] = rowCells(row) as [string, string, string, string, string];
      const { planned, measured } = beside[at]!;
      const plannedText = planned === undefined ? '' : numberText(planned.value, row.claim ?? row.figure);
      const measuredText = measured.map((one) =>
        one.value === undefined ? one.verdict : `${one.verdict} ${numberText(one.value, row.claim!)}`,
      );
      return [label, claimed, derived, plannedText, measuredText.join(', '), verdict, reason];
    });
    console.log(tableLines(['row', 'claimed', 'derived', 'planned', 'measured', 'verdict', 'why'], rows).join('\n'));
    if (result.findings.length > 0) console.log('');
    for (const [at, finding] of result.findings.entries()) console.log(findingLines(finding, at + 1).join('\n'));
    for (const [at, { measured }] of beside.entries())
      for (const one of measured)
        console.log(`measured by ${one.run}: ${result.rows[at]!.figure.label.trim()}: ${one.verdict}: ${one.reason}`);
    for (const { figure, planned } of overtyped)
      console.log(
        `not of its inputs: ${figure.label} ${figure.text} (${figure.place}): the model makes ${numberText(planned, figure)} of the sheet's own inputs; it was typed over, or the plan must be made anew`,
      );
    if (isInfeasible(plan)) console.log(`not planned: ${plan.infeasible}; nearest that can: ${plan.change}`);
    for (const { place, text, why } of read.unread) console.log(`not understood: ${place} "${text}": ${why}`);
    console.log(`\n${summaryText(result)}`);
  }
  return result.findings.length > 0 || overtyped.length > 0 || refuted ? EXIT.refuted : EXIT.ok;
}

function rowsOfFile(file: string): ReadRows {
  const read = readSheet(readBytes(file), basename(file));
  if ('unreadable' in read) throw new Unreadable(`${file} ${read.unreadable}`);
  return read;
}

function filesNamed(name: string): readonly string[] {
  try {
    return filesOf(name);
  } catch (failure) {
    if (failure instanceof Mistake) throw new Unreadable(failure.message);
    throw failure;
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (failure) {
    throw new Unreadable(`${file} can’t be read (${(failure as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

function readJson(file: string, what: string): unknown {
  try {
    return JSON.parse(readBytes(file).toString('utf8'));
  } catch (failure) {
    if (failure instanceof Unreadable) throw failure;
    throw new Unreadable(`${file} is no ${what}: not JSON, or cut short`);
  }
}

function readMapping(file: string): Readonly<Record<string, string>> {
  const json = readJson(file, 'mapping');
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new Unreadable(`${file} is no mapping: an object of label → quantity`);
  for (const [label, quantity] of Object.entries(json)) {
    if (typeof quantity !== 'string' || (quantity !== 'ignore' && !Object.hasOwn(QUANTITIES, quantity)))
      throw new Unreadable(
        `${file}: "${label}" is mapped to ${JSON.stringify(quantity)}, which is no quantity; parley sheet check says which there are`,
      );
  }
  return json as Record<string, string>;
}

function readPlan(file: string): Plan {
  const json = readJson(file, 'plan') as Partial<Plan> | null;
  if (json === null || json.schema !== PLAN_SCHEMA || !Array.isArray(json.rows))
    throw new Unreadable(`${file} is no plan of this version; write it with parley plan --json > ${file}`);
  return json as Plan;
}

function readRun(name: string): RunRecord {
  const file =
    name === 'latest'
      ? latest()
      : [join(name, 'record.json'), join('runs', name, 'record.json'), name].find((path) => existsSync(path) && statSync(path).isFile());
  if (file === undefined) throw new Unreadable(`there is no run ${name}: a folder with record.json, or the name of one under runs/`);
  const record = parseRunRecord(readBytes(resolve(file)).toString('utf8'));
  if (isInvalid(record)) throw new Unreadable(`${file}: ${record.invalid}`);
  return record;
}

function latest(): string | undefined {
  if (!existsSync('runs')) return undefined;
  const names = readdirSync('runs').filter((name) => existsSync(join('runs', name, 'record.json')));
  const last = names.sort().at(-1);
  return last === undefined ? undefined : join('runs', last, 'record.json');
}
