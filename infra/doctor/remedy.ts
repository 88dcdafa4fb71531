/**
 * What lifts a limit from where the doctor stands: a write that it can do itself, or the place where somebody has to. Pure.
 */
import type { BoxShape } from '../../capacity/box-shape.ts';
import { type HostLimit, type Sysctl, sysctlCommand } from '../../capacity/host-limit.ts';
import { hostLimit } from '../../capacity/host-limits.ts';
import { type LimitReading, usablePorts } from '../../services/runtime/host/limits.ts';
import type { Surroundings } from './surroundings.ts';

export interface Remedy {
  readonly limit: HostLimit;
  /** The value that is asked for. */
  readonly value: number;
  /** `here`: `--fix` writes it. Otherwise who has to: the node, the pod's specification, the container's start, root or a person. */
  readonly by: 'here' | 'root' | 'node' | 'podSpecification' | 'containerStart' | 'person';
  /** For `here`. */
  readonly writes: readonly Sysctl[];
  readonly commands: readonly string[];
  readonly undo: readonly string[];
}

export function remedyFor(limit: HostLimit, value: number, shape: BoxShape, reading: LimitReading, surroundings: Surroundings): Remedy {
  const wanted = withReserved(limit, shape, reading);
  const sysctls = limit.sysctls(value, wanted);
  const lifting = { limit, value, undo: limit.undo(reading.text) };
  // Nothing inside a container raises its own limit of files: its runtime's is the one to lift.
  const lifted = limit.name === 'processFiles' && surroundings.place !== 'host' ? hostLimit('containerRuntimeFiles')! : limit;
  const byHand = { ...lifting, writes: [], commands: lifted.lift(value, wanted) };
  if (sysctls.length === 0) return { ...byHand, by: lifted.scope !== 'process' && surroundings.place !== 'host' ? 'node' : 'person' };
  if (!sysctls.every(({ name }) => surroundings.writable(name))) {
    if (surroundings.place === 'host') return { ...byHand, by: 'root', commands: sysctls.map((sysctl) => `sudo ${sysctlCommand(sysctl)}`) };
    if (limit.scope === 'node') return { ...byHand, by: 'node', commands: ['# on the node:', ...byHand.commands] };
    if (surroundings.place === 'pod') return { ...byHand, by: 'podSpecification', commands: podCommands(limit, sysctls) };
    return {
      ...byHand,
      by: 'containerStart',
      commands: sysctls.map(({ name, value: text }) => `# at its start: --sysctl '${name}=${text}'`),
    };
  }
  // The first line is the write itself; what follows says what else it takes.
  const notes = limit.lift(value, wanted).filter((line) => line.startsWith('#'));
  const startAnew = limit.atRunTime ? [] : ['# then start the processes anew'];
  return { ...lifting, by: 'here', writes: sysctls, commands: [...sysctls.map(sysctlCommand), ...startAnew, ...notes.slice(0, 1)] };
}

/** Ports that others have reserved stay so. */
function withReserved(limit: HostLimit, shape: BoxShape, reading: LimitReading): BoxShape {
  if (limit.name !== 'reservedPorts' || reading.text === '') return shape;
  const reserved = Array.from({ length: 65_536 }, (_, port) => port).filter((port) => usablePorts(port, port, reading.text) === 0);
  return { ...shape, ports: [...shape.ports, ...reserved] };
}

function podCommands({ pod }: HostLimit, sysctls: readonly Sysctl[]): readonly string[] {
  const lines = sysctls.map(({ name, value }) => `securityContext.sysctls: [{ name: ${name}, value: "${value}" }]`);
  if (pod.kind !== 'unsafe')
    return [`# in the pod's specification${pod.kind === 'safe' && pod.since ? ` (Kubernetes ${pod.since})` : ''}:`, ...lines];
  return [
    "# in the pod's specification, once the kubelet of each of its nodes allows it:",
    ...lines,
    `# kubelet: allowedUnsafeSysctls: [${sysctls.map(({ name }) => name).join(', ')}]`,
  ];
}
