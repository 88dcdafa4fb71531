/**
 * Machines that share a network and nothing else of it: network namespaces on a bridge, made for a test and gone with it. The
 * first, the hub, has the bridge. Needs root, util-linux and iproute2.
 */
import { spawnSync } from 'node:child_process';
import type { MachineFact } from '../../services/runtime/shortfall.ts';

/** Nobody else's network: it ends at the bridge. */
const PREFIX = '10.77.0.';
const HOLD_SECONDS = 300;

export const BRIDGED_NAMESPACES: MachineFact = {
  fact: 'network namespaces on a bridge',
  missing: () => {
    const script = 'ip link add br0 type bridge && ip link add a0 type veth peer name b0';
    const { status, stderr, error } = spawnSync('unshare', ['--net', '--', 'sh', '-ec', script], { encoding: 'utf8', timeout: 20_000 });
    return status === 0 ? undefined : `none to give: ${error?.message ?? stderr.trim()}`;
  },
  demandedInCi: true,
};

export interface NetworkMachine {
  readonly name: string;
  readonly address: string;
  /** Goes before a command that is to run there. */
  readonly prefix: readonly string[];
}

export class Network {
  private readonly holders: Bun.Subprocess<'ignore', 'pipe', 'inherit'>[] = [];
  private readonly machines = new Map<string, NetworkMachine>();
  private hub!: NetworkMachine;

  static async with(...names: readonly string[]): Promise<Network> {
    const network = new Network();
    network.hub = await network.add('hub', 1);
    network.at(network.hub, 'ip link add br0 type bridge', `ip addr add ${network.hub.address}/24 dev br0`, 'ip link set br0 up');
    for (const [at, name] of names.entries()) {
      const machine = await network.add(name, at + 2);
      const holder = network.holders.at(-1)!;
      network.at(network.hub, `ip link add v-${name} type veth peer name eth0 netns ${holder.pid}`, `ip link set v-${name} master br0 up`);
      network.at(machine, `ip addr add ${machine.address}/24 dev eth0`, 'ip link set eth0 up');
    }
    return network;
  }

  machine(name: string): NetworkMachine {
    return this.machines.get(name)!;
  }

  /** What it sends from here on arrives nowhere, and nobody is told. */
  cut(name: string): void {
    this.at(this.hub, `ip link set v-${name} down`);
  }

  async end(): Promise<void> {
    for (const holder of this.holders) holder.kill('SIGKILL');
    await Promise.all(this.holders.map((holder) => holder.exited));
  }

  private async add(name: string, number: number): Promise<NetworkMachine> {
    const script = `ip link set lo up; echo ready; exec sleep ${HOLD_SECONDS}`;
    const holder = Bun.spawn(['unshare', '--net', '--', 'sh', '-ec', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.holders.push(holder);
    await holder.stdout.getReader().read();
    const machine = { name, address: `${PREFIX}${number}`, prefix: ['nsenter', `--target=${holder.pid}`, '--net', '--'] };
    this.machines.set(name, machine);
    return machine;
  }

  private at({ prefix, name }: NetworkMachine, ...commands: readonly string[]): void {
    for (const command of commands) {
      const [program, ...words] = [...prefix, ...command.split(' ')];
      const { status, stderr } = spawnSync(program!, words, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${name}: ${command}: ${stderr.trim()}`);
    }
  }
}
