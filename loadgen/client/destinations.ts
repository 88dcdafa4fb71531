/**
 * Which loopback address each connection goes to. Source, destination and port must differ as a whole, and the kernel's
 * search for a source port slows down long before the range is used up, so a destination takes at most 40 % of it.
 */
import { readFileSync } from 'node:fs';

const SHARE_OF_RANGE = 0.4;
/** Beyond this a connect() scans thousands of busy ports whatever the range [facts: 25,000 per address at full speed]. */
const MOST_PER_ADDRESS = 25_000;

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export function readPortRange(path = '/proc/sys/net/ipv4/ip_local_port_range'): PortRange {
  const [from, to] = readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);
  return { from: from!, to: to! };
}

export function connectionsPerAddress(range: PortRange): number {
  return Math.max(1, Math.min(MOST_PER_ADDRESS, Math.floor((range.to - range.from + 1) * SHARE_OF_RANGE)));
}

export function addressesNeeded(connections: number, range: PortRange): number {
  return Math.max(1, Math.ceil(connections / connectionsPerAddress(range)));
}

/** 127.0.0.1 for a plain few; then 127.0.0.2 and on, through 127.0.1.1. The index is that of the address, from 0. */
export function addressAt(index: number): string {
  return `127.0.${Math.floor(index / 254)}.${(index % 254) + 1}`;
}

/** Addresses of a target: the loopback range for a loopback host, the host itself otherwise. */
export function addressesFor(host: string, connections: number, range: PortRange): string[] {
  if (!/^(localhost|127\.)/.test(host)) return [host];
  return Array.from({ length: addressesNeeded(connections, range) }, (_, index) => addressAt(index));
}
