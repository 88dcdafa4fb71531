/** How connections come in, and whom each pod may speak to. */

import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { NetworkPolicyIngressRule } from 'kubernetes-types/networking/v1';
import { NAMESPACES } from '../names.ts';
import { selects } from './availability.ts';
import type { Problem, Rule } from './finding.ts';
import { placeOf, podsOf, specOf } from './pods.ts';
import { portsOf } from './ports.ts';

interface Policy {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly NetworkPolicyIngressRule[];
  readonly egress?: readonly unknown[];
}

/** Namespaces in which the pods are our own. */
const OURS = [NAMESPACES.gateway, NAMESPACES.services, NAMESPACES.observability, NAMESPACES.loadgen].map(({ name }) => name as string);

export const NETWORK_RULES: readonly Rule[] = [
  {
    name: 'balancer by connection',
    why: 'through another node the client’s address is lost, and with it the limits by address; a proxy would end TLS and idle connections',
    check: ({ objects }) =>
      objects
        .filter((one) => one.kind === 'Service' && specOf<{ type?: string }>(one).type === 'LoadBalancer')
        .flatMap((service) => {
          const spec = specOf<{
            externalTrafficPolicy?: string;
            sessionAffinity?: string;
            ports?: ReadonlyArray<{ protocol?: string; appProtocol?: string }>;
          }>(service);
          const place = placeOf(service);
          const problems: Problem[] = [];
          if (spec.externalTrafficPolicy !== 'Local')
            problems.push({
              place: `${place}: spec.externalTrafficPolicy`,
              problem: 'is not Local: the client’s address is lost on the way',
            });
          if ((spec.sessionAffinity ?? 'None') !== 'None')
            problems.push({ place: `${place}: spec.sessionAffinity`, problem: 'keeps new connections at old boxes' });
          if ((spec.ports ?? []).some(({ appProtocol }) => appProtocol !== undefined))
            problems.push({ place: `${place}: spec.ports.appProtocol`, problem: 'asks for a proxy that understands what it carries' });
          return problems;
        }),
  },
  {
    name: 'nothing is open by itself',
    why: 'without a policy that takes everything away each pod of the cluster may reach each other one',
    check: ({ objects }) => {
      const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
      const namespaces = objects.filter(({ kind, metadata }) => kind === 'Namespace' && OURS.includes(metadata.name));
      return [
        ...namespaces
          .filter(({ metadata }) => !policies.some((one) => one.metadata.namespace === metadata.name && isDeny(specOf<Policy>(one))))
          .map((one) => ({ place: placeOf(one), problem: 'has no policy that takes every connection away' })),
        ...podsOf(objects)
          .filter(({ owner, spec }) => OURS.includes(owner.metadata.namespace ?? '') && spec.hostNetwork !== true)
          .filter(
            ({ owner, labels }) =>
              !policies.some(
                (one) =>
                  one.metadata.namespace === owner.metadata.namespace &&
                  !isDeny(specOf<Policy>(one)) &&
                  selects(specOf<Policy>(one).podSelector, labels),
              ),
          )
          .map(({ place }) => ({ place, problem: 'has no policy of its own' })),
      ];
    },
  },
  {
    name: 'open to clients only',
    why: 'admin ports and links are for those who are named',
    check: ({ objects }) =>
      objects
        .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && OURS.includes(metadata.namespace ?? ''))
        .flatMap((one) => {
          const { podSelector, ingress = [], policyTypes = [] } = specOf<Policy>(one);
          const pods = podsOf(objects).filter(
            ({ owner, labels }) => owner.metadata.namespace === one.metadata.namespace && selects(podSelector, labels),
          );
          const place = placeOf(one);
          const problems: Problem[] = [];
          if (policyTypes.length !== 2) problems.push({ place: `${place}: spec.policyTypes`, problem: 'does not say both directions' });
          for (const { from, ports = [] } of ingress) {
            const anyone = from === undefined || from.length === 0;
            if (anyone && (ports.length === 0 || ports.some(({ port }) => !isClientPort(port, objects))))
              problems.push({ place: `${place}: spec.ingress`, problem: 'opens more than the clients’ port to everybody' });
            for (const { port } of ports) {
              if (port !== undefined && pods.length > 0 && !pods.some((pod) => portsOf(pod).includes(port)))
                problems.push({ place: `${place}: spec.ingress.ports`, problem: `${port} is no port of the pods that it is for` });
            }
          }
          return problems;
        }),
  },
];

function isDeny({ podSelector, ingress = [], egress = [] }: Policy): boolean {
  return Object.keys(podSelector?.matchLabels ?? {}).length === 0 && ingress.length === 0 && egress.length === 0;
}

/** The port behind the balancer. */
function isClientPort(port: number | string | undefined, objects: Parameters<typeof podsOf>[0]): boolean {
  return objects
    .filter((one) => one.kind === 'Service' && specOf<{ type?: string }>(one).type === 'LoadBalancer')
    .some((one) =>
      specOf<{ ports?: ReadonlyArray<{ targetPort?: number | string }> }>(one).ports?.some(({ targetPort }) => targetPort === port),
    );
}
