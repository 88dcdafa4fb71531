/**
 * `parley nodes ENVIRONMENT`: what the nodes of a cell must be, sized by a plan: contracts that the doctor checks, cloud-inits, and a
 * document. Reads everything first and writes last.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { nodeDocuments } from '../hosts/node-documents.ts';
import { readSizes } from '../read-sizes.ts';
import { environmentNames, readSources } from '../read-sources.ts';
import { isRefusal, type Refusal, refusalText } from '../refusal.ts';

const DEFAULT_OUT = '.parley/nodes';

const OPTIONS = { plan: { type: 'string' }, out: { type: 'string' }, json: { type: 'boolean' } } as const;

export const verb: Verb = {
  summary: 'write what the nodes of an environment must be: contracts, cloud-init, a document',
  help: `
Usage: parley nodes ENVIRONMENT [--plan FILE] [--out DIR] [--json]

  ENVIRONMENT  ${environmentNames().join(', ')}, or a path of an environment’s JSON
  --plan FILE  a plan that parley plan --json wrote; without it one is made for the workload of the environment
  --out DIR    where the files are written (${DEFAULT_OUT})
  --json       the paths as one JSON document

Writes DIR/ENVIRONMENT/NODES.md, kube-proxy.yaml, and for each pool POOL.contract.json and POOL.cloud-init.yaml. All cells
of a plan are as large as each other, so it is one set for a fleet.

  parley nodes production
  parley doctor --node --contract ${DEFAULT_OUT}/production/gateway.contract.json    on a node of the pool

Ends with 0 when all is written, with 3 when something was refused: it names the field and the file, and nothing is written.`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0) {
    console.error(`parley nodes: takes one environment: ${environmentNames().join(', ')}. See --help.`);
    return EXIT.couldNotRun;
  }
  const documents = documentsOf(environment, values.plan);
  if (isRefusal(documents)) {
    console.error(`parley nodes: ${refusalText(documents)}`);
    return EXIT.couldNotRun;
  }
  const folder = join(values.out ?? DEFAULT_OUT, documents.environment);
  const written = Object.entries(documents.texts).map(([name, text]) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  console.log(
    values.json === true ? JSON.stringify({ schema: 1, environment: documents.environment, written }, null, 2) : written.join('\n'),
  );
  return EXIT.ok;
}

interface Documents {
  readonly environment: string;
  readonly texts: Readonly<Record<string, string>>;
}

function documentsOf(word: string, planFile: string | undefined): Documents | Refusal {
  const sources = readSources(word, planFile);
  if (isRefusal(sources)) return sources;
  const sizes = readSizes(sources);
  if (isRefusal(sizes)) return sizes;
  const environment = sources.environment.value;
  const [cell] = sizes.cells;
  if (cell === undefined) return { refused: 'no cell', field: 'cells', file: sources.environment.file };
  return { environment: environment.name, texts: nodeDocuments(cell, environment) };
}
