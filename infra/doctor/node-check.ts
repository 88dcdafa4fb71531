/** A node held against the contract of its pool: one line for each clause, and what mends it. Pure. */
import type { NodeContract } from '../hosts/node-contract.ts';
import { containerdDropIn, kubeletDropIn, PLACES } from '../hosts/node-files.ts';
import type { NodeFacts } from './node-facts.ts';

export interface NodeFinding {
  readonly clause: string;
  readonly state: 'keeps' | 'breaks' | 'unseen';
  readonly is: string;
  readonly asks: string;
  /** Where it breaks. */
  readonly mend?: string;
}

/** What a kernel keeps for itself of the memory that was bought. */
const MEMORY_SEEN = 0.94;

export function checkNode(contract: NodeContract, facts: NodeFacts): readonly NodeFinding[] {
  const { machine } = contract;
  return [
    finding(
      'kernel',
      atLeast(facts.kernel, contract.kernelAtLeast),
      facts.kernel,
      `at least ${contract.kernelAtLeast}`,
      'another image of the machine',
    ),
    finding(
      'processors',
      facts.cores >= machine.cores,
      String(facts.cores),
      `${machine.cores} (${machine.shape})`,
      'another type of machine',
    ),
    finding(
      'memory',
      facts.memoryBytes >= machine.memoryBytes * MEMORY_SEEN,
      gibibytes(facts.memoryBytes),
      `${gibibytes(machine.memoryBytes)} (${machine.shape}) less ${Math.round((1 - MEMORY_SEEN) * 100)} % of the kernel’s`,
      'another type of machine',
    ),
    finding('swap', !facts.swap, facts.swap ? 'on' : 'off', 'off', 'swapoff -a, and no swap in /etc/fstab'),
    ...contract.settings.map(({ name, value, when }) => settingFinding(facts, name, value, when)),
    runtimeFinding(contract, facts),
    ...kubeletFindings(contract, facts),
  ];
}

function settingFinding(facts: NodeFacts, name: string, value: string, when: 'below' | 'above'): NodeFinding {
  const is = facts.setting(name);
  const asks = `at ${when === 'below' ? 'least' : 'most'} ${value}`;
  if (is === undefined) return { clause: name, state: 'unseen', is: 'no such setting in this kernel or network namespace', asks };
  const [have, want] = [last(is), last(value)];
  return finding(name, when === 'below' ? have >= want : have <= want, is, asks, `sysctl -w ${name}="${value}"   # or ${PLACES.tuner}`);
}

function runtimeFinding(contract: NodeContract, { runtimeFiles }: NodeFacts): NodeFinding {
  const clause = 'containerd LimitNOFILE';
  const asks = `at least ${contract.runtimeFiles}`;
  if (runtimeFiles === undefined) return { clause, state: 'unseen', is: 'no unit of containerd', asks };
  const keeps = runtimeFiles === 'infinity' || Number(runtimeFiles) >= contract.runtimeFiles;
  return finding(clause, keeps, runtimeFiles, asks, into(PLACES.containerd, containerdDropIn(contract), 'containerd'));
}

function kubeletFindings(contract: NodeContract, { kubelet, kubeletArguments }: NodeFacts): readonly NodeFinding[] {
  const { allowedUnsafeSysctls, podPidsLimit } = contract.kubelet;
  const mend = into(PLACES.kubelet, kubeletDropIn(contract), 'kubelet');
  const wanted = allowedUnsafeSysctls.join(', ');
  if (kubelet === undefined)
    return [{ clause: 'kubelet', state: 'unseen', is: 'no configuration of a kubelet', asks: `allowedUnsafeSysctls: ${wanted}` }];
  const allowed = (kubelet.allowedUnsafeSysctls as readonly string[] | undefined) ?? [];
  const missing = allowedUnsafeSysctls.filter((name) => !allowed.some((one) => allows(one, name)));
  const pids = kubelet.podPidsLimit as number | undefined;
  const said = allowed.join(', ') || 'none';
  return [
    finding('kubelet allowedUnsafeSysctls', missing.length === 0, said, wanted || 'none', mend),
    // Without one a pod may have as many as the machine.
    finding(
      'kubelet podPidsLimit',
      pids === undefined || pids < 0 || pids >= podPidsLimit,
      String(pids ?? 'none'),
      `at least ${podPidsLimit}`,
      mend,
    ),
    ...poolFindings(contract, kubelet, kubeletArguments, mend),
  ];
}

function poolFindings(
  { poolLabel }: NodeContract,
  kubelet: Readonly<Record<string, unknown>>,
  args: string,
  mend: string,
): readonly NodeFinding[] {
  if (poolLabel === undefined) return [];
  const { key, value } = poolLabel;
  const taints = (kubelet.registerWithTaints ?? []) as readonly { key?: string; value?: string; effect?: string }[];
  const tainted = taints.some((taint) => taint.key === key && taint.value === value && taint.effect === 'NoSchedule');
  const others = taints.map((taint) => `${taint.key}=${taint.value}:${taint.effect}`).join(', ') || 'none';
  const label = `${key}=${value}`;
  const labelled = new RegExp(`--node-labels[= ]\\S*\\b${key.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')}=${value}\\b`).test(args);
  return [
    finding('taint', tainted, others, `${label}:NoSchedule`, mend),
    labelled
      ? { clause: 'label', state: 'keeps', is: label, asks: label }
      : { clause: 'label', state: 'unseen', is: 'not among the kubelet’s arguments', asks: `${label}: kubectl get node NAME -L ${key}` },
  ];
}

function finding(clause: string, keeps: boolean, is: string, asks: string, mend: string): NodeFinding {
  return keeps ? { clause, state: 'keeps', is, asks } : { clause, state: 'breaks', is, asks, mend };
}

function allows(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)));
}

function into(place: string, text: string, unit: string): string {
  return [
    `write ${place}:`,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    `then: systemctl daemon-reload && systemctl restart ${unit}`,
  ].join('\n');
}

/** "6.18.44-x" is at least "5.14". */
export function atLeast(version: string, least: string): boolean {
  const numbers = (text: string) => /^(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number) ?? [0, 0];
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(least);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function last(text: string): number {
  return Number(text.trim().split(/\s+/).at(-1));
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

export function nodeText(contract: NodeContract, findings: readonly NodeFinding[]): string {
  const width = Math.max(...findings.map(({ clause }) => clause.length));
  const broken = findings.filter(({ state }) => state === 'breaks');
  return [
    `A node of the pool ${contract.pool}${contract.connections > 0 ? `, for ${contract.connections.toLocaleString('en-GB')} connections` : ''}:`,
    ...findings.map(({ clause, state, is, asks }) => `  ${state.padEnd(6)}  ${clause.padEnd(width)}  is ${is}; asked ${asks}`),
    '',
    ...broken.flatMap(({ clause, mend }) => [`${clause}:`, ...mend!.split('\n').map((line) => `  ${line}`), '']),
    broken.length === 0 ? 'It keeps the contract, as far as can be seen.' : `It breaks ${broken.length} of ${findings.length} clauses.`,
  ].join('\n');
}
