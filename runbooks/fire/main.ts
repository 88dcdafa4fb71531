/**
 * The run in which alerts are seen to fire: does one thing after another to a real stack, waits for the alert, carries out the
 * runbook's block for a box as it is written, and waits until the alert has ended. Writes runbooks/fire/seen.json; what was seen
 * in earlier runs of other scenarios stays there. Not part of CI: some twenty minutes, three servers and a dozen processes.
 *
 *   npx parley up --name fire --jit quick
 *   node bin/bun.mjs runbooks/fire/main.ts [--stack fire] [--only relay,kafka] [--quiet-seconds 60]
 *   node bin/bun.mjs runbooks/document.ts
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Alert } from '../../dashboards/alerts/names.ts';
import { boxMitigation } from '../check/check.ts';
import { readPage } from '../check/markdown.ts';
import { ROOT } from '../check/project.ts';
import { ALL_FAULTS } from './all-faults.ts';
import { until } from './children.ts';
import { FORCED, forcedScenario } from './forced.ts';
import type { Scenario } from './scenario.ts';
import { SEEN, SEEN_SCHEMA, type SeenAlert } from './seen.ts';
import { COMPRESSED, Stand } from './stand.ts';

const FIRE_LIMIT_MS = 150_000;
const RESOLVE_LIMIT_MS = 300_000;
const MITIGATION_LIMIT_MS = 180_000;

const { values } = parseArgs({
  options: { stack: { type: 'string', default: 'fire' }, only: { type: 'string' }, 'quiet-seconds': { type: 'string', default: '60' } },
});
const all = [...ALL_FAULTS, ...(Object.keys(FORCED) as Alert[]).map(forcedScenario)];
const names = values.only?.split(',');
const chosen = names === undefined ? all : all.filter(({ name }) => names.includes(name) || names.includes(name.split('-')[0]!));
const folder = join(ROOT, '.parley/fire', new Date().toISOString().replaceAll(/[-:]|\..*/g, ''));
mkdirSync(folder, { recursive: true });
console.log(`${chosen.length} scenarios, in ${folder}`);

const stand = new Stand(folder, values.stack);
stand.children.endOnSignals(() => stand.end());
try {
  await stand.start();
  await run();
} finally {
  await stand.end();
}
Bun.spawnSync(['npx', 'biome', 'format', '--write', SEEN.file], { cwd: ROOT });
// Its own sockets to what has ended would hold it open.
process.exit(0);

async function run(): Promise<void> {
  // What comes while everything starts is no alarm: windows fill first.
  await until('the start is over', 240_000, () => stand.watch.firing().size === 0).catch((error: Error) => console.log(error.message));
  const quietSeconds = Number(values['quiet-seconds']);
  const quietFromMs = Date.now();
  await Bun.sleep(quietSeconds * 1_000);
  const quiet = [...new Set([...stand.watch.namesSince(quietFromMs), ...stand.watch.firing()])];
  console.log(`quiet for ${quietSeconds} s: ${quiet.join(', ') || 'none fired'}`);
  const resolving: Promise<void>[] = [];
  const forced = chosen.filter(({ how }) => how === 'forced');
  for (const scenario of chosen.filter(({ how }) => how === 'real')) {
    const seen = await play(scenario, quiet);
    resolving.push(allResolved(scenario, seen, quiet, quietSeconds));
    await until('the stand is ready again', 120_000, () => stand.ready()).catch((error: Error) => console.log(error.message));
    await Bun.sleep(10_000);
  }
  await Promise.all(resolving.splice(0));
  await Promise.all(forced.map(async (scenario) => allResolved(scenario, await play(scenario, quiet), quiet, quietSeconds)));
}

async function allResolved(scenario: Scenario, playing: readonly Playing[], quiet: readonly string[], quietSeconds: number): Promise<void> {
  await Promise.all(playing.map((one) => resolved(scenario, one, quiet, quietSeconds)));
  await scenario.after?.(stand).catch((error: unknown) => console.log(`${scenario.name}: not cleared away: ${error}`));
}

interface Playing {
  readonly seen: SeenAlert;
  readonly mitigatedMs: number;
}

async function play(scenario: Scenario, quiet: readonly string[]): Promise<readonly Playing[]> {
  const before = stand.watch.firing();
  const fromMs = Date.now();
  console.log(`${scenario.name}: ${scenario.fault}`);
  let env: Readonly<Record<string, string>> = {};
  try {
    env = await scenario.inject(stand);
  } catch (error) {
    console.log(`${scenario.name}: could not be done: ${error}`);
    return [];
  }
  const wanted = Object.entries(scenario.alerts) as [Alert, Readonly<Record<string, string>>][];
  const firedAt = (alert: Alert, labels: Readonly<Record<string, string>>) =>
    stand.watch.firedSince(alert, fromMs, (found) => has(found, labels));
  await until('all fire', FIRE_LIMIT_MS, () => wanted.every(([alert, labels]) => firedAt(alert, labels) !== undefined)).catch(
    () => undefined,
  );
  const others = [...stand.watch.namesSince(fromMs)].filter(
    (name) => !(name in scenario.alerts) && !before.has(name) && !quiet.includes(name),
  );
  const done = await mitigate(scenario, env);
  const mitigatedMs = Date.now();
  return wanted.map(([alert, labels]) => {
    const fired = firedAt(alert, labels);
    const otherwise = stand.watch.firedSince(alert, fromMs, () => true);
    const seen: SeenAlert = {
      alert,
      how: scenario.how,
      fault: scenario.fault,
      ...(fired === undefined ? {} : { firedSeconds: (fired.fromMs - fromMs) / 1_000, labels: ofNoMachine(fired.labels) }),
      ...(fired === undefined && otherwise !== undefined ? { wrongLabels: `labels were ${JSON.stringify(otherwise.labels)}` } : {}),
      mitigation: wordsOf(done, alert),
      neighbours: scenario.how === 'forced' ? [] : others.filter((name) => !scenario.companions.includes(name as Alert)),
      companions: scenario.how === 'forced' ? [] : others.filter((name) => scenario.companions.includes(name as Alert)),
    };
    console.log(
      `  ${alert}: ${fired === undefined ? 'did not fire' : `fired after ${seen.firedSeconds} s`}; with it ${others.join(', ') || 'none'}`,
    );
    return { seen, mitigatedMs };
  });
}

async function resolved(scenario: Scenario, { seen, mitigatedMs }: Playing, quiet: readonly string[], quietSeconds: number): Promise<void> {
  const labels = scenario.alerts[seen.alert as Alert] ?? {};
  const ended = () => stand.watch.endedAfter(seen.alert, mitigatedMs, (found) => has(found, labels));
  if (seen.firedSeconds !== undefined) await until('it ends', RESOLVE_LIMIT_MS, () => ended() !== undefined).catch(() => undefined);
  const endedMs = ended();
  const whole =
    endedMs === undefined || seen.firedSeconds === undefined ? seen : { ...seen, resolvedSeconds: (endedMs - mitigatedMs) / 1_000 };
  console.log(
    `  ${seen.alert}: ${whole.resolvedSeconds === undefined ? 'did not end' : `ended ${whole.resolvedSeconds} s after the mitigation`}`,
  );
  keep(whole, quiet, quietSeconds);
}

interface Done {
  readonly words: string;
  /** The block that was carried out, where one was, and well. */
  readonly block?: string;
}

/** As the runbook has it, by a shell, word for word. Gives what was done. */
async function mitigate({ name, mitigation, starts }: Scenario, env: Readonly<Record<string, string>>): Promise<Done> {
  if ('words' in mitigation) {
    await mitigation.act(stand);
    return { words: mitigation.words };
  }
  const { runbook } = mitigation;
  const block = blockOf(runbook);
  if (block === undefined) throw new Error(`${runbook}.md has nothing for a box`);
  // The last line is ours: the process that the block leaves running.
  const script = `${block}\njobs -p > "$JOBS"\n`;
  const jobs = join(folder, `${name}.jobs`);
  const child = stand.children.startShell(`mitigation-${name}`, script, ROOT, { ...stand.env, ...env, JOBS: jobs });
  const code = await Promise.race([child.exited, Bun.sleep(MITIGATION_LIMIT_MS).then(() => 'none')]);
  if (code === 0) {
    const [pid] = readFileSync(jobs, 'utf8').trim().split('\n').filter(Boolean).map(Number);
    if (pid !== undefined && starts === 'relay') stand.relayPid = pid;
    if (pid !== undefined && starts === 'dispatch') stand.dispatchPids.push(pid);
  }
  appendFileSync(join(folder, 'mitigations.txt'), `${name}: ${runbook}.md, exit code ${code}\n`);
  const link = `[${runbook}](${runbook}.md)`;
  return code === 0 ? { words: `as in ${link}`, block } : { words: `${link} ended with ${code}` };
}

/** What a runbook has for a box; undefined where it has nothing. */
function blockOf(runbook: Alert): string | undefined {
  const file = `runbooks/${runbook}.md`;
  return boxMitigation(readPage(file, readFileSync(join(ROOT, file), 'utf8')))?.text;
}

/** An alert whose own runbook has the same block had it carried out too. */
function wordsOf({ words, block }: Done, alert: Alert): string {
  return block !== undefined && blockOf(alert) === block ? `as in [${alert}](${alert}.md)` : words;
}

/** A path of this run says where it was only here. */
function ofNoMachine(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value.replaceAll(folder, 'RUN').replaceAll(ROOT, '')]));
}

function has(found: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => found[name] === value);
}

function keep(one: SeenAlert, quiet: readonly string[], quietSeconds: number): void {
  const earlier = SEEN.read()?.alerts.filter(({ alert }) => alert !== one.alert) ?? [];
  const alerts = [...earlier, one].sort((a, b) => a.alert.localeCompare(b.alert));
  const seen = { schema: SEEN_SCHEMA, date: new Date().toISOString().slice(0, 10), compressed: COMPRESSED, quiet, quietSeconds, alerts };
  SEEN.write(seen);
}
