/** Makes a cluster of single Valkeys: each gets its part of the slots and learns of the others. Nothing where it is one. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { RedisSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';

const SLOTS = 16_384;
const WAIT_MS = 30_000;

export async function formCluster(settings: RedisSettings): Promise<void> {
  const nodes = settings.nodes.map((node) => new Redis(redisOptions(node, settings)));
  try {
    if (await isWhole(nodes)) return;
    const share = Math.ceil(SLOTS / nodes.length);
    for (const [index, node] of nodes.entries()) {
      const info = String(await node.call('CLUSTER', 'INFO'));
      if (/cluster_slots_assigned:0\r/.test(info)) {
        await node.call('CLUSTER', 'ADDSLOTSRANGE', index * share, Math.min(SLOTS, (index + 1) * share) - 1);
      }
    }
    for (const node of nodes.slice(1)) {
      const [host, port] = settings.nodes[0]!.split(':') as [string, string];
      const busPort = /@(\d+)/.exec(
        String(await nodes[0]!.call('CLUSTER', 'NODES'))
          .split('\n')
          .find((line) => line.includes('myself')) ?? '',
      )?.[1];
      await node.call('CLUSTER', 'MEET', host, port, ...(busPort === undefined ? [] : [busPort]));
    }
    const untilMs = performance.now() + WAIT_MS;
    while (!(await isWhole(nodes))) {
      if (performance.now() > untilMs) throw new BackendError('noCluster', `the Valkeys form no cluster after ${WAIT_MS / 1_000} s`, false);
      await Bun.sleep(100);
    }
  } finally {
    for (const node of nodes) node.disconnect();
  }
}

async function isWhole(nodes: readonly Redis[]): Promise<boolean> {
  const states = await Promise.all(nodes.map(async (node) => String(await node.call('CLUSTER', 'INFO'))));
  return states.every((info) => /cluster_state:ok/.test(info) && info.includes(`cluster_known_nodes:${nodes.length}\r`));
}

/** Of a plain connection to one of its nodes. */
export function redisOptions(node: string, { tls, login }: RedisSettings) {
  const [host, port] = node.split(':') as [string, string];
  return {
    host,
    port: Number(port),
    commandTimeout: 10_000,
    maxRetriesPerRequest: 3,
    ...(tls && { tls: { ca: readFileSync(tls.authorityFile), servername: 'localhost' } }),
    ...(login && { username: login.user, password: readFileSync(login.passwordFile, 'utf8').trim() }),
  };
}
