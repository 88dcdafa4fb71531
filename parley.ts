/**
 * The command: a table of verbs. A verb's module is loaded when it is called and not before, so that one that is broken
 * breaks itself only. Everything about a verb but its place stands in its module.
 */

import { nearestName } from './bin/nearest-name.ts';
import { BackendError } from './services/runtime/backend-error.ts';
import { EXIT, type Verb } from './services/runtime/verb.ts';

interface VerbEntry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

export const VERBS: Readonly<Record<string, VerbEntry>> = {
  start: {
    summary: 'start a box, load it, and give the verdict on its rows of the capacity sheet',
    load: () => import('./loadgen/verbs/start.ts'),
  },
  check: { summary: 'which limit of this machine binds first at N connections', load: () => import('./loadgen/verbs/check.ts') },
  synth: {
    summary: 'write the stacks of an environment, sized by a plan, as Terraform’s JSON',
    load: () => import('./infra/verbs/synth.ts'),
  },
  doctor: {
    summary: 'which limit of this host, container or pod binds first, and what lifts it',
    load: () => import('./infra/verbs/doctor.ts'),
  },
  nodes: {
    summary: 'write what the nodes of an environment must be: contracts, cloud-init, a document',
    load: () => import('./infra/verbs/nodes.ts'),
  },
  dashboards: {
    summary: 'write the dashboards as Grafana’s JSON, with the plan’s values as lines',
    load: () => import('./dashboards/verb.ts'),
  },
  alerts: {
    summary: 'write the alerts as rules for Prometheus, with the plan’s values as thresholds',
    load: () => import('./dashboards/alerts/verb.ts'),
  },
  gateway: {
    summary: 'start a gateway box: edges, a relay, and embedded backends or dispatch on real ones',
    load: () => import('./services/gateway/verb.ts'),
  },
  relay: {
    summary: 'the relay of a box as a process of its own, on real systems',
    load: () => import('./services/gateway/relay/verb.ts'),
  },
  dispatch: {
    summary: 'dispatch messages of a cell: decide, store and hand them to gateways',
    load: () => import('./services/dispatch/verb.ts'),
  },
  migrate: {
    summary: 'make the tables and topics of a cell that are missing, refuse those that do not fit',
    load: () => import('./services/backends/verb.ts'),
  },
  trace: {
    summary: 'follow one message by its id through the log, the store and the gateways',
    load: () => import('./services/trace/verb.ts'),
  },
  'dead-letters': {
    summary: 'list what dispatch could not read, and put into the log again what can be read now',
    load: () => import('./services/dead-letters/verb.ts'),
  },
  hold: { summary: 'open connections to a box at a set rate and hold them', load: () => import('./loadgen/verbs/hold.ts') },
  chat: { summary: 'hold connections and send messages among them at a set rate', load: () => import('./loadgen/verbs/chat.ts') },
  work: {
    summary: 'load a box from this machine for a coordinator elsewhere',
    load: () => import('./loadgen/verbs/work.ts'),
  },
  k6: {
    summary: 'write a script for k6, for teams that run it: pairs of users who hold connections and talk',
    load: () => import('./loadgen/k6/verb.ts'),
  },
  simulate: { summary: 'run seeded faults against the message path in virtual time', load: () => import('./services/simulation/verb.ts') },
  up: { summary: 'start the real Kafka, Cassandra and Valkey on this machine', load: () => import('./services/local/verbs/up.ts') },
  down: { summary: 'stop the servers that up started', load: () => import('./services/local/verbs/down.ts') },
  status: { summary: 'show the servers that up started', load: () => import('./services/local/verbs/status.ts') },
  predicted: {
    summary: 'what the model said of runs it was not fitted on, beside what they measured',
    load: () => import('./capacity/verbs/predicted.ts'),
  },
  refit: {
    summary: 'replace the coefficients that runs and measurements tell, and say which rows of the plan move',
    load: () => import('./capacity/verbs/refit.ts'),
  },
  'peer-model': {
    summary: 'the plan of a cell beside what Netflix’s capacity model says for the same workload',
    load: () => import('./capacity/verbs/peer-model.ts'),
  },
  report: { summary: 'print a finished run, or make its page again', load: () => import('./loadgen/verbs/report.ts') },
  bench: { summary: 'measure this project and its peers side by side', load: () => import('./loadgen/verbs/bench.ts') },
  compare: {
    summary: 'whether a run is worse than another or than a kept baseline, figure by figure, by a test over repeats',
    load: () => import('./loadgen/verbs/compare.ts'),
  },
  search: {
    summary: 'the highest rate, or the most connections, at which objectives hold, with its spread and what the limit was',
    load: () => import('./loadgen/verbs/search.ts'),
  },
  storm: {
    summary: 'drop a share of the connections at once, and grade how they come back against a prediction',
    load: () => import('./loadgen/verbs/storm.ts'),
  },
  soak: {
    summary: 'load a box for hours with churn and a daily curve, and tell leaks by the slope of memory, files and tables',
    load: () => import('./loadgen/verbs/soak.ts'),
  },
  drain: {
    summary: 'replace the relay and drain every edge of a box under traffic, graded against a plan written before',
    load: () => import('./loadgen/verbs/drain.ts'),
  },
  scenario: {
    summary: 'check and run scenarios: who is there, what they send, who disturbs them, and what must hold',
    load: () => import('./loadgen/verbs/scenario.ts'),
  },
  hot: {
    summary: 'one conversation of 1,024 members who all answer, in turns with calm: its neighbours must not notice',
    load: () => import('./loadgen/verbs/hot.ts'),
  },
  slow: {
    summary: 'readers that stop, half-open and trickled handshakes, oversize frames, floods: which limit catches each',
    load: () => import('./loadgen/verbs/slow.ts'),
  },
  mobile: {
    summary: 'devices that vanish, sleep and wake: bytes and wake-ups an hour by heartbeat period, as a table',
    load: () => import('./loadgen/verbs/mobile.ts'),
  },
  batching: {
    summary: 'what a record costs Kafka and its client, against records per request',
    load: () => import('./services/bus/batching/verb.ts'),
  },
  'redis-costs': {
    summary: 'what presence and routes cost Redis, and how many primaries a fleet asks for',
    load: () => import('./services/presence/costs/verb.ts'),
  },
  'store-costs': {
    summary: 'what messages, lists and receipts cost Cassandra, and two layouts side by side',
    load: () => import('./services/store/costs/verb.ts'),
  },
  prove: {
    summary: 'kill and stop each part of a box under load, and show that nothing is lost',
    load: () => import('./loadgen/verbs/prove.ts'),
  },
  plan: {
    summary: 'what the fleet must be for a workload, and what changed between two plans',
    load: () => import('./capacity/verbs/plan.ts'),
  },
  sheet: {
    summary: 'check a capacity sheet against itself, a plan and runs; or write one with live formulas',
    load: () => import('./capacity/verbs/sheet.ts'),
  },
  images: { summary: 'make the images of all processes as an OCI layout, without a daemon', load: () => import('./infra/verbs/images.ts') },
  verify: {
    summary: 'show the stacks of an environment to the tools and servers that will judge them, without a cloud',
    load: () => import('./infra/verbs/verify.ts'),
  },
  test: { summary: 'run every check and test that this machine can run', load: () => import('./bin/test/verb.ts') },
};

if (import.meta.main) {
  // By default a stray error would end with 1, which says "refuted".
  process.on('uncaughtException', (error) => {
    console.error('parley:', error);
    process.exit(EXIT.couldNotRun);
  });
  const code = await main(process.argv.slice(2));
  // A pipe takes what it can at once: without this wait a long `--json` document would lose its end.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    if (name !== undefined) console.log(overview());
    else console.error(overview());
    return name === undefined ? EXIT.couldNotRun : EXIT.ok;
  }
  const entry = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (entry === undefined) {
    const nearest = nearestName(name, Object.keys(VERBS));
    console.error(`parley: there is no verb "${name}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`} See parley --help.`);
    return EXIT.couldNotRun;
  }
  try {
    const { verb } = await entry.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      console.log(verb.help.trim());
      return EXIT.ok;
    }
    return await verb.run(rest);
  } catch (error) {
    return failed(name, error);
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
  const lines = Object.entries(VERBS).map(([name, entry]) => `  ${name.padEnd(width)}  ${entry.summary}`);
  return [
    'Usage: parley VERB [options]',
    '',
    ...lines,
    '',
    'parley VERB --help says what a verb takes. Exit codes: 0 nothing refuted, 1 refuted,',
    '2 inconclusive, 3 could not run.',
  ].join('\n');
}

/** A wrong option and a broken dependency are told in a line; anything else is a bug and shows where it happened. */
function failed(name: string, error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof Error && code.startsWith('ERR_PARSE_ARGS'))
    console.error(`parley ${name}: ${error.message}. See parley ${name} --help.`);
  else if (error instanceof BackendError) console.error(`parley ${name}: ${error.message} (${error.code})`);
  else console.error(`parley ${name}:`, error);
  return EXIT.couldNotRun;
}
