/** `parley alerts --out DIR`: checks every alert against catalogue, plan and panels, then writes the rules as Prometheus reads them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import type { PlanRows } from '../board.ts';
import { BOARDS } from '../boards.ts';
import { CATALOGUE } from '../catalogue.ts';
import { planFile } from '../plan-file.ts';
import { defaultPlanRows } from '../plan-rows.ts';
import { alertFindings } from './alert-check.ts';
import { alertValues } from './alert-values.ts';
import { ruleFile, ruleGroups } from './render-rules.ts';
import { ALERT_RULES } from './rules.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const FILE = 'alerts.rules.yml';
const FASTEST = 1_000;

const OPTIONS = {
  out: { type: 'string' },
  plan: { type: 'string' },
  set: { type: 'string', multiple: true },
  'times-faster': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const verb: Verb = {
  summary: 'write the alerts as rules for Prometheus, with the plan’s values as thresholds',
  help: `
Usage: parley alerts --out DIR [--plan FILE] [--set NAME=NUMBER]… [--times-faster N] [--json]

  --out DIR           where DIR/${FILE} is written
  --plan FILE         a plan that parley plan --json wrote; without it the default plan
  --set NAME=NUMBER   another value for a row of the plan, workload.NAME, coefficients.NAME, setting.NAME, bound.NAME or
                      onCall.NAME: for a system of another size than a plan's cell
  --times-faster N    divide every window, lead and "for" by N, 1 to ${FASTEST}, and nothing else: to watch alerts fire in minutes,
                      under a scrape interval divided likewise. For trials: it says nothing about how soon alerts come in earnest
  --json              one JSON document: what was written, or what is wrong

  parley alerts --out .parley/alerts

Every rule is checked first: its query by the metric catalogue, its threshold by the plan, its panel. Ends with 0 when the
rules were written, with 1 when the check found something (file and line are named, nothing is written), with 3 when it
could not run.`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values: given } = parseArgs({ args, options: OPTIONS, strict: true });
  if (given.out === undefined) return refuse('--out DIR is missing');
  const timesFaster = Number(given['times-faster'] ?? 1);
  if (!(timesFaster >= 1 && timesFaster <= FASTEST)) return refuse(`--times-faster: a number from 1 to ${FASTEST}`);
  const plan = given.plan === undefined ? defaultPlanRows() : planFile(given.plan);
  if (typeof plan === 'string') return refuse(plan);
  const values = withSettings(alertValues(plan), given.set ?? []);
  if (typeof values === 'string') return refuse(values);
  const sources = (file: string) => readFileSync(ROOT + file, 'utf8');
  const findings = alertFindings({ rules: ALERT_RULES, catalogue: CATALOGUE, values, boards: BOARDS, sources });
  if (findings.length > 0) {
    if (given.json === true) console.log(JSON.stringify({ findings, written: [] }, undefined, 2));
    else for (const finding of findings) console.error(finding);
    return EXIT.refuted;
  }
  mkdirSync(given.out, { recursive: true });
  writeFileSync(join(given.out, FILE), ruleFile(ruleGroups(ALERT_RULES, values, timesFaster)));
  if (given.json === true)
    console.log(JSON.stringify({ findings: [], written: [FILE], rules: ALERT_RULES.length, timesFaster }, undefined, 2));
  else
    console.log(
      `${join(given.out, FILE)}  ${ALERT_RULES.length} rules${timesFaster === 1 ? '' : `, windows ${timesFaster} times shorter`}`,
    );
  return EXIT.ok;
}

function withSettings(values: PlanRows, settings: readonly string[]): PlanRows | string {
  const set = new Map(values);
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const [name, number] = [setting.slice(0, at), Number(setting.slice(at + 1) || Number.NaN)];
    if (at < 1 || !Number.isFinite(number)) return `--set ${setting}: NAME=NUMBER is meant`;
    if (!set.has(name)) return `--set ${setting}: there is no ${name} among the numbers that alerts may name`;
    set.set(name, number);
  }
  return set;
}

function refuse(problem: string): number {
  console.error(`parley alerts: ${problem}`);
  return EXIT.couldNotRun;
}
