/** Ports: what a process is told, what its pod declares, what services, probes and policies name, and what the kernel may take. */
import type { ServicePort } from 'kubernetes-types/core/v1';
import { selects } from './availability.ts';
import type { Problem, Rule } from './finding.ts';
import { argumentsOf, LISTENING_FLAGS, portOf } from './flags.ts';
import { containersOf, type PodTemplate, placeOf, podsOf, specOf } from './pods.ts';

/** Where a kernel takes source ports from unless it is told otherwise. */
const EPHEMERAL = { from: 32_768, to: 60_999 };
const RESERVED = 'net.ipv4.ip_local_reserved_ports';
const RANGE = 'net.ipv4.ip_local_port_range';

export const PORT_RULES: readonly Rule[] = [
  {
    name: 'ports as configured',
    why: 'a port that is declared and not listened on is a service that never answers',
    check: ({ objects }) =>
      containersOf(objects).flatMap(({ container, place }) => {
        const told = argumentsOf(container);
        if (told.verb === '') return [];
        const declared = new Set((container.ports ?? []).map(({ containerPort }) => containerPort));
        const listens = LISTENING_FLAGS.flatMap((flag) => (told.flags.has(flag) ? [{ flag, port: portOf(told, flag) }] : []));
        return [
          ...listens
            .filter(({ port }) => !declared.has(port))
            .map(({ flag, port }) => ({ place: `${place}.args`, problem: `${flag} is ${port}, which the container does not declare` })),
          ...(listens.length > 0 ? [...declared] : [])
            .filter((port) => !listens.some((one) => one.port === port))
            .map((port) => ({ place: `${place}.ports`, problem: `declares ${port}, which the process is not told to listen on` })),
        ];
      }),
  },
  {
    name: 'ports of services',
    why: 'a service that names a port nobody has sends its connections nowhere',
    check: ({ objects }) =>
      objects
        .filter(({ kind }) => kind === 'Service')
        .flatMap((service) => {
          const { selector, ports = [] } = specOf<{ selector?: Readonly<Record<string, string>>; ports?: readonly ServicePort[] }>(service);
          const pods = podsOf(objects).filter(
            ({ owner, labels }) =>
              selector !== undefined &&
              owner.metadata.namespace === service.metadata.namespace &&
              selects({ matchLabels: { ...selector } }, labels),
          );
          if (pods.length === 0) return [];
          return ports
            .filter(({ port, targetPort = port }) => !pods.every((pod) => portsOf(pod).some((one) => one === targetPort)))
            .map(({ port, targetPort = port }) => ({
              place: `${placeOf(service)}: spec.ports`,
              problem: `${targetPort} is no port of its pods`,
            }));
        }),
  },
  {
    name: 'ports of links',
    why: 'who is told a port that nobody listens on tries for ever',
    check: ({ objects }) => {
      const containers = containersOf(objects);
      const listening = new Set(containers.flatMap(({ container }) => LISTENING_FLAGS.map((flag) => portOf(argumentsOf(container), flag))));
      return containers.flatMap(({ container, place }) =>
        ['--relay', '--coordinator'].flatMap((flag) => {
          const target = argumentsOf(container).flags.get(flag);
          const port = Number(target?.split(':').at(-1));
          if (target === undefined || listening.has(port)) return [];
          return [{ place: `${place}.args`, problem: `${flag} names port ${port}, which no process is told to listen on` }];
        }),
      );
    },
  },
  {
    name: 'ports out of the kernel’s way',
    why: 'an outgoing connection may take a port that a process listens on, and then it can not be started again (I1)',
    check: ({ objects }) =>
      podsOf(objects).flatMap((pod): readonly Problem[] => {
        const sysctls = new Map((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]));
        const [from, to] = (sysctls.get(RANGE) ?? `${EPHEMERAL.from} ${EPHEMERAL.to}`).split(/\s+/).map(Number) as [number, number];
        const reserved = (sysctls.get(RESERVED) ?? '').split(',').filter((part) => part !== '');
        const place = `${pod.place}: spec.template.spec.securityContext.sysctls[${RESERVED}]`;
        const isReserved = (port: number) =>
          reserved.some((part) => {
            const [first, last = first] = part.split('-').map(Number) as [number, number?];
            return port >= first && port <= last!;
          });
        return portsOf(pod)
          .filter((port): port is number => typeof port === 'number')
          .filter((port) => (port >= from && port <= to) || reserved.length > 0)
          .filter((port) => !isReserved(port))
          .map((port) => ({ place, problem: `does not keep ${port} from being taken (range ${from} to ${to})` }));
      }),
  },
];

/** Numbers and names. */
export function portsOf({ spec }: PodTemplate): ReadonlyArray<number | string> {
  return spec.containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, name }) => (name === undefined ? [containerPort] : [containerPort, name])),
  );
}
