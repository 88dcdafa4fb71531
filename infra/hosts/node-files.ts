/**
 * The files that make a machine keep a node contract: drop-ins of the container runtime and the kubelet, the tuner, and a cloud-init
 * that puts them in place before either starts. Kubernetes itself (join, version, network) is the platform's own.
 */
import type { NodeContract } from './node-contract.ts';
import { tunerScript } from './tuner-script.ts';

export const PLACES = {
  tuner: '/usr/local/sbin/parley-node-tuner',
  tunerUnit: '/etc/systemd/system/parley-node-tuner.service',
  containerd: '/etc/systemd/system/containerd.service.d/20-parley.conf',
  /** The kubelet reads it with `--config-dir=/etc/kubernetes/kubelet.conf.d` (1.30 and newer). */
  kubelet: '/etc/kubernetes/kubelet.conf.d/20-parley.conf',
  modules: '/etc/modules-load.d/parley.conf',
} as const;

export function containerdDropIn({ runtimeFiles }: NodeContract): string {
  return `# Containers inherit it; without it they have systemd's 524288.\n[Service]\nLimitNOFILE=${runtimeFiles}\n`;
}

/** A list in a drop-in replaces the one before it, so what else a pool must allow belongs in here. */
export function kubeletDropIn({ kubelet, poolLabel }: NodeContract): string {
  const allowed = kubelet.allowedUnsafeSysctls;
  return `${[
    'apiVersion: kubelet.config.k8s.io/v1beta1',
    'kind: KubeletConfiguration',
    ...(allowed.length === 0 ? [] : ['allowedUnsafeSysctls:', ...allowed.map((name) => `  - ${name}`)]),
    `podPidsLimit: ${kubelet.podPidsLimit}`,
    'kubeReserved:',
    `  cpu: ${Math.ceil(kubelet.reservedCores * 1_000)}m`,
    `  memory: ${Math.ceil(kubelet.reservedMemoryBytes / 2 ** 20)}Mi`,
    ...(poolLabel === undefined
      ? []
      : ['registerWithTaints:', `  - key: ${poolLabel.key}`, `    value: ${poolLabel.value}`, '    effect: NoSchedule']),
  ].join('\n')}\n`;
}

/**
 * For kube-proxy's ConfigMap, once a cluster: it would set the table of connections anew at each start (32,768 a core, 1,048,576 at
 * most, whatever the minimum says). Zero leaves what the tuner set.
 */
export function kubeProxyConfiguration(): string {
  return `${[
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1',
    'kind: KubeProxyConfiguration',
    'conntrack:',
    '  maxPerCore: 0',
    '  min: 0',
    '  tcpEstablishedTimeout: 0s',
  ].join('\n')}\n`;
}

const TUNER_UNIT = `[Unit]
Description=Kernel settings of a Parley node
After=systemd-modules-load.service systemd-sysctl.service
Before=containerd.service kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${PLACES.tuner}

[Install]
WantedBy=multi-user.target
`;

export function cloudInit(contract: NodeContract): string {
  const { poolLabel, connections } = contract;
  const files = [
    { path: PLACES.tuner, permissions: '0755', content: tunerScript(contract.settings) },
    { path: PLACES.tunerUnit, permissions: '0644', content: TUNER_UNIT },
    { path: PLACES.containerd, permissions: '0644', content: containerdDropIn(contract) },
    { path: PLACES.kubelet, permissions: '0644', content: kubeletDropIn(contract) },
    // Its settings do not exist before the module does.
    ...(connections > 0 ? [{ path: PLACES.modules, permissions: '0644', content: 'nf_conntrack\n' }] : []),
  ];
  return `${[
    '#cloud-config',
    `# Nodes of the pool ${contract.pool}. Kernel ${contract.kernelAtLeast} or newer, Kubernetes ${contract.kubernetesAtLeast} or newer.`,
    ...(poolLabel === undefined
      ? []
      : [`# The label ${poolLabel.key}=${poolLabel.value} is the node group's to set (kubelet --node-labels).`]),
    'write_files:',
    ...files.flatMap(({ path, permissions, content }) => [
      `  - path: ${path}`,
      `    permissions: "${permissions}"`,
      '    content: |',
      ...content
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? '' : `      ${line}`)),
    ]),
    'runcmd:',
    '  - swapoff -a',
    ...(connections > 0 ? ['  - modprobe nf_conntrack'] : []),
    '  - systemctl daemon-reload',
    '  - systemctl enable --now parley-node-tuner.service',
    // Where the image starts them before cloud-init is done.
    '  - systemctl try-restart containerd.service kubelet.service',
  ].join('\n')}\n`;
}
