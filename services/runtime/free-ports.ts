/** Ports of loopback that nobody uses now, below the range that the kernel gives to outgoing connections where it can. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { BackendError } from './backend-error.ts';

const LOWEST = 10_240;

/** `from`: the first to try; 0 begins at random. */
export async function freePorts(count: number, from: number): Promise<readonly number[]> {
  const ceiling = Math.max(LOWEST + 4_096, Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]));
  const first = from > 0 ? from : LOWEST + Math.floor(Math.random() * (ceiling - LOWEST - 512));
  const found: number[] = [];
  for (let port = first; found.length < count; port++) {
    if (port > 65_535 || port > first + 4_096) throw new BackendError('noPorts', `no ${count} free ports from ${first} on`, false);
    if (await isFree(port)) found.push(port);
  }
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
