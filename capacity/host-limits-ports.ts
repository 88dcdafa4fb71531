/**
 * Limits on ports: those that outgoing connections take, and those that are listened on and must be kept out of their way.
 */
import { type HostLimit, type Sysctl, sysctlCommand, wholeAbove, wholeBelow } from './host-limit.ts';

/**
 * Connections to one address at which connect() is still fast, as a share of the usable ports: 25,000 of 64,512. The
 * kernel tries one parity of ports first, so at half the range every connect begins to scan (measured: 15,000/s fell to
 * 150/s at 32,000 connections an address; at 21,000 nothing was seen).
 */
const PORTS_AT_FULL_SPEED = 25_000 / 64_512;
/** So few can be scanned for each connect and nobody sees it: a range as small as this may be used up. */
const PORTS_SCANNED_UNSEEN = 2_000;

const RANGE = 'net.ipv4.ip_local_port_range';
const RESERVED = 'net.ipv4.ip_local_reserved_ports';
const WIDEST: Sysctl = { name: RANGE, value: '1024 65535' };
const PORTS_OF_WIDEST = 64_512;
/** A box has a few connections to its backends, whatever its clients number. */
const PORTS_OF_BOX = 1_000;

/** Connections to one address that `usable` ports carry with connect() still fast. */
function connectionsOf(usable: number): number {
  return Math.max(usable * PORTS_AT_FULL_SPEED, Math.min(usable, PORTS_SCANNED_UNSEEN));
}

function portsFor(connections: number): number {
  return connections <= PORTS_SCANNED_UNSEEN ? connections : connections / PORTS_AT_FULL_SPEED;
}

/** Addresses over which `connections` have to be spread, for connect() to stay fast with so many usable ports. */
export function addressesFor(connections: number, usablePorts: number): number {
  return usablePorts < 1 ? Number.POSITIVE_INFINITY : Math.max(1, wholeAbove(connections / connectionsOf(usablePorts)));
}

/** Ports as the kernel writes them: "8080,9000-9010", in order and each once. */
export function portList(ports: readonly number[]): string {
  const runs: [low: number, high: number][] = [];
  for (const port of [...new Set(ports)].toSorted((left, right) => left - right)) {
    const last = runs.at(-1);
    if (last !== undefined && port === last[1] + 1) last[1] = port;
    else runs.push([port, port]);
  }
  return runs.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(',');
}

/** The reverse; an empty text is no port. */
export function portsOfList(text: string): readonly number[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .flatMap((part) => {
      const [low, high = low] = part.split('-').map(Number) as [number, number?];
      return Array.from({ length: Math.max(0, high - low + 1) }, (_, at) => low + at);
    });
}

export const portLimits: readonly HostLimit[] = [
  {
    name: 'reservedPorts',
    setting: RESERVED,
    scope: 'netns',
    unit: 'ports listened on that an outgoing connection may take',
    effect: 'stops',
    safer: 'smaller',
    needed: () => 0,
    holds: (value) => (value > 0 ? 0 : Number.POSITIVE_INFINITY),
    why: 'a port inside the range of outgoing ports can be the source of one of them when its process starts anew; sharing the port does not help',
    symptom: 'after a restart bind fails with EADDRINUSE until a connection that nobody looks for ends',
    sysctls: (_value, shape) => (shape.ports.length === 0 ? [] : [{ name: RESERVED, value: portList(shape.ports) }]),
    lift: (_value, { ports }) => [
      ports.length === 0 ? '# declare the ports that are listened on' : sysctlCommand({ name: RESERVED, value: portList(ports) }),
    ],
    undo: (previous) => [sysctlCommand({ name: RESERVED, value: previous })],
    atRunTime: true,
    pod: { kind: 'safe', since: '1.27' },
  },
  {
    name: 'localPorts',
    setting: `${RANGE}, less the reserved ports in it`,
    scope: 'netns',
    unit: 'ports',
    effect: 'stops',
    safer: 'larger',
    needed: (connections, shape) => (shape.workers > 0 ? wholeAbove(portsFor(connections / shape.destinationAddresses)) : PORTS_OF_BOX),
    holds: (value, shape) => (shape.workers > 0 ? wholeBelow(connectionsOf(value) * shape.destinationAddresses) : Number.POSITIVE_INFINITY),
    why: 'each client connection takes a port of its own towards one address; beyond some 39 % of a large range connect() scans for a free one',
    symptom: 'connects slow down a hundredfold, then fail with EADDRNOTAVAIL; the box sees nothing',
    sysctls: () => [WIDEST],
    fresh: [28_232, 28_232],
    lift: (value) =>
      value > PORTS_OF_WIDEST
        ? ['# the range has no more ports: connect to more addresses (--addresses)']
        : [
            `${sysctlCommand(WIDEST)}   # or connect to more addresses (--addresses)`,
            `# reserve the ports that are listened on first: sysctl -w ${RESERVED}=PORT,…`,
          ],
    undo: (previous) => [sysctlCommand({ name: RANGE, value: previous })],
    atRunTime: true,
    pod: { kind: 'safe' },
  },
];
