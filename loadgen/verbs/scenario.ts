/**
 * `parley scenario`: shows the scenarios that come along, checks files, runs one on a box of its own, on real systems, on a box that
 * runs, or on a target elsewhere. `hot`, `slow` and `mobile` are the scenarios of these names.
 */
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { readScenario, scenarioNames } from '../scenario/read.ts';
import { runAndReport } from './scenario-command.ts';

const OPTIONS_HELP = `  --box FILE             box.json of a running box; without it one is started, and stopped at the end
  --backends FILE        start the box on the real systems of this file
  --targets WORDS        addresses host:port with commas between them, or a file with one a line: a cluster that exists
  --keys FILE            JSON with the key that signs its test users' tokens, { "user": { "kid", "privateKeyPem" } }; for --targets
  --tls, --insecure      the targets speak TLS; their certificate need not be trusted
  --allow-foreign        send to targets that are neither of this machine nor among the scenario's hosts
  --dry-run              say what would be sent, and send nothing
  --connections N, --rate R, --turns T   in place of what the scenario says
  --json                 one JSON document`;

export const verb: Verb = {
  summary: 'check and run scenarios: who is there, what they send, who disturbs them, and what must hold',
  help: `
Usage: parley scenario list
       parley scenario check [FILE or NAME …]
       parley scenario run FILE or NAME [options]

${OPTIONS_HELP}

check without a name checks all that come along. How to write one: loadgen/scenarios/README.md.
Ends with 0 proved, 1 refuted, 2 inconclusive, 3 when it could not run; then nothing was sent.

  parley scenario run hot`,
  run,
};

async function run([what, ...rest]: string[]): Promise<number> {
  if (what === 'list') return await listed();
  if (what === 'check') return await checked(rest);
  if (what === 'run') return await runNamed(rest, ['scenario', 'run', ...rest]);
  console.error(`parley scenario: list, check or run, not "${what ?? ''}". See --help.`);
  return EXIT.couldNotRun;
}

/** A verb that is a scenario. */
export function scenarioVerb(name: string, summary: string, about: string): Verb {
  return {
    summary,
    help: `
Usage: parley ${name} [options]

${OPTIONS_HELP}

${about}
It is the scenario ${name} (loadgen/scenarios/${name}.ts). Ends with 0 proved, 1 refuted, 2 inconclusive, 3 when it could not run.

  parley ${name}`,
    run: (args) => runNamed([name, ...args], [name, ...args]),
  };
}

async function runNamed([word, ...args]: readonly string[], command: readonly string[]): Promise<number> {
  const verbName = command[0]!;
  if (word === undefined || word.startsWith('--')) {
    console.error(`parley ${verbName}: run takes a file or one of ${scenarioNames().join(', ')}. See --help.`);
    return EXIT.couldNotRun;
  }
  const read = await readScenario(word);
  if ('problems' in read) {
    for (const line of read.problems) console.error(`parley ${verbName}: ${line}`);
    return EXIT.couldNotRun;
  }
  return await runAndReport(read.scenario, args, command);
}

async function listed(): Promise<number> {
  for (const name of scenarioNames()) {
    const read = await readScenario(name);
    console.log(`${name.padEnd(20)}  ${'scenario' in read ? read.scenario.about : read.problems[0]}`);
  }
  return EXIT.ok;
}

async function checked(words: readonly string[]): Promise<number> {
  let wrong = 0;
  for (const word of words.length > 0 ? words : scenarioNames()) {
    const read = await readScenario(word);
    if ('problems' in read) {
      wrong++;
      for (const line of read.problems) console.error(line);
    } else console.log(`${word}: ${read.scenario.about}`);
  }
  return wrong > 0 ? EXIT.couldNotRun : EXIT.ok;
}
