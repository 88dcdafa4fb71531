/**
 * Rung 4: what a platform team will do, with the real providers, on a control plane of the ladder's: init, validate, plan and
 * apply of every stack in its order, a second plan that must show no change, destroy in reverse, and nothing left. The
 * providers' programs come from no registry here: the user names a folder with them.
 *
 * The stacks are used as they were written. Only two things stand in for what is not here: state is kept in a file, and
 * charts that are not in the folder of charts are left out, which is said.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { startControllers } from './controllers.ts';
import { install, readCustomResources } from './custom-resources.ts';
import { chartIn } from './own-tools-rung.ts';
import { mirrorOf } from './plugin-mirror.ts';
import { programs } from './programs.ts';
import type { Finding, RungContext, RungResult } from './rung.ts';
import type { SynthesizedChart } from './synthesized.ts';

const COMMAND_LIMIT = '900s';
/** `plan -detailed-exitcode`. */
const CHANGES = 2;

export async function openTofuRung(context: RungContext): Promise<RungResult> {
  const startedMs = performance.now();
  const { environment, stacks } = context.synthesized;
  const result = (did: string, findings: readonly Finding[], skipped: readonly string[]): RungResult => ({
    rung: 4,
    environment,
    did,
    findings,
    skipped,
    seconds: (performance.now() - startedMs) / 1_000,
  });
  if (context.plugins === undefined) {
    return result(
      'nothing',
      [],
      ['no folder with the kubernetes and helm providers was given (--plugins DIR), and no registry here has them'],
    );
  }
  if (context.crds === undefined) {
    return result(
      'nothing',
      [],
      ["no folder with the operators' custom resources was given (--crds DIR): the provider can plan no kind that is not there"],
    );
  }
  const work = mkdtempSync(join(tmpdir(), 'parley-opentofu-'));
  const plane = await startControlPlane(context.say);
  try {
    const controllers = await startControllers(plane, ['kube-controller-manager'], context.say);
    try {
      await install(plane.api, readCustomResources(context.crds));
      const cycle = new Cycle(plane, context, work, await cliProgram(context.say));
      await cycle.run();
      const counts = `${stacks.length - cycle.empty} of ${stacks.length} stacks`;
      const did = `${counts}: init, validate, plan, apply, a second plan, destroy by ${cycle.program.split('/').at(-1)}`;
      return result(did, cycle.findings, cycle.skipped);
    } finally {
      await controllers.stop();
    }
  } finally {
    await plane.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

/** OpenTofu on the PATH, else Terraform there, else OpenTofu from its Go module. */
async function cliProgram(say: (line: string) => void): Promise<string> {
  return Bun.which('tofu') ?? Bun.which('terraform') ?? (await programs(['tofu'], say)).tofu.path;
}

/** One after the other over the stacks. Exported for its test, which has a program that only writes down what it was asked. */
export class Cycle {
  readonly findings: Finding[] = [];
  readonly skipped: string[] = [];
  readonly program: string;
  /** Stacks of which nothing is left without their charts. */
  empty = 0;
  private readonly plane: Pick<ControlPlane, 'api' | 'kubeconfigFile'>;
  private readonly context: RungContext;
  private readonly work: string;

  constructor(plane: Cycle['plane'], context: RungContext, work: string, program: string) {
    this.plane = plane;
    this.context = context;
    this.work = work;
    this.program = program;
  }

  async run(): Promise<void> {
    const { synthesized, say } = this.context;
    const applied: string[] = [];
    this.writeSettings();
    for (const stack of synthesized.stacks) {
      if (!this.copy(stack)) {
        this.empty++;
        continue;
      }
      say(`${synthesized.environment} ${stack}: init, validate, plan, apply`);
      const right =
        (await this.ends(stack, ['init', '-input=false'])) &&
        (await this.ends(stack, ['validate'])) &&
        (await this.ends(stack, ['plan', '-input=false', '-out=plan']));
      if (!right) continue;
      // What an apply that failed has made is destroyed too.
      applied.push(stack);
      if (!(await this.ends(stack, ['apply', '-input=false', '-auto-approve', 'plan']))) continue;
      await this.ends(stack, ['plan', '-input=false', '-detailed-exitcode'], 'a second plan shows changes');
    }
    for (const stack of applied.toReversed()) {
      say(`${synthesized.environment} ${stack}: destroy`);
      await this.ends(stack, ['destroy', '-input=false', '-auto-approve']);
    }
    await this.findLeftovers(applied);
  }

  private async findLeftovers(applied: readonly string[]): Promise<void> {
    const { api } = this.plane;
    for (const { stack, manifest } of this.context.synthesized.objects) {
      if (!applied.includes(stack) || !api.serves(manifest.apiVersion, manifest.kind)) continue;
      if ((await api.read(manifest)).accepted) this.find(stack, `${manifest.kind} ${manifest.metadata.name} is left after destroy`);
    }
  }

  private writeSettings(): void {
    const { plugins, synthesized } = this.context;
    const mirror = mirrorOf(plugins!, join(this.work, 'mirror'));
    writeFileSync(
      join(this.work, 'cli.tfrc'),
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n    include = ["*/*/*"]\n  }\n}\n`,
    );
    const contexts = new Set(synthesized.stacks.flatMap((stack) => contextsOf(this.read(stack).provider)));
    const config = JSON.parse(readFileSync(this.plane.kubeconfigFile, 'utf8'));
    const [{ context }] = config.contexts;
    config.contexts = [...contexts].map((name) => ({ name, context }));
    writeFileSync(join(this.work, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
  }

  private read(stack: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.context.out, this.context.synthesized.environment, stack, 'cdk.tf.json'), 'utf8'));
  }

  /** False when nothing is left of it. */
  private copy(stack: string): boolean {
    const { synthesized, charts: folder } = this.context;
    const json = this.read(stack);
    const resources = { ...(json.resource as Record<string, Record<string, Record<string, unknown>>> | undefined) };
    const left: Record<string, Record<string, unknown>> = {};
    const missing: string[] = [];
    for (const [name, release] of Object.entries(resources.helm_release ?? {})) {
      const known = synthesized.charts.find((chart) => chart.stack === stack && chart.resource === name) as SynthesizedChart;
      const path = folder === undefined ? undefined : chartIn(folder, known);
      if (path === undefined) missing.push(name);
      else left[name] = { ...release, chart: path, repository: undefined, version: undefined };
    }
    if (missing.length > 0) this.skipped.push(`${stack}: charts ${missing.join(', ')} left out, they are not in a folder (--charts DIR)`);
    const gone = new Set(missing.map((name) => `helm_release.${name}`));
    const kept = { ...resources, helm_release: left };
    for (const [type, byName] of Object.entries(kept)) {
      if (Object.keys(byName).length === 0) delete (kept as Record<string, unknown>)[type];
      for (const one of Object.values(byName)) {
        if (Array.isArray(one.depends_on)) one.depends_on = one.depends_on.filter((name) => !gone.has(name));
      }
    }
    if (Object.keys(kept).length === 0) return false;
    const target = join(this.work, stack);
    mkdirSync(target);
    writeFileSync(join(target, 'cdk.tf.json'), JSON.stringify({ ...json, resource: kept }));
    const backend = { local: { path: 'state.tfstate' } };
    writeFileSync(join(target, 'backend_override.tf.json'), JSON.stringify({ terraform: { backend } }));
    return true;
  }

  private async ends(stack: string, words: readonly string[], onChanges = ''): Promise<boolean> {
    const environment = {
      ...process.env,
      TF_CLI_CONFIG_FILE: join(this.work, 'cli.tfrc'),
      KUBE_CONFIG_PATH: join(this.work, 'kubeconfig'),
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    };
    const run = $({ cwd: join(this.work, stack), env: environment, quiet: true, nothrow: true, timeout: COMMAND_LIMIT });
    const { exitCode, stdout, stderr } = await run`${this.program} ${words} -no-color`;
    if (exitCode === 0) return true;
    const told = exitCode === CHANGES && onChanges !== '' ? `${onChanges}: ${changesIn(stdout)}` : `${words[0]}: ${errorIn(stderr)}`;
    this.find(stack, told);
    return false;
  }

  private find(subject: string, problem: string): void {
    this.findings.push({ rung: 4, environment: this.context.synthesized.environment, subject, problem });
  }
}

/** Every `config_context` of a stack's providers. */
function contextsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]) =>
    name === 'config_context' && typeof inside === 'string' ? [inside] : contextsOf(inside),
  );
}

const changesIn = (output: string) =>
  output
    .split('\n')
    .filter((line) => /^\s*#|^\s*[~+-] /.test(line))
    .slice(0, 4)
    .map((line) => line.trim())
    .join(' ');

const errorIn = (output: string) =>
  output
    .split('\n')
    .map((line) => line.replace(/^[│╷╵\s]+/, '').trim())
    .filter((line) => line !== '')
    .slice(0, 6)
    .join(' ')
    .slice(0, 600);
