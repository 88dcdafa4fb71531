/**
 * `parley report`: the verdict on a finished run, and its page made again from the record. Measures nothing.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunRecord } from '../../capacity/run-record.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { recount } from '../ledger/recount.ts';
import type { Companions } from '../report/assessment.ts';
import { jsonReport, markdownReport, plainLines } from '../report/plain-report.ts';
import { doubted, findRun, PAGE_FILE, RECORD_FILE, writeReport } from '../report/run-folder.ts';

const OPTIONS = {
  json: { type: 'boolean' },
  md: { type: 'boolean' },
  'open-path': { type: 'boolean' },
  plain: { type: 'string' },
  'predicted-by': { type: 'string' },
  recount: { type: 'boolean' },
  file: { type: 'string' },
} as const;

export const verb: Verb = {
  summary: 'print a finished run, or make its page again',
  help: `
Usage: parley report [RUN] [options]

  RUN                  a run's folder, its name under runs/, or latest (latest)
  --json               one JSON document
  --md                 Markdown
  --open-path          only the path of the page, for a browser: xdg-open "$(parley report --open-path)"
  --plain RUN          the same run without TLS, from which the cost of TLS is a difference
  --predicted-by RUN   a smaller run, whose prediction is held against this one
  --file NAME          print that file of the run's folder as it is (${RECORD_FILE}, ${PAGE_FILE}, …), and nothing else
  --recount            merge the run's ledgers again; a record that says otherwise proves nothing

A record that is not what its run wrote (record.json.sha256) proves nothing either. Reads record.json and writes report.html beside it. Ends with 0 when nothing was refuted, 1 refuted,
2 inconclusive, 3 when there is no such run.

  parley report latest --md`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  if (positionals.length > 1) return failed(`takes one run, not ${positionals.length}. See --help.`);
  if ([values.json, values.md, values['open-path']].filter(Boolean).length > 1)
    return failed('takes one of --json, --md and --open-path. See --help.');
  const found = findRun(positionals[0] ?? 'latest');
  if ('noRun' in found) return failed(found.noRun);
  if (values.file !== undefined) return printFile(found.folder, values.file);
  const companions: { plain?: RunRecord; predictedBy?: RunRecord } = {};
  for (const [option, key] of [
    ['plain', 'plain'],
    ['predicted-by', 'predictedBy'],
  ] as const) {
    const name = values[option];
    if (name === undefined) continue;
    const companion = findRun(name);
    if ('noRun' in companion) return failed(companion.noRun);
    companions[key] = companion.record;
  }
  let record = found.record;
  if (values.recount === true) {
    const differences = recount(found.folder, record);
    if (differences === undefined) return failed(`${found.folder} has no ledgers to count again.`);
    record = doubted(record, ...differences);
  }
  const { page, assessment } = await writeReport(found.folder, record, companions satisfies Companions);
  if (values['open-path'] === true) console.log(page);
  else if (values.json === true) console.log(jsonReport(assessment));
  else if (values.md === true) console.log(markdownReport(assessment));
  else console.log([...plainLines(assessment), '', page].join('\n'));
  return assessment.exitCode;
}

/** For a run in a pod, whose image has neither a shell nor tar. */
async function printFile(folder: string, name: string): Promise<number> {
  const path = join(folder, name);
  if (name !== basename(name) || !existsSync(path)) return failed(`--file: ${folder} has no file ${name}.`);
  for await (const chunk of Bun.file(path).stream())
    if (!process.stdout.write(chunk)) await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  return EXIT.ok;
}

function failed(why: string): number {
  console.error(`parley report: ${why}`);
  return EXIT.couldNotRun;
}
