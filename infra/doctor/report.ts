/** What the doctor says, to people and as one JSON document. */
import { NO_LIMIT } from '../../capacity/host-limit.ts';
import type { BindingLimit } from '../../capacity/host-limits.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import type { Applied } from './apply.ts';
import { bindingOrder, type Diagnosis } from './diagnosis.ts';
import type { Remedy } from './remedy.ts';

const PLACES = { host: 'a bare host', container: 'a container', pod: 'a pod' } as const;
const BY = {
  here: 'here (--fix writes it)',
  root: 'as root',
  node: 'on the node',
  podSpecification: "in the pod's specification",
  containerStart: 'at the start of the container',
  person: 'by hand',
} as const;

export function count(value: number): string {
  return Number.isFinite(value) ? Math.floor(value).toLocaleString('en-GB') : 'never';
}

export function diagnosisText(found: Diagnosis): string {
  const order = bindingOrder(found);
  return [
    headline(found),
    '',
    ...orderLines(order, found),
    '',
    ...remedyLines(found),
    ...(found.unseen.length === 0
      ? []
      : ['Not to be seen from here:', ...found.unseen.map(({ setting, reason }) => `  ${setting}: ${reason}`), '']),
    conclusion(found),
  ].join('\n');
}

function headline({ connections, shape, surroundings }: Diagnosis): string {
  const { place, because, ownNetwork, root } = surroundings;
  const network = ownNetwork ? ', a network namespace of its own' : '';
  const clients = shape.workers > 0 ? `, ${shape.workers} workers over ${shape.destinationAddresses} addresses` : '';
  const ports = shape.ports.length === 0 ? '' : `, ports ${shape.ports.join(' ')}`;
  return `${count(connections)} connections${shape.tls ? ' with TLS' : ''} on ${PLACES[place]} (${because}${network}${root ? '' : ', not as root'}): ${shape.edges} ${shape.edges === 1 ? 'edge' : 'edges'}${clients}${ports}`;
}

function orderLines(order: readonly BindingLimit[], found: Diagnosis): readonly string[] {
  if (order.length === 0) return ['No limit that is to be seen binds at any number of connections.'];
  const rows = order.map(({ limit, value, connections }) => [
    limit.setting,
    count(value),
    count(limit.needed(found.connections, found.shape)),
    count(connections),
    limit.effect,
  ]);
  const header = ['limit, the first to bind in front', 'is', 'needs', 'binds at', 'and'];
  const width = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 || column === 4 ? cell.padEnd(width[column]!) : cell.padStart(width[column]!)))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].map((text) => `  ${text}`);
}

function remedyLines(found: Diagnosis): readonly string[] {
  return found.remedies.flatMap((remedy) => {
    const { limit } = remedy;
    const binding = found.order.find((one) => one.limit === limit);
    const stops = found.stopped.some((one) => one.limit === limit);
    const at = binding !== undefined && Number.isFinite(binding.connections) ? ` at ${count(binding.connections)}` : '';
    return [
      `${stops ? `STOPS${at}` : 'degrades'}: ${limit.setting} = ${reading(found, limit.name)}, ${limit.safer === 'larger' ? 'at least' : 'at most'} ${count(remedy.value)} (${limit.unit})`,
      `  why   ${limit.why}`,
      `  seen  ${limit.symptom}`,
      `  lift  ${BY[remedy.by]}`,
      ...remedy.commands.map((command) => `        ${command}`),
      ...remedy.undo.map((command) => `  undo  ${command}`),
      '',
    ];
  });
}

function reading(found: Diagnosis, name: string): string {
  const one = found.readings[name];
  return one === undefined || isAbsent(one) ? 'unknown' : one.text === '' ? 'none' : one.text;
}

function conclusion(found: Diagnosis): string {
  const { most, connections } = found;
  const limit = most.limit === undefined ? '' : `, where ${most.limit.limit.setting} binds`;
  if (found.healthy)
    return `Healthy: ${count(connections)} connections fit. With as many processes as it takes this machine bears ${count(most.connections)}${limit}.`;
  const [first, ...next] = found.stopped;
  const then = next.length === 0 ? '' : `; then ${next.map((one) => `${one.limit.setting} at ${count(one.connections)}`).join(', ')}`;
  return `Not healthy: ${first!.limit.setting} stops it at ${count(first!.connections)} of ${count(connections)} connections${then}.`;
}

export function appliedText(applied: readonly Applied[]): string {
  if (applied.length === 0) return 'Nothing to write from here.';
  return applied
    .flatMap(({ setting, before, after, stuck, problem, undo }) => [
      stuck ? `set     ${setting}: "${before}" -> "${after}"` : `FAILED  ${setting}: is "${after}": ${problem}`,
      ...(stuck && before !== after ? [`undo    ${undo}`] : []),
    ])
    .join('\n');
}

export function diagnosisDocument(found: Diagnosis, applied?: readonly Applied[]): unknown {
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    schema: 1,
    connections: found.connections,
    healthy: found.healthy,
    surroundings: found.surroundings,
    shape: found.shape,
    most: { connections: found.most.connections, limit: found.most.limit?.limit.name ?? null },
    limits: found.order.map(({ limit, value, connections }) => ({
      name: limit.name,
      setting: limit.setting,
      scope: limit.scope,
      effect: limit.effect,
      unit: limit.unit,
      value: value === NO_LIMIT ? null : value,
      needed: limit.needed(found.connections, found.shape),
      bindsAt: finite(connections),
      state: found.stopped.some((one) => one.limit === limit)
        ? 'stops'
        : found.degraded.some((one) => one.limit === limit)
          ? 'degrades'
          : 'fits',
      why: limit.why,
      symptom: limit.symptom,
    })),
    remedies: found.remedies.map(remedyDocument),
    unseen: found.unseen,
    ...(applied === undefined ? {} : { applied }),
  };
}

function remedyDocument({ limit, value, by, writes, commands, undo }: Remedy): unknown {
  return { name: limit.name, value, by, writes, commands, undo, atRunTime: limit.atRunTime };
}
