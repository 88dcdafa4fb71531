/**
 * `parley drain`: a rolling upgrade of a box under traffic. The relay is replaced, then each edge by its own drain, and what
 * clients saw is held against a plan that was written before. Both ends on this machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verb } from '../../services/runtime/verb.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { type DrainOptions, plannedDrain } from '../drain/drain-options.ts';
import { cannotDrain, fittingEdges, runDrain, writeDrain } from '../drain/drain-run.ts';
import { drainLines } from '../drain/drain-text.ts';
import { gradeDrain } from '../drain/grade.ts';
import { runFolder } from '../frame/frame.ts';
import { gradeCode } from '../frame/grade.ts';
import { asCommand, demandBearable } from './as-command.ts';
import { flag, readOptions, whole } from './options.ts';
import { backendsFor, realStack } from './real-stack.ts';

const DEFAULTS = {
  connections: 10_000,
  rate: 200,
  edges: 4,
  admissions: 1_500,
  calm: 10,
  limit: 300,
  heartbeat: 30,
  seed: 1,
  dispatchers: 2,
} as const;

const OPTIONS = {
  connections: whole(DEFAULTS.connections, 50),
  rate: whole(DEFAULTS.rate),
  edges: whole(undefined, 2),
  relay: flag(),
  admissions: whole(DEFAULTS.admissions, 10),
  closes: whole(),
  tls: flag(),
  calmSeconds: whole(DEFAULTS.calm, 0),
  limitSeconds: whole(DEFAULTS.limit),
  heartbeatSeconds: whole(DEFAULTS.heartbeat),
  workers: whole(),
  seed: whole(DEFAULTS.seed, 0),
  backends: realStack(),
  dispatchers: whole(DEFAULTS.dispatchers),
  json: flag(),
};

export const verb: Verb = {
  summary: 'replace the relay and drain every edge of a box under traffic, graded against a plan written before',
  help: `
Usage: parley drain [options]

  --connections N        (${DEFAULTS.connections.toLocaleString('en-GB')})
  --rate R               sends per second that go on meanwhile (${DEFAULTS.rate})
  --edges E              edge processes, drained one after another; at least 2 (${DEFAULTS.edges}, or as many as may open enough files)
  --relay                only the relay is replaced: no client may be disconnected, and the longest delay is told
  --admissions A         connections a second that the box admits, an edge its share (${DEFAULTS.admissions.toLocaleString('en-GB')})
  --closes C             connections a second that the edge closes which is drained (half of what the others admit)
  --tls
  --calm-seconds S       before it begins (${DEFAULTS.calm})
  --limit-seconds S      for the relay and for each edge: not as before by then is not overcome (${DEFAULTS.limit})
  --heartbeat-seconds H  (${DEFAULTS.heartbeat})
  --workers W            processes of the load engine (as many as are needed)
  --seed X               of the load (${DEFAULTS.seed})
  --backends FILE        settings of Kafka, Cassandra and Redis on this machine; without it the box has embedded backends
  --dispatchers D        dispatch processes of a box on real systems (${DEFAULTS.dispatchers})
  --json                 one JSON document on standard output

Clients come back after the delay that the server gave each, with no jitter of their own. An edge that takes over has to hold more:
the plan says how much, and it is in plan.json before anything is drained. The edges of a box share a port, so a client that lands on
one that is yet to be drained is closed again: the plan says how often, the grade holds it to that. Records are in runs/.
Ends with 0 proved, 1 refuted, 2 inconclusive, 3 could not run.

  parley drain --relay --connections 100000 --rate 2500`,
  run: (args) =>
    asCommand(
      'drain',
      () => optionsOf(args),
      (options, signal) => drained(options, args, signal),
    ),
};

function optionsOf(args: readonly string[]) {
  const { backends, dispatchers, json, ...given } = readOptions(OPTIONS, args);
  const asked: DrainOptions = {
    connections: given.connections,
    sendsPerSecond: given.rate,
    edges: given.edges ?? DEFAULTS.edges,
    tls: given.tls,
    admissionsPerSecond: given.admissions,
    closesPerSecond: given.closes,
    relayOnly: given.relay,
    calmSeconds: given.calmSeconds,
    limitSeconds: given.limitSeconds,
    heartbeatSeconds: given.heartbeatSeconds,
    seed: given.seed,
    workers: given.workers,
  };
  const drain = given.edges === undefined ? { ...asked, edges: fittingEdges(asked) } : asked;
  demandBearable(cannotDrain(drain));
  return { drain, backends, dispatchers, json };
}

async function drained(
  { drain, backends, dispatchers, json }: ReturnType<typeof optionsOf>,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { id, folder } = runFolder('drain');
  const planned = plannedDrain(drain);
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(planned, null, 1)}\n`);
  const progress = new Progress(STDERR_SINK, drain.connections);
  const frame = { id, command: ['drain', ...args], folder, progress, signal };
  const record = await runDrain(frame, drain, planned, backendsFor(backends, folder, 'drain', dispatchers));
  writeDrain(folder, record);
  const rows = gradeDrain(record, planned);
  const exitCode = gradeCode(rows);
  console.log(
    json
      ? JSON.stringify({ record, planned, rows, exitCode }, null, 1)
      : [...drainLines(record, rows), `  record: ${join(folder, 'drain.json')}`].join('\n'),
  );
  return exitCode;
}
