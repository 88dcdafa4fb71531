/** `parley prove`: one fault after another while a ledger of every message is kept, and what came of each. */
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { Progress, type ProgressSink } from '../coordinator/progress.ts';
import { FAULTS, type Fault } from '../prove/faults.ts';
import { MEANING, proofLines } from '../prove/proof-table.ts';
import { cannotRun, type ProofOptions, prove, writeProof } from '../prove/prove.ts';
import { type ResumeFile, readResumeFile } from '../prove/resume-file.ts';
import { killableServers, type RealStack, readRealStack, settingsForRun } from './real-stack.ts';

const OPTIONS = {
  faults: { type: 'string' },
  rounds: { type: 'string' },
  seed: { type: 'string' },
  connections: { type: 'string' },
  rate: { type: 'string' },
  edges: { type: 'string' },
  backends: { type: 'string' },
  dispatchers: { type: 'string' },
  resume: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const DEFAULTS = { rounds: 1, seed: 1, connections: 1_000, rate: 300, edges: 3, dispatchers: 2 } as const;

export const verb: Verb = {
  summary: 'kill and stop each part of a box under load, and show that nothing is lost',
  help: `
Usage: parley prove [options]

  --faults A,B     only these (all that this box and machine can bear)
  --rounds R       each of them R times (${DEFAULTS.rounds})
  --seed S         of their order, times and choices, and of the load (${DEFAULTS.seed})
  --connections N  (${DEFAULTS.connections.toLocaleString('en-GB')})
  --rate R         sends per second (${DEFAULTS.rate})
  --edges E        edge processes of the box (${DEFAULTS.edges})
  --backends FILE  settings of Kafka, Cassandra and Redis on this machine; without it the box has embedded backends.
                   Servers are killed and stopped where they are of a stack of parley up
  --dispatchers D  dispatch processes of a box on real systems (${DEFAULTS.dispatchers})
  --resume FOLDER  goes on with a proof whose own process was killed: its folder in runs/, its box still running
  --json           one JSON document on standard output

${FAULTS.map((fault) => `  ${fault.name.padEnd(17)}${fault.does}`).join('\n')}

A fault comes when the one before is overcome. The time to recover is from the fault until messages are accepted
within 200 ms and delivered within 500 ms again. The record is kept in runs/.
${MEANING.join('\n')}
Ends with 0 when nothing was lost, doubled or out of order, 1 when something was, 2 inconclusive, 3 could not run.

  parley up --name prove --brokers 3 && parley prove --backends .parley/stacks/prove/backends.json`,
  run,
};

interface VerbOptions {
  readonly proof: ProofOptions;
  readonly real?: RealStack;
  readonly backendsFile?: string;
  readonly dispatchers: number;
  readonly resumes?: { readonly folder: string; readonly file: ResumeFile };
  readonly json: boolean;
}

async function run(args: string[]): Promise<number> {
  let options: VerbOptions;
  try {
    options = readOptions(args);
  } catch (failure) {
    if (!(failure instanceof OptionError)) throw failure;
    console.error(`parley prove: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const because = cannotRun(options.proof);
  if (because !== undefined) {
    console.error(`parley prove: this machine can't bear it, and nothing was opened: ${because}`);
    return EXIT.couldNotRun;
  }
  const { resumes } = options;
  const id =
    resumes !== undefined ? basename(resumes.folder) : `${new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z')}-prove`;
  const folder = resumes?.folder ?? join('runs', id);
  mkdirSync(folder, { recursive: true });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const { real } = options;
  const boxFlags =
    real === undefined || resumes !== undefined
      ? []
      : ['--backends', settingsForRun(real, folder, 'prove'), '--dispatchers', String(options.dispatchers)];
  const servers = options.backendsFile === undefined ? [] : await killableServers(options.backendsFile);
  try {
    const progress = new Progress(SINK, options.proof.connections);
    const proof = await prove({
      options: { ...options.proof, boxFlags, servers },
      id,
      command: resumes?.file.command ?? ['prove', ...args],
      ...(resumes === undefined ? {} : { resumes: resumes.file }),
      folder,
      progress,
      signal: interrupted.signal,
    });
    writeProof(folder, proof);
    console.log(
      options.json ? JSON.stringify(proof, null, 2) : [...proofLines(proof), '', `record: ${join(folder, 'proof.json')}`].join('\n'),
    );
    return proof.exitCode;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** On a terminal the live line; elsewhere the faults alone, not a line a second. */
const SINK: ProgressSink = {
  isTerminal: true,
  write: (text) => {
    if (process.stderr.isTTY === true || !text.startsWith('\r')) process.stderr.write(text);
  },
};

function readOptions(args: string[]): VerbOptions {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  if (values.resume !== undefined) {
    const file = readResumeFile(values.resume);
    return { ...readOptions(file.command.slice(1)), json: values.json === true, resumes: { folder: values.resume, file } };
  }
  const real = values.backends === undefined ? undefined : readRealStack(values.backends);
  const proof: ProofOptions = {
    faults: values.faults === undefined ? FAULTS : values.faults.split(',').map(faultNamed),
    rounds: wholeOption('rounds', values.rounds) ?? DEFAULTS.rounds,
    seed: wholeOption('seed', values.seed, 0) ?? DEFAULTS.seed,
    connections: wholeOption('connections', values.connections, 20) ?? DEFAULTS.connections,
    sendsPerSecond: wholeOption('rate', values.rate) ?? DEFAULTS.rate,
    edges: wholeOption('edges', values.edges) ?? DEFAULTS.edges,
    boxFlags: [],
    system: real?.system ?? 'a box on its embedded backends',
    servers: [],
    ...(real === undefined ? {} : { stack: real.stack }),
  };
  return {
    proof,
    dispatchers: wholeOption('dispatchers', values.dispatchers) ?? DEFAULTS.dispatchers,
    json: values.json === true,
    ...(real === undefined ? {} : { real }),
    ...(values.backends === undefined ? {} : { backendsFile: values.backends }),
  };
}

function faultNamed(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new OptionError(`there is no fault "${name}". See --help.`);
}
