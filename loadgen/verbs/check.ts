/**
 * `parley check`: which limit of this machine binds first at N connections. Opens no socket and changes nothing.
 */
import { parseArgs } from 'node:util';
import { NO_LIMIT } from '../../capacity/host-limit.ts';
import { type BindingLimit, HOST_LIMITS } from '../../capacity/host-limits.ts';
import { LOAD_OPTIONS, readLoad } from '../../services/runtime/host/load-options.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { count, type Preflight, preflight, refusalLines } from '../preflight/preflight.ts';

const OPTIONS = {
  ...LOAD_OPTIONS,
  json: { type: 'boolean' },
} as const;

export const verb: Verb = {
  summary: 'which limit of this machine binds first at N connections',
  help: `
Usage: parley check [options]

  --connections N   connections of the box (500,000)
  --both-ends       the load engine runs on this machine too
  --edges E         edge processes; without it as many as the limit of files asks for
  --workers W       processes of the load engine, with --both-ends; likewise
  --addresses A     loopback addresses that the clients connect to, with --both-ends; likewise
  --ramp R          connections per second that arrive (2,000)
  --rate S          sends per second (0)
  --heartbeat T     heartbeat period, seconds (30)
  --tls             TLS at the edges
  --json            one JSON document

Reads the limits of this machine and of the container around it, and opens no socket.
Ends with 0 when N connections fit, with 3 and the command that lifts the limit when they do not.

  parley check --connections 1000000 --both-ends`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  let found: Preflight;
  try {
    found = preflight(readLoad(values));
  } catch (failure) {
    if (!(failure instanceof OptionError)) throw failure;
    console.error(`parley check: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  console.log(values.json === true ? JSON.stringify(documentOf(found), null, 2) : tableOf(found));
  return found.stopped.length === 0 ? EXIT.ok : EXIT.couldNotRun;
}

export function tableOf(found: Preflight): string {
  const stops = found.order.filter((binding) => binding.limit.effect === 'stops');
  const rows = stops.map((binding) => rowOf(binding, found));
  const header = ['limit', 'is', 'needs', 'binds at'] as const;
  const width = (column: 0 | 1 | 2 | 3) => Math.max(header[column].length, ...rows.map((row) => row[column].length));
  const line = (cells: readonly [string, string, string, string]) =>
    `  ${cells[0].padEnd(width(0))}  ${cells[1].padStart(width(1))}  ${cells[2].padStart(width(2))}  ${cells[3].padStart(width(3))}`.trimEnd();
  return [headline(found), '', line(header), ...rows.map(line), '', ...degradedLines(found), ...conclusion(found)].join('\n');
}

function headline(found: Preflight): string {
  const { edges, workers, destinationAddresses, tls } = found.shape;
  const client = workers > 0 ? `, ${plural(workers, 'worker')}, ${plural(destinationAddresses, 'address', 'addresses')}` : '';
  return `${count(found.connections)} connections${tls ? ' with TLS' : ''}, ${workers > 0 ? 'both ends' : 'the box alone'}: ${plural(edges, 'edge')}${client}`;
}

function rowOf({ limit, value, connections }: BindingLimit, found: Preflight): readonly [string, string, string, string] {
  const is = value === NO_LIMIT ? 'no limit' : count(value);
  return [limit.setting, is, count(limit.needed(found.connections, found.shape)), count(connections)];
}

function degradedLines(found: Preflight): readonly string[] {
  if (found.degraded.length === 0) return [];
  const lines = found.degraded.flatMap(({ limit, value }) => {
    const needed = limit.needed(found.connections, found.shape);
    return [
      `  ${limit.setting} = ${count(value)}, better ${limit.safer === 'larger' ? 'at least' : 'at most'} ${count(needed)}: ${limit.why}`,
      ...limit.lift(needed, found.shape).map((command) => `      ${command}`),
    ];
  });
  return ['The connections can be held, but:', ...lines, ''];
}

function conclusion(found: Preflight): readonly string[] {
  const most = `${count(found.most.connections)} connections${found.most.limit === undefined ? '' : `, where ${found.most.limit.limit.setting} binds`}`;
  if (found.stopped.length === 0) return [`It fits. This machine bears up to ${most}.`];
  return ['It does not fit:', ...refusalLines(found).map((line) => `  ${line}`), `As it is, this machine bears ${most}.`];
}

function documentOf(found: Preflight): unknown {
  return {
    schema: 1,
    connections: found.connections,
    fits: found.stopped.length === 0,
    shape: found.shape,
    most: { connections: found.most.connections, limit: found.most.limit?.limit.name ?? null },
    limits: found.order.map((binding) => ({
      name: binding.limit.name,
      setting: binding.limit.setting,
      scope: binding.limit.scope,
      effect: binding.limit.effect,
      unit: binding.limit.unit,
      value: binding.value === NO_LIMIT ? null : binding.value,
      needed: binding.limit.needed(found.connections, found.shape),
      bindsAt: Number.isFinite(binding.connections) ? binding.connections : null,
      stops: found.stopped.some((one) => one.limit === binding.limit),
      why: binding.limit.why,
      symptom: binding.limit.symptom,
      lift: binding.limit.lift(binding.limit.needed(found.connections, found.shape), found.shape),
      undo: undoOf(binding, found),
      atRunTime: binding.limit.atRunTime,
    })),
    unknown: HOST_LIMITS.flatMap(({ name }) => {
      const reading = found.readings[name];
      return reading !== undefined && isAbsent(reading) ? [{ name, reason: reading.absent }] : [];
    }),
  };
}

function undoOf({ limit }: BindingLimit, found: Preflight): readonly string[] {
  const reading = found.readings[limit.name];
  return reading === undefined || isAbsent(reading) ? [] : limit.undo(reading.text);
}

function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
