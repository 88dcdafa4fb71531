/** `parley down`: stops the servers of a stack, each by its process id. */
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import { Stack } from '../stack.ts';
import { STACK_ROOT } from './shown.ts';

const HELP = `
Usage: parley down [--name WORD] [--wipe] [--json]

  --name WORD   of the stack (default)
  --wipe        its data, logs and secrets go too
  --json        one JSON document on standard output

Stops each server by its process id and waits for its end. Ends with 0, also where nothing ran.
`;

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string', default: 'default' },
      wipe: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const stack = await Stack.open(STACK_ROOT, values.name);
  const ran = stack?.servers.filter((server) => server.pid !== undefined).map(({ plan }) => plan.name) ?? [];
  await stack?.stop();
  if (values.wipe) stack?.wipe();
  if (values.json) console.log(JSON.stringify({ schema: 1, name: values.name, stopped: ran, wiped: values.wipe && stack !== undefined }));
  else if (stack === undefined) console.log(`there is no stack ${values.name}`);
  else console.log(`${ran.length === 0 ? 'nothing ran' : `stopped ${ran.join(', ')}`}${values.wipe ? '; its data is gone' : ''}`);
  return EXIT.ok;
}

export const verb: Verb = { summary: 'stop the servers that up started', help: HELP, run };
