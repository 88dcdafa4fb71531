/** `parley dashboards --out DIR`: checks every board against the catalogue and a plan, then writes them as Grafana's JSON. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../services/runtime/verb.ts';
import { boardFindings } from './board-check.ts';
import { BOARDS } from './boards.ts';
import { CATALOGUE, SERVICE_METRICS } from './catalogue.ts';
import { defaultPlanRows, readPlanRows } from './plan-rows.ts';
import { renderBoard } from './render.ts';
import { READ_BY_NO_BOARD, unreadMetrics } from './unread.ts';

const ROOT = new URL('../', import.meta.url).pathname;

const OPTIONS = {
  out: { type: 'string' },
  plan: { type: 'string' },
  unread: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const verb: Verb = {
  summary: 'write the dashboards as Grafana’s JSON, with the plan’s values as lines',
  help: `
Usage: parley dashboards --out DIR [--plan FILE] [--json]
       parley dashboards --unread [--json]

  --out DIR    where DIR/dashboards/UID.json are written
  --plan FILE  a plan that parley plan --json wrote; without it the default plan
  --unread     writes nothing: metrics of ours that no board reads, each with its reason
  --json       one JSON document: what was written, or what is wrong

  parley dashboards --out .parley/dashboards

Every query is checked first: it parses, names what the services declare or a listed exporter has, takes rates of counters
only, and every line has a row of the plan behind it. Ends with 0 when all was written, with 1 when the check found
something (file and line are named, nothing is written) or a metric is read by nothing for no reason, with 3 when it
could not run.`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  if (values.unread === true) return tellUnread(values.json === true);
  if (values.out === undefined) return refuse('--out DIR is missing');
  const plan = values.plan === undefined ? defaultPlanRows() : planOf(values.plan);
  if (typeof plan === 'string') return refuse(plan);
  const findings = boardFindings(BOARDS, CATALOGUE, plan, (file) => readFileSync(ROOT + file, 'utf8'));
  if (findings.length > 0) {
    if (values.json === true) console.log(JSON.stringify({ findings, written: [] }, undefined, 2));
    else for (const finding of findings) console.error(finding);
    return EXIT.refuted;
  }
  const written = BOARDS.map((board) => {
    const file = join('dashboards', `${board.uid}.json`);
    return { file, text: renderBoard(board, plan), panels: board.panels.length };
  });
  for (const { file, text } of written) {
    mkdirSync(join(values.out, 'dashboards'), { recursive: true });
    writeFileSync(join(values.out, file), text);
  }
  if (values.json === true) console.log(JSON.stringify({ findings: [], written: written.map(({ file }) => file) }, undefined, 2));
  else for (const { file, panels } of written) console.log(`${join(values.out, file)}  ${panels} panels`);
  return EXIT.ok;
}

/** Ends with 1 where one has no reason. */
function tellUnread(asJson: boolean): number {
  const unread = unreadMetrics(BOARDS, SERVICE_METRICS).map((name) => ({ name, reason: READ_BY_NO_BOARD[name] }));
  if (asJson) console.log(JSON.stringify({ metrics: SERVICE_METRICS.length, unread }, undefined, 2));
  else {
    for (const { name, reason } of unread) console.log(`${name}  ${reason ?? 'no reason: drop it, or let a board read it'}`);
    console.log(`${unread.length} of ${SERVICE_METRICS.length} metrics`);
  }
  return unread.every(({ reason }) => reason !== undefined) ? EXIT.ok : EXIT.refuted;
}

function planOf(file: string): ReturnType<typeof readPlanRows> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return `${file}: can’t be read`;
  }
  const rows = readPlanRows(text);
  return typeof rows === 'string' ? `${file}: ${rows}` : rows;
}

function refuse(problem: string): number {
  console.error(`parley dashboards: ${problem}`);
  return EXIT.couldNotRun;
}
