/** Runs one scenario as a command: options, what stands in its way, the run, the grade, the page. Nothing is sent on bad input. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { Box } from '../coordinator/box.ts';
import { type Elsewhere, planRun } from '../coordinator/plan.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { phasesSeconds } from '../plan/phases.ts';
import { refusalLines } from '../preflight/preflight.ts';
import { scenarioProblems } from '../scenario/check.ts';
import { gradeScenario } from '../scenario/grade.ts';
import { phasesOf, runOptionsOf } from '../scenario/options.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { scenarioPage } from '../scenario/scenario-page.ts';
import { runScenario, type ScenarioInput, scenarioPreflight, writeScenarioRecord } from '../scenario/scenario-run.ts';
import { dryLines, scenarioLines } from '../scenario/scenario-text.ts';
import { absentBecause, checkKeys, type HostAndPort, notOurs, readTargets } from '../scenario/target.ts';
import { gradeCode } from '../storm/grade.ts';
import { readRealStack, settingsForRun } from './real-stack.ts';

const OPTIONS = {
  box: { type: 'string' },
  backends: { type: 'string' },
  targets: { type: 'string' },
  keys: { type: 'string' },
  tls: { type: 'boolean' },
  insecure: { type: 'boolean' },
  'allow-foreign': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  connections: { type: 'string' },
  rate: { type: 'string' },
  turns: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof valuesOf>;
type Target = Pick<ScenarioInput, 'box' | 'elsewhere' | 'target' | 'boxFlags' | 'stack'>;

/** Longer than a run, so that a device that wakes late still has a token. */
const TOKEN_MARGIN_SECONDS = 600;

function valuesOf(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
}

/** Throws OptionError for what the user can mend. */
export async function runAndReport(read: Scenario, args: readonly string[], command: readonly string[]): Promise<number> {
  const values = valuesOf(args);
  const scenario = changed(read, values);
  const found = scenarioPreflight(scenario);
  if (found.stopped.length > 0) throw new OptionError(`nothing was opened: ${refusalLines(found).join(' ').replace(/\s+/g, ' ')}`);
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
  const id = `${stamp}-${scenario.name}`;
  const folder = join('runs', id);
  const targets = values.targets === undefined ? undefined : await targetsOf(scenario, values);
  if (values['dry-run'] === true) {
    const plan = planRun(runOptionsOf(scenario, command, elsewhereOf(scenario, targets)), found.shape, randomBytes(4).readUInt32LE());
    console.log(dryLines(scenario, plan, targets ?? [{ host: '127.0.0.1', port: 0 }]).join('\n'));
    return EXIT.ok;
  }
  const target = targetOf(scenario, values, targets, folder);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    mkdirSync(folder, { recursive: true });
    const progress = new Progress(STDERR_SINK, scenario.population.connections);
    const record = await runScenario({ scenario, id, command, folder, progress, signal: interrupted.signal, ...target });
    writeScenarioRecord(folder, record);
    const rows = gradeScenario(record);
    const exitCode = gradeCode(rows);
    const page = join(folder, 'report.html');
    writeFileSync(page, scenarioPage(record, rows));
    writeFileSync(join(folder, 'grade.json'), `${JSON.stringify({ schema: 1, id, rows, exitCode }, null, 1)}\n`);
    if (values.json === true) console.log(JSON.stringify({ record, rows, exitCode }, null, 1));
    else console.log([...scenarioLines(record, rows), `  report: ${page}`].join('\n'));
    return exitCode;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function changed(scenario: Scenario, values: Values): Scenario {
  const connections = wholeOption('connections', values.connections);
  const sendsPerSecond = wholeOption('rate', values.rate);
  const turns = wholeOption('turns', values.turns);
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
async function targetsOf(scenario: Scenario, values: Values): Promise<HostAndPort[]> {
  for (const other of ['box', 'backends'] as const)
    if (values[other] !== undefined) throw new OptionError(`--${other} and --targets: one of them`);
  const targets = readTargets(values.targets!);
  const foreign = notOurs(targets, scenario.hosts ?? []);
  if (foreign.length > 0 && values['allow-foreign'] !== true) {
    const names = foreign.map(({ host }) => host).join(', ');
    throw new OptionError(
      `--targets: ${names} is not of this machine nor among the scenario's hosts, and nothing was sent; list it under hosts, or say --allow-foreign`,
    );
  }
  if (values.keys === undefined) throw new OptionError('--targets asks for --keys FILE, which signs the tokens of test users');
  checkKeys(values.keys, 'EdDSA');
  if (scenario.objectives.abort === undefined)
    throw new OptionError('--targets: the scenario must say under objectives.abort when the target is to be left alone');
  if (values['dry-run'] === true) return targets;
  for (const target of targets) {
    const reason = await absentBecause(target, values.tls === true, values.insecure === true);
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

function targetOf(scenario: Scenario, values: Values, targets: readonly HostAndPort[] | undefined, folder: string): Target {
  if (targets !== undefined) {
    const { host, port } = targets[0]!;
    const tls = values.tls === true;
    const named = host.includes(':') ? `[${host}]` : host;
    const box = Box.at({ url: `${tls ? 'wss' : 'ws'}://${named}:${port}/v1`, adminUrl: '', tls, keysFile: values.keys! });
    const elsewhere = elsewhereOf(scenario, targets)!;
    return { box, elsewhere, target: targets.map((one) => `${one.host}:${one.port}`).join(', ') };
  }
  if (values.box !== undefined) {
    const box = Box.attach(values.box);
    const [foreign] = notOurs([box.endpoint], []);
    if (foreign !== undefined) throw new OptionError(`--box: ${foreign.host} is not of this machine`);
    return { box, target: `the box of ${values.box}` };
  }
  if (values.backends === undefined) return { target: 'a box on its embedded backends' };
  const stack = readRealStack(values.backends);
  const rate = scenario.box?.conversationRate;
  // On real systems the rules of conversations stand in the settings; embedded ones take the flag.
  const rules = rate === undefined ? {} : { rules: [{ fromMs: 0, messagesPerSecond: rate, burst: rate }] };
  const settings = settingsForRun({ ...stack, settings: { ...stack.settings, ...rules } }, folder, scenario.name);
  return { target: stack.system, stack: stack.stack, boxFlags: [`--backends=${settings}`] };
}
