/** Runs one scenario as a command: options, what stands in its way, the run, the grade, the page. Nothing is sent on bad input. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { Box } from '../coordinator/box.ts';
import { type Elsewhere, planRun } from '../coordinator/plan.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { runFolder } from '../frame/frame.ts';
import { gradeCode } from '../frame/grade.ts';
import { phasesSeconds } from '../plan/phases.ts';
import { refusalOf } from '../preflight/preflight.ts';
import { scenarioProblems } from '../scenario/check.ts';
import { gradeScenario } from '../scenario/grade.ts';
import { phasesOf, runOptionsOf } from '../scenario/options.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { scenarioPage } from '../scenario/scenario-page.ts';
import { runScenario, type ScenarioInput, scenarioPreflight, writeScenarioRecord } from '../scenario/scenario-run.ts';
import { dryLines, scenarioLines } from '../scenario/scenario-text.ts';
import { absentBecause, checkKeys, type HostAndPort, notOurs, readTargets } from '../scenario/target.ts';
import { asCommand, demandBearable } from './as-command.ts';
import { flag, type OptionValues, readOptions, whole, word } from './options.ts';
import { backendsFor, realStack, systemOf } from './real-stack.ts';

const OPTIONS = {
  box: word(),
  backends: realStack(),
  targets: word(),
  keys: word(),
  tls: flag(),
  insecure: flag(),
  allowForeign: flag(),
  dryRun: flag(),
  connections: whole(),
  rate: whole(),
  turns: whole(),
  json: flag(),
};

type Values = OptionValues<typeof OPTIONS>;
type Target = Pick<ScenarioInput, 'box' | 'elsewhere' | 'target' | 'on'>;

/** Longer than a run, so that a device that wakes late still has a token. */
const TOKEN_MARGIN_SECONDS = 600;

export async function runAndReport(read: Scenario, args: readonly string[], command: readonly string[]): Promise<number> {
  return await asCommand(
    command[0]!,
    () => wantedOf(read, args),
    (wanted, signal) => (wanted.values.dryRun ? dryRun(wanted, command) : made(wanted, command, signal)),
  );
}

interface Wanted {
  readonly values: Values;
  readonly scenario: Scenario;
  readonly targets: readonly HostAndPort[] | undefined;
}

async function wantedOf(read: Scenario, args: readonly string[]): Promise<Wanted> {
  const values = readOptions(OPTIONS, args);
  const scenario = changed(read, values);
  demandBearable(refusalOf(scenarioPreflight(scenario)));
  const targets = values.targets === undefined ? undefined : await targetsOf(scenario, values, values.targets);
  if (targets === undefined && values.box !== undefined) demandOurs(values.box);
  return { values, scenario, targets };
}

async function dryRun({ scenario, targets }: Wanted, command: readonly string[]): Promise<number> {
  const plan = planRun(runOptionsOf(scenario, command, elsewhereOf(scenario, targets)), scenarioPreflight(scenario).shape);
  console.log(dryLines(scenario, plan, targets ?? [{ host: '127.0.0.1', port: 0 }]).join('\n'));
  return EXIT.ok;
}

async function made({ values, scenario, targets }: Wanted, command: readonly string[], signal: AbortSignal): Promise<number> {
  const { id, folder } = runFolder(scenario.name);
  const progress = new Progress(STDERR_SINK, scenario.population.connections);
  const record = await runScenario({ scenario, id, command, folder, progress, signal, ...targetOf(scenario, values, targets, folder) });
  writeScenarioRecord(folder, record);
  const rows = gradeScenario(record);
  const exitCode = gradeCode(rows);
  const page = join(folder, 'report.html');
  writeFileSync(page, scenarioPage(record, rows));
  writeFileSync(join(folder, 'grade.json'), `${JSON.stringify({ schema: 1, id, rows, exitCode }, null, 1)}\n`);
  if (values.json) console.log(JSON.stringify({ record, rows, exitCode }, null, 1));
  else console.log([...scenarioLines(record, rows), `  report: ${page}`].join('\n'));
  return exitCode;
}

function changed(scenario: Scenario, { connections, rate: sendsPerSecond, turns }: Values): Scenario {
  const now: Scenario = {
    ...scenario,
    population: { ...scenario.population, ...(connections === undefined ? {} : { connections }) },
    arrival: { ...scenario.arrival, ...(sendsPerSecond === undefined ? {} : { sendsPerSecond }) },
    duration: { ...scenario.duration, ...(turns === undefined ? {} : { turns }) },
  };
  const problems = scenarioProblems(now, availableParallelism());
  if (problems.length > 0) throw new OptionError(problems.join('; '));
  return now;
}

/** Ours, there, and with keys: or an OptionError. */
async function targetsOf(scenario: Scenario, values: Values, words: string): Promise<HostAndPort[]> {
  for (const other of ['box', 'backends'] as const)
    if (values[other] !== undefined) throw new OptionError(`--${other} and --targets: one of them`);
  const targets = readTargets(words);
  const foreign = notOurs(targets, scenario.hosts ?? []);
  if (foreign.length > 0 && !values.allowForeign) {
    const names = foreign.map(({ host }) => host).join(', ');
    throw new OptionError(
      `--targets: ${names} is not of this machine nor among the scenario's hosts, and nothing was sent; list it under hosts, or say --allow-foreign`,
    );
  }
  if (values.keys === undefined) throw new OptionError('--targets asks for --keys FILE, which signs the tokens of test users');
  checkKeys(values.keys, 'EdDSA');
  if (scenario.objectives.abort === undefined)
    throw new OptionError('--targets: the scenario must say under objectives.abort when the target is to be left alone');
  if (values.dryRun) return targets;
  for (const target of targets) {
    const reason = await absentBecause(target, values.tls, values.insecure);
    if (reason !== undefined)
      throw new OptionError(`--targets: nobody to be had at ${target.host}:${target.port} (${reason}); nothing was sent`);
  }
  return targets;
}

function elsewhereOf(scenario: Scenario, targets: readonly HostAndPort[] | undefined): Elsewhere | undefined {
  if (targets === undefined) return undefined;
  const { population, arrival } = scenario;
  const rampSeconds = population.connections / arrival.connectionsPerSecond;
  return { targets, tokenSeconds: Math.ceil(phasesSeconds(phasesOf(scenario)) + rampSeconds) + TOKEN_MARGIN_SECONDS };
}

function demandOurs(boxFile: string): void {
  const [foreign] = notOurs([Box.attach(boxFile).endpoint], []);
  if (foreign !== undefined) throw new OptionError(`--box: ${foreign.host} is not of this machine`);
}

function targetOf(scenario: Scenario, values: Values, targets: readonly HostAndPort[] | undefined, folder: string): Target {
  const { tls, backends: real } = values;
  if (targets !== undefined) {
    const { host, port } = targets[0]!;
    const named = host.includes(':') ? `[${host}]` : host;
    const box = Box.at({ url: `${tls ? 'wss' : 'ws'}://${named}:${port}/v1`, adminUrl: '', tls, keysFile: values.keys! });
    const elsewhere = elsewhereOf(scenario, targets)!;
    return { box, elsewhere, target: targets.map((one) => `${one.host}:${one.port}`).join(', ') };
  }
  if (values.box !== undefined) return { box: Box.attach(values.box), target: `the box of ${values.box}` };
  const target = systemOf(real);
  if (real === undefined) return { target };
  const rate = scenario.box?.conversationRate;
  // On real systems the rules of conversations stand in the settings; embedded ones take the flag.
  const rules = rate === undefined ? {} : { rules: [{ fromMs: 0, messagesPerSecond: rate, burst: rate }] };
  const on = backendsFor({ ...real, settings: { ...real.settings, ...rules } }, folder, scenario.name);
  return on === undefined ? { target } : { target, on };
}
