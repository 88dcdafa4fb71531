/**
 * Rung 6: the kernel settings that the pods of an environment ask for, written in a network namespace made for it and read back. A
 * setting that belongs to the node, or that this kernel does not know, is found here and not at the first pod that will not start.
 */
import type { Sysctl } from '../../capacity/host-limit.ts';
import { NETWORK_NAMESPACES, trySysctls } from '../hosts/network-namespace.ts';
import { podOf } from './pod-of.ts';
import type { Finding, Rung } from './rung.ts';
import type { SynthesizedObject } from './synthesized.ts';

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly securityContext?: { readonly sysctls?: readonly Sysctl[] };
}

export const sysctlRung: Rung = async ({ synthesized }) => {
  const startedMs = performance.now();
  const { environment } = synthesized;
  const pods = synthesized.objects.flatMap(sysctlsOf);
  const missing = NETWORK_NAMESPACES.missing();
  const findings = missing === undefined ? pods.flatMap((pod) => findingsOf(pod, environment)) : [];
  const count = pods.reduce((sum, { sysctls }) => sum + sysctls.length, 0);
  return {
    rung: 6,
    environment,
    did: missing === undefined ? `${count} settings of ${pods.length} workloads written in a network namespace and read back` : 'nothing',
    findings,
    skipped: missing === undefined ? [] : [`needs ${NETWORK_NAMESPACES.fact}: this machine has ${missing}`],
    seconds: (performance.now() - startedMs) / 1_000,
  };
};

interface PodSysctls {
  readonly subject: string;
  readonly hostNetwork: boolean;
  readonly sysctls: readonly Sysctl[];
}

function sysctlsOf({ stack, manifest }: SynthesizedObject): readonly PodSysctls[] {
  const pod = podOf(manifest);
  const { hostNetwork = false, securityContext } = (pod?.spec ?? {}) as PodSpec;
  const sysctls = securityContext?.sysctls ?? [];
  if (sysctls.length === 0) return [];
  const { kind, metadata } = manifest;
  return [{ subject: `${stack} ${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`, hostNetwork, sysctls }];
}

function findingsOf({ subject, hostNetwork, sysctls }: PodSysctls, environment: string): readonly Finding[] {
  const found = (problem: string): Finding => ({ rung: 6, environment, subject, problem });
  if (hostNetwork) return [found('spec.securityContext.sysctls: a pod in the network of its node can set none of the network’s')];
  return trySysctls(sysctls).flatMap((tried, at) =>
    tried.stuck ? [] : [found(`spec.securityContext.sysctls[${at}]: ${tried.name} = ${tried.value}: ${tried.problem}`)],
  );
}
