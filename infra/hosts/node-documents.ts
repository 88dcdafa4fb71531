/**
 * What a platform team gets for the nodes of a cell: for each pool its contract as data and as a cloud-init, and one document for
 * people. All cells of a plan are as large as each other, so there is one set for a fleet.
 */
import type { Environment } from '../environment.ts';
import { type CellSizes, POOLS } from '../sizes.ts';
import { type NodeContract, nodeContract } from './node-contract.ts';
import { cloudInit, containerdDropIn, kubeletDropIn, kubeProxyConfiguration, PLACES } from './node-files.ts';

/** Text by path, relative to a folder for nodes. */
export function nodeDocuments(cell: CellSizes, environment: Environment): Readonly<Record<string, string>> {
  const contracts = POOLS.map((pool) => nodeContract(pool, cell, environment)).filter(({ nodes }) => nodes > 0);
  return {
    'NODES.md': nodesMarkdown(contracts, environment),
    'kube-proxy.yaml': kubeProxyConfiguration(),
    ...Object.fromEntries(contracts.map((contract) => [`${contract.pool}.contract.json`, `${JSON.stringify(contract, null, 2)}\n`])),
    ...Object.fromEntries(contracts.map((contract) => [`${contract.pool}.cloud-init.yaml`, cloudInit(contract)])),
  };
}

function nodesMarkdown(contracts: readonly NodeContract[], { name, nodes }: Environment): string {
  const pooled = nodes.poolLabel !== '';
  return `${[
    `# Nodes of a cell: ${name}`,
    'Terraform’s kubernetes and helm providers make no nodes, so this is what the node pools of each cell’s cluster must be before its stacks are applied. `parley doctor --node --contract POOL.contract.json` on a node says what is missing.',
    '## Pools',
    [
      '| pool | nodes in a cell | machine | processors | memory | disk | kernel settings |',
      '|---|---:|---|---:|---:|---:|---:|',
      ...contracts.map(
        ({ pool, nodes: count, machine, settings }) =>
          `| ${pool} | ${count} | ${machine.shape} | ${machine.cores} | ${gibibytes(machine.memoryBytes)} | ${machine.diskBytes === 0 ? '–' : gibibytes(machine.diskBytes)} | ${settings.length} |`,
      ),
    ].join('\n'),
    `The machine is the cheapest of the environment’s list that carries what the plan asks for and what is kept on a node for the kubelet, the runtime and agents (${nodes.reservedCores} processors, ${gibibytes(nodes.reservedMemoryBytes)}). A larger one serves; a smaller one leaves pods unscheduled.`,
    '## Every node',
    [
      `- Linux ${contracts[0]!.kernelAtLeast} or newer, Kubernetes ${contracts[0]!.kubernetesAtLeast} or newer, no swap.`,
      ...(pooled
        ? [
            `- Label \`${nodes.poolLabel}=POOL\` (by the node group: kubelet \`--node-labels\`) and taint \`${nodes.poolLabel}=POOL:NoSchedule\` (by the kubelet’s drop-in).`,
          ]
        : ['- No label and no taint: this environment keeps no pools apart.']),
      '- Label `topology.kubernetes.io/zone` with one of the environment’s zones, as many nodes in each.',
      `- \`${PLACES.containerd}\` and \`${PLACES.kubelet}\` as below; kube-proxy as in \`kube-proxy.yaml\`, so that it leaves the table of connections as it is.`,
      '- POOL.cloud-init.yaml puts the files of its pool in place, and the kernel settings as a unit that runs before the runtime. Where no image may be changed, the stacks’ node tuner sets the kernel’s; runtime and kubelet remain the platform’s.',
    ].join('\n'),
    ...contracts.filter(({ connections }) => connections > 0).flatMap(poolSection),
    ...contracts.filter(({ connections, settings }) => connections === 0 && settings.length > 0).flatMap(storeSection),
  ].join('\n\n')}\n`;
}

function poolSection(contract: NodeContract): readonly string[] {
  return [
    `## ${contract.pool}: ${contract.connections.toLocaleString('en-GB')} connections on a node`,
    settingsTable(contract),
    fenced('ini', `# ${PLACES.containerd}\n${containerdDropIn(contract)}`),
    fenced('yaml', `# ${PLACES.kubelet}\n${kubeletDropIn(contract)}`),
  ];
}

function storeSection(contract: NodeContract): readonly string[] {
  return [`## ${contract.pool}`, settingsTable(contract)];
}

function settingsTable({ settings }: NodeContract): string {
  return [
    '| kernel setting | value | is the | why |',
    '|---|---|---|---|',
    ...settings.map(({ name, value, when, why }) => `| \`${name}\` | ${value} | ${when === 'below' ? 'least' : 'most'} | ${why} |`),
  ].join('\n');
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toLocaleString('en-GB', { maximumFractionDigits: 1 })} GiB`;
}
