/**
 * The stacks of one run of the tests: started once, named in the environment of the test files, ended and wiped with the run.
 * Those that a run left behind because it was killed are ended by the next. A stack that cannot start is no throw: its files
 * say why (see services/runtime/test-servers.ts).
 */
import { join } from 'node:path';
import { BackendError } from '../runtime/backend-error.ts';
import { TEST_STACKS, type TestStackKind } from '../runtime/test-servers.ts';
import { fetchRedis } from './packages.ts';
import { DEFAULT_STACK, Stack } from './stack.ts';

const NAME = /^test-(\d+)-[a-z]+$/;

export interface RunStacks {
  stop(): Promise<void>;
}

export async function startRunStacks(root: string, kinds: readonly TestStackKind[], say: (line: string) => void): Promise<RunStacks> {
  await endLeftovers(root, say);
  const started: Stack[] = [];
  for (const kind of kinds) {
    const { file, missing } = TEST_STACKS[kind];
    // Whoever runs the tests may have one that stands.
    if (process.env[file] !== undefined) continue;
    const name = `test-${process.pid}-${kind}`;
    try {
      if (kind === 'program') {
        process.env[file] = await fetchRedis(join(root, 'servers'), say);
        continue;
      }
      const options = {
        ...DEFAULT_STACK,
        jit: 'quick',
        schemaChanges: 'quick',
        secure: kind === 'secure',
        exporters: kind === 'plain',
      } as const;
      const stack = await Stack.up(root, name, options, (line) => say(`${name}: ${line}`));
      started.push(stack);
      process.env[file] = stack.backendsFile;
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      say(`${name}: ${error.message}`);
      // The reason goes into names of tests, between brackets and on one line.
      process.env[missing] = error.message.replaceAll(/[[\]\n]+/g, ' ');
      await end(root, name);
    }
  }
  return {
    stop: async () => {
      for (const stack of started.splice(0)) {
        await stack.stop();
        stack.wipe();
      }
    },
  };
}

async function endLeftovers(root: string, say: (line: string) => void): Promise<void> {
  for (const name of Stack.names(root)) {
    const owner = NAME.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    say(`${name}: left behind by a run that is no more`);
    await end(root, name);
  }
}

async function end(root: string, name: string): Promise<void> {
  const stack = await Stack.open(root, name);
  await stack?.stop();
  stack?.wipe();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
