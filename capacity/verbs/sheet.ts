/**
 * `parley sheet`: what is done with a capacity sheet. Each word has a module of its own, loaded when it is asked for.
 */
import { EXIT, type Verb } from '../../services/runtime/verb.ts';

interface Word {
  readonly summary: string;
  readonly load: () => Promise<{ readonly help: string; readonly run: (args: string[]) => Promise<number> }>;
}

const WORDS: Readonly<Record<string, Word>> = {
  check: {
    summary: 'which rows of a sheet contradict each other, and which number is likely wrong',
    load: () => import('./sheet-check.ts'),
  },
  new: {
    summary: 'write a workbook of a plan: live formulas over workload and coefficients, sources as comments',
    load: () => import('./sheet-new.ts'),
  },
};

export const verb: Verb = {
  summary: 'check a capacity sheet against itself, a plan and runs; or write one with live formulas',
  help: `
Usage: parley sheet WORD …

${Object.entries(WORDS)
  .map(([word, { summary }]) => `  ${word.padEnd(6)} ${summary}`)
  .join('\n')}

parley sheet WORD without anything more says what it takes.

  parley sheet check capacity.md --run latest
  parley sheet new --set connections=2B --out fleet.xlsx`,
  run,
};

async function run(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  const word = name !== undefined && Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (word === undefined) {
    console.error(
      `parley sheet: ${name === undefined ? 'what with it' : `"${name}" is nothing it does`}? It takes ${Object.keys(WORDS).join(' or ')}. See parley sheet --help.`,
    );
    return EXIT.couldNotRun;
  }
  const module = await word.load();
  if (rest.length === 0) {
    console.error(module.help.trim());
    return EXIT.couldNotRun;
  }
  return module.run(rest);
}
