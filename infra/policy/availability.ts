/** Budgets, spread, and that what selects something finds it. */
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { Manifest } from '../manifest.ts';
import type { Rule, Subject } from './finding.ts';
import { type PodTemplate, placeOf, podsOf, specOf } from './pods.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';

export function selects(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
}

interface Budget {
  readonly maxUnavailable?: number | string;
  readonly minAvailable?: number | string;
  readonly selector?: LabelSelector;
}

/** Pods of one kind that there may be more than one of. */
export function manyOf({ objects }: Subject): readonly PodTemplate[] {
  const scaled = new Set(
    objects
      .filter(({ kind }) => kind === 'ScaledObject')
      .map((one) => {
        const { kind, name } = specOf<{ scaleTargetRef: { kind: string; name: string } }>(one).scaleTargetRef;
        return `${kind}/${one.metadata.namespace}/${name}`;
      }),
  );
  return podsOf(objects).filter(({ owner, place }) => {
    if (!['Deployment', 'StatefulSet'].includes(owner.kind)) return false;
    return scaled.has(place) || (specOf<{ replicas?: number }>(owner).replicas ?? 1) > 1;
  });
}

export const AVAILABILITY_RULES: readonly Rule[] = [
  {
    name: 'budgets',
    why: 'without one an upgrade of the nodes takes all at once; one that allows none blocks it for ever',
    check: (subject) => {
      const budgets = subject.objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
      const of = (namespace: string | undefined, labels: Readonly<Record<string, string>>) =>
        budgets.filter((one) => one.metadata.namespace === namespace && selects(specOf<Budget>(one).selector, labels));
      return [
        ...manyOf(subject)
          .filter(({ owner, labels }) => of(owner.metadata.namespace, labels).length !== 1)
          .map(({ place, owner, labels }) => ({
            place,
            problem: of(owner.metadata.namespace, labels).length === 0 ? 'has no disruption budget' : 'has several disruption budgets',
          })),
        ...budgets.flatMap((budget) => {
          const { maxUnavailable, minAvailable } = specOf<Budget>(budget);
          const place = placeOf(budget);
          if (maxUnavailable === 0 || maxUnavailable === '0%' || minAvailable === '100%')
            return [{ place: `${place}: spec.maxUnavailable`, problem: 'allows no disruption: a node can never be upgraded' }];
          const found = podsOf(subject.objects).some(
            ({ owner, labels }) =>
              owner.metadata.namespace === budget.metadata.namespace && selects(specOf<Budget>(budget).selector, labels),
          );
          return found ? [] : [{ place: `${place}: spec.selector`, problem: 'selects no pod' }];
        }),
      ];
    },
  },
  {
    name: 'spread',
    why: 'a zone that is lost takes all that was put into it',
    check: (subject) => {
      const { spread } = subject.environment.nodes;
      return manyOf(subject).flatMap(({ spec, labels, place }) => {
        // What must be beside something else is spread as that is.
        if ((spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0) return [];
        const zones = (spec.topologySpreadConstraints ?? []).find(({ topologyKey }) => topologyKey === ZONE);
        const at = (problem: string) => [{ place: `${place}: spec.template.spec.topologySpreadConstraints`, problem }];
        if (zones === undefined) return at('are not spread over zones');
        if (!selects(zones.labelSelector, labels) || Object.keys(zones.labelSelector?.matchLabels ?? {}).length === 0)
          return at('count other pods than their own');
        if (zones.whenUnsatisfiable !== spread)
          return at(`whenUnsatisfiable is ${zones.whenUnsatisfiable}, and the environment says ${spread}`);
        return zones.maxSkew === 1 ? [] : at(`may differ by ${zones.maxSkew} between zones`);
      });
    },
  },
  {
    name: 'one gateway to a node',
    why: 'two boxes on one node have half of its ports, files and memory each, and are lost together',
    check: ({ objects, environment }) => {
      if (environment.nodes.spread !== 'DoNotSchedule') return [];
      return podsOf(objects)
        .filter(({ labels }) => labels['app.kubernetes.io/name'] === 'edges')
        .filter(
          ({ spec, labels }) =>
            !(spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
              ({ topologyKey, labelSelector }) => topologyKey === HOSTNAME && selects(labelSelector, labels),
            ),
        )
        .map(({ place }) => ({ place: `${place}: spec.template.spec.affinity.podAntiAffinity`, problem: 'lets two boxes share a node' }));
    },
  },
  {
    name: 'relay beside its box',
    why: 'a relay on another node puts the plain link on the network, and one of another number gives deliveries to the wrong box',
    check: ({ objects }) =>
      podsOf(objects)
        .filter(({ labels }) => labels['app.kubernetes.io/name'] === 'relay')
        .filter(
          ({ spec }) =>
            !(spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
              ({ topologyKey, labelSelector, matchLabelKeys }) =>
                topologyKey === HOSTNAME &&
                labelSelector?.matchLabels?.['app.kubernetes.io/name'] === 'edges' &&
                (matchLabelKeys ?? []).includes('apps.kubernetes.io/pod-index'),
            ),
        )
        .map(({ place }) => ({
          place: `${place}: spec.template.spec.affinity.podAffinity`,
          problem: 'does not ask for the node of the edges with the same ordinal',
        })),
  },
  {
    name: 'selectors',
    why: 'a selector that does not fit its pods is refused, or selects nobody',
    check: ({ objects }) => {
      const pods = podsOf(objects);
      const own = pods
        .filter(({ owner }) => !['Job', 'CronJob'].includes(owner.kind))
        .filter(({ owner, labels }) => !selects(specOf<{ selector?: LabelSelector }>(owner).selector, labels))
        .map(({ place }) => ({ place: `${place}: spec.selector`, problem: 'does not select its own pods' }));
      const services = objects
        .filter(({ kind }) => kind === 'Service')
        .flatMap((service) => {
          const { selector } = specOf<{ selector?: Readonly<Record<string, string>> }>(service);
          if (selector === undefined || inOthersHands(service, objects)) return [];
          const found = pods.some(
            ({ owner, labels }) =>
              owner.metadata.namespace === service.metadata.namespace && selects({ matchLabels: { ...selector } }, labels),
          );
          return found ? [] : [{ place: `${placeOf(service)}: spec.selector`, problem: 'selects no pod' }];
        });
      return [...own, ...services];
    },
  },
];

/** Pods of custom resources are made by their operators. */
function inOthersHands(service: Manifest, objects: readonly Manifest[]): boolean {
  return !podsOf(objects).some(({ owner }) => owner.metadata.namespace === service.metadata.namespace);
}
