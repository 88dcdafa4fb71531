/**
 * `parley verify [ENVIRONMENT]`: climbs the ladder: synthesizes an environment and shows its stacks to the policy, promtool, a
 * real API server, OpenTofu where providers are given, and a kernel.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { environmentNames, readSources } from '../read-sources.ts';
import { isRefusal, refusalText } from '../refusal.ts';
import { synthesize } from '../synth.ts';
import { crdsDirectory } from '../verify/custom-resources.ts';
import { climb, USUAL_RUNGS } from '../verify/ladder.ts';
import { exitCodeOf, ladderText } from '../verify/report.ts';
import { RUNGS, type RungNumber, type RungResult } from '../verify/rung.ts';
import { readSynthesized } from '../verify/synthesized.ts';

const OPTIONS = {
  rung: { type: 'string', multiple: true },
  plan: { type: 'string' },
  crds: { type: 'string' },
  charts: { type: 'string' },
  plugins: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const RUNG_LINES = Object.entries(RUNGS).map(([number, what]) => `    ${number}  ${what}`);

export const verb: Verb = {
  summary: 'show the stacks of an environment to the tools and servers that will judge them, without a cloud',
  help: `
Usage: parley verify [ENVIRONMENT] [--rung N]… [options]

  ENVIRONMENT    ${environmentNames().join(', ')}, or a path of an environment's JSON; without it all of them
  --rung N       only this rung; may be repeated (${USUAL_RUNGS.join(', ')})
${RUNG_LINES.join('\n')}
  --plan FILE    a plan that parley plan --json wrote; without it one is made for the workload of the environment
  --crds DIR     the operators' custom resource definitions, YAML as their charts have it (the variable PARLEY_CRDS)
  --charts DIR   their charts, archives or folders named NAME-VERSION, for rungs 2 and 4
  --plugins DIR  programs of Terraform's providers kubernetes and helm, for rung 4
  --json         one JSON document on standard output

Synthesizes into a folder of its own and shows the first cell; rung 1 shows that the others are the same but for name and
number. Rung 3 builds kube-apiserver and etcd from their Go modules the first time (some 500 processor seconds) and keeps
them by version below ~/.cache/parley, or PARLEY_CACHE. What can't be done for want of something is SKIPPED with the
reason, and is no failure.

  parley verify production
  parley verify --rung 3 --crds ../crds

Ends with 0 when nothing is found, 1 when a rung finds something, 3 when one could not be tried.`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const rungs = (values.rung ?? USUAL_RUNGS.map(String)).map(Number);
  const unknown = rungs.find((rung) => !Object.hasOwn(RUNGS, rung));
  if (unknown !== undefined) return refuse(`--rung: ${unknown} is none of ${Object.keys(RUNGS).join(', ')}`);
  const crds = crdsDirectory(values.crds);
  const environments = positionals.length === 0 ? environmentNames() : positionals;
  const out = mkdtempSync(join(tmpdir(), 'parley-verify-'));
  const results: RungResult[] = [];
  try {
    for (const word of environments) {
      const sources = readSources(word, values.plan);
      if (isRefusal(sources)) return refuse(refusalText(sources));
      const wanted = synthesize(sources);
      if (isRefusal(wanted)) return refuse(refusalText(wanted));
      const [cell] = wanted.order.cells;
      const stacks = [...cell!.stacks, ...cell!.onDemand];
      const { name } = sources.environment.value;
      for (const [path, text] of wanted.files) {
        if (!stacks.includes(path.split('/')[1]!)) continue;
        mkdirSync(dirname(join(out, path)), { recursive: true });
        writeFileSync(join(out, path), text);
      }
      const context = {
        synthesized: readSynthesized(out, name, stacks),
        fleet: { sources, wanted },
        out,
        crds,
        charts: values.charts,
        plugins: values.plugins,
        say: (line: string) => console.error(line),
      };
      for (const rung of rungs as RungNumber[]) {
        console.error(`${name}: rung ${rung}, ${RUNGS[rung]}`);
        results.push(...(await climb([rung], context)));
      }
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
  console.log(values.json === true ? JSON.stringify({ schema: 1, results }, undefined, 2) : ladderText(results));
  return exitCodeOf(results);
}

function refuse(message: string): number {
  console.error(`parley verify: ${message}`);
  return EXIT.couldNotRun;
}
