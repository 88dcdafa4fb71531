/**
 * Every operator, chart and foreign image that stacks name, in one place. A digest that was not seen is not here: the platform team
 * gives it as `charts.digests` and `images.digests` of its environment, and `order.json` says which are still open.
 */

import type { Environment } from './environment.ts';

export interface ChartPin {
  readonly chart: string;
  /** https://… or oci://… */
  readonly repository: string;
  readonly version: string;
}

export const CHARTS = {
  certManager: { chart: 'cert-manager', repository: 'oci://quay.io/jetstack/charts', version: 'v1.21.2' },
  strimzi: { chart: 'strimzi-kafka-operator', repository: 'oci://quay.io/strimzi-helm', version: '1.2.0' },
  k8ssandra: { chart: 'k8ssandra-operator', repository: 'https://helm.k8ssandra.io/stable', version: '1.32.5' },
  otRedis: { chart: 'redis-operator', repository: 'https://ot-container-kit.github.io/helm-charts', version: '0.26.1' },
  // The version is the operator's; its README says that it is not ready for production.
  valkey: { chart: 'valkey-operator', repository: 'https://valkey.io/valkey-helm', version: '0.8.0' },
  keda: { chart: 'keda', repository: 'https://kedacore.github.io/charts', version: '2.21.1' },
  prometheus: { chart: 'kube-prometheus-stack', repository: 'oci://ghcr.io/prometheus-community/charts', version: '88.4.0' },
} as const satisfies Readonly<Record<string, ChartPin>>;
export type ChartName = keyof typeof CHARTS;

/** Of Kafka that Strimzi 1.2.0 runs by default. */
export const KAFKA_VERSION = { version: '4.3.1', metadataVersion: '4.3-IV0' } as const;
export const CASSANDRA_VERSION = '5.0.8';

/** Images that are not the project's own and no chart names: repository and tag. */
export const FOREIGN_IMAGES = {
  // The last line of Redis under the BSD licence, as the operator's own images have it.
  redis: 'quay.io/opstree/redis:v7.2.3',
  redisExporter: 'quay.io/opstree/redis-exporter:v1.44.0',
  valkey: 'docker.io/valkey/valkey:9.1.2',
  /** A shell for the node tuner. */
  tuner: 'docker.io/library/busybox:1.37.0',
  prometheus: 'quay.io/prometheus/prometheus:v3.5.0',
  /** AGPL: run by those who want it, never part of this project. */
  k6: 'docker.io/grafana/k6:1.3.0',
} as const;
export type ForeignImageName = keyof typeof FOREIGN_IMAGES;

/** With its digest where the environment knows it. */
export function foreignImage(name: ForeignImageName, { images }: Environment): string {
  const digest = images.digests[name];
  return digest === undefined ? FOREIGN_IMAGES[name] : `${FOREIGN_IMAGES[name]}@${digest}`;
}
