/** `parley status`: which servers of which stacks run, and how large they are. */
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { missingOnMachine } from '../packages.ts';
import { Stack } from '../stack.ts';
import { STACK_ROOT, statusTable } from './shown.ts';

const HELP = `
Usage: parley status [--name WORD] [--json]

  --name WORD   only this stack
  --json        one JSON document on standard output

Ends with 0 when every server of the stacks shown takes clients, 3 when one does not or there is none.
`;

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { name: { type: 'string' }, json: { type: 'boolean', default: false } } });
  const missing = await missingOnMachine();
  const names = values.name === undefined ? Stack.names(STACK_ROOT) : [values.name];
  const stacks = missing.length > 0 ? [] : await Promise.all(names.map((name) => Stack.open(STACK_ROOT, name)));
  const shown = await Promise.all(
    stacks
      .filter((stack) => stack !== undefined)
      .map(async (stack) => ({ name: stack.name, backendsFile: stack.backendsFile, servers: await stack.status() })),
  );
  if (values.json) console.log(JSON.stringify({ schema: 1, missing, stacks: shown }));
  else {
    for (const sentence of missing) console.log(sentence);
    for (const { name, servers } of shown) console.log(statusTable(name, servers));
    if (shown.length === 0) console.log(values.name === undefined ? 'no stack was ever started here' : `there is no stack ${values.name}`);
  }
  const all = shown.flatMap(({ servers }) => servers);
  return all.length > 0 && all.every(({ ready }) => ready) ? EXIT.ok : EXIT.couldNotRun;
}

export const verb: Verb = { summary: 'show the servers that up started', help: HELP, run };
