/**
 * `parley peer-model`: the same workload put to Netflix's `service-capacity-modeling`, and both answers side by side. The package
 * is installed into `.parley/peer-model/` in the version that is named here; the model is the package's, only the question is ours.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { isInvalid } from '../json-shape.ts';
import { isInfeasible } from '../model/component.ts';
import { costRowsOf } from '../model/cost.ts';
import { makePlan } from '../model/make-plan.ts';
import { type PriceList, readPrices } from '../model/prices.ts';
import { compared, comparisonMarkdown, type PeerAnswer } from '../peers/comparison.ts';
import { questionsOf } from '../peers/questions.ts';
import { Mistake } from './read-run.ts';

const PACKAGE = 'service-capacity-modeling';
const VERSION = '0.3.212';
/** Those that the package runs on. */
const PYTHONS = ['python3', 'python3.12', 'python3.11', 'python3.10'];
const PRICES = join(import.meta.dirname, '../prices/aws-us-east-1.json');
const SCRIPT = join(import.meta.dirname, '../peers/netflix-model.py');
const KEPT = join(import.meta.dirname, '../measurements/netflix-model.json');
const INSTALL_LIMIT_MS = 300_000;
const ASK_LIMIT_MS = 180_000;

export const verb: Verb = {
  summary: 'the plan of a cell beside what Netflix’s capacity model says for the same workload',
  help: `
Usage: parley peer-model [--keep] [--json]

  --keep   writes the answers to capacity/measurements/netflix-model.json too
  --json   one JSON document

Makes the default plan, puts the workload of one cell to ${PACKAGE} ${VERSION} (Apache-2.0, from PyPI) in its words, and shows
both answers for Cassandra, Kafka, the gateways and dispatch (as stateless services). Each is asked twice: with the package's own
processor times, and with ours. Needs Python 3.10 to 3.12; the first time it installs the package into .parley/peer-model/.
Ends with 0 when both answered, 3 when Python, the package or the plan is missing.

  parley peer-model --keep`,
  run: async (args) => {
    const { values } = parseArgs({ args, options: { keep: { type: 'boolean' }, json: { type: 'boolean' } }, strict: true });
    try {
      const plan = makePlan({ draws: 0, costRows: costRowsOf(prices()) });
      if (isInfeasible(plan)) throw new Mistake(`there is no plan to compare with: ${plan.infeasible}`);
      const questions = questionsOf(plan);
      const { version, answers } = ask(installed(), questions);
      const components = compared(plan, answers);
      const document = {
        schema: 1,
        what: 'the workload of one cell of the default plan, by this model and by Netflix’s',
        measuredAt: new Date().toISOString(),
        peer: { package: PACKAGE, version, licence: 'Apache-2.0' },
        units: 'USD a month of one cell, three years reserved; GiB and bytes as the names say',
        cells: plan.cells,
        questions,
        components,
      };
      if (values.keep === true) writeFileSync(KEPT, `${JSON.stringify(document, null, 1)}\n`);
      console.log(values.json === true ? JSON.stringify(document, null, 2) : comparisonMarkdown(components));
      return EXIT.ok;
    } catch (failure) {
      if (!(failure instanceof Mistake)) throw failure;
      console.error(`parley peer-model: ${failure.message}`);
      return EXIT.couldNotRun;
    }
  },
};

function prices(): PriceList {
  const list = readPrices(JSON.parse(readFileSync(PRICES, 'utf8')));
  if (isInvalid(list)) throw new Mistake(`${PRICES}: ${list.invalid}`);
  return list;
}

/** The interpreter that has the package. */
function installed(): string {
  const folder = resolve('.parley/peer-model', VERSION);
  const python = join(folder, 'bin/python');
  if (existsSync(join(folder, 'installed'))) return python;
  const base = PYTHONS.find((name) => {
    const answer = spawnSync(name, ['-c', 'import sys; print(sys.version_info[:2])'], { encoding: 'utf8' });
    return /\(3, 1[012]\)/.test(answer.stdout ?? '');
  });
  if (base === undefined) throw new Mistake('it needs Python 3.10 to 3.12 on the PATH');
  mkdirSync(folder, { recursive: true });
  execute(base, ['-m', 'venv', folder], INSTALL_LIMIT_MS);
  execute(python, ['-m', 'pip', 'install', '--quiet', `${PACKAGE}==${VERSION}`], INSTALL_LIMIT_MS);
  writeFileSync(join(folder, 'installed'), `${VERSION}\n`);
  return python;
}

function ask(python: string, questions: readonly unknown[]): { readonly version: string; readonly answers: readonly PeerAnswer[] } {
  const output = execute(python, [SCRIPT], ASK_LIMIT_MS, JSON.stringify({ region: 'us-east-1', questions }));
  return JSON.parse(output);
}

function execute(command: string, args: readonly string[], timeout: number, input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout, input, maxBuffer: 64 * 1_024 ** 2 });
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
  throw new Mistake(`${command} ${args.slice(0, 3).join(' ')} failed: ${why}`);
}
