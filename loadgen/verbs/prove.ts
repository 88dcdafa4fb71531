/** `parley prove`: one fault after another while a ledger of every message is kept, and what came of each. */
import { join } from 'node:path';
import type { Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { Progress, type ProgressSink } from '../coordinator/progress.ts';
import { runFolder } from '../frame/frame.ts';
import { FAULTS, type Fault } from '../prove/faults.ts';
import { MEANING, proofLines } from '../prove/proof-table.ts';
import { cannotProve, type ProofOptions, prove, writeProof } from '../prove/prove.ts';
import { type ResumeFile, readResumeFile } from '../prove/resume-file.ts';
import { asCommand, demandBearable } from './as-command.ts';
import { flag, read, readOptions, whole, word } from './options.ts';
import { backendsFor, killableServers, type RealStack, realStack, systemOf } from './real-stack.ts';

const DEFAULTS = { rounds: 1, seed: 1, connections: 1_000, rate: 300, edges: 3, dispatchers: 2 } as const;

const OPTIONS = {
  faults: read((text) => text.split(',').map(faultNamed)),
  rounds: whole(DEFAULTS.rounds),
  seed: whole(DEFAULTS.seed, 0),
  connections: whole(DEFAULTS.connections, 20),
  rate: whole(DEFAULTS.rate),
  edges: whole(DEFAULTS.edges),
  backends: realStack(),
  dispatchers: whole(DEFAULTS.dispatchers),
  resume: word(),
  json: flag(),
};

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
  run: (args) =>
    asCommand(
      'prove',
      () => optionsOf(args),
      (options, signal) => proved(options, args, signal),
    ),
};

interface VerbOptions {
  readonly proof: ProofOptions;
  readonly real: RealStack | undefined;
  readonly dispatchers: number;
  readonly resumes?: { readonly folder: string; readonly file: ResumeFile };
  readonly json: boolean;
}

async function proved(
  { proof: options, real, dispatchers, resumes, json }: VerbOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { id, folder } = runFolder('prove', resumes?.folder);
  const command = resumes?.file.command ?? ['prove', ...args];
  const progress = new Progress(SINK, options.connections);
  const on = resumes === undefined ? backendsFor(real, folder, 'prove', dispatchers) : real && { flags: [], stack: real.stack };
  const servers = real === undefined ? [] : await killableServers(real.path);
  const proof = await prove({ id, command, folder, progress, signal }, { ...options, on, servers }, resumes?.file);
  writeProof(folder, proof);
  console.log(json ? JSON.stringify(proof, null, 2) : [...proofLines(proof), '', `record: ${join(folder, 'proof.json')}`].join('\n'));
  return proof.exitCode;
}

/** On a terminal the live line; elsewhere the faults alone, not a line a second. */
const SINK: ProgressSink = {
  isTerminal: true,
  write: (text) => {
    if (process.stderr.isTTY === true || !text.startsWith('\r')) process.stderr.write(text);
  },
};

function optionsOf(args: readonly string[]): VerbOptions {
  const given = readOptions(OPTIONS, args);
  if (given.resume !== undefined) {
    const file = readResumeFile(given.resume);
    return { ...optionsOf(file.command.slice(1)), json: given.json, resumes: { folder: given.resume, file } };
  }
  const proof: ProofOptions = {
    faults: given.faults ?? FAULTS,
    rounds: given.rounds,
    seed: given.seed,
    connections: given.connections,
    sendsPerSecond: given.rate,
    edges: given.edges,
    system: systemOf(given.backends),
    servers: [],
  };
  demandBearable(cannotProve(proof));
  return { proof, real: given.backends, dispatchers: given.dispatchers, json: given.json };
}

function faultNamed(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new OptionError(`there is no fault "${name}". See --help.`);
}
