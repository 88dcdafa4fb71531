/** Autoscalers: never led by an absence (I2), never faster than a drain, never beyond what the bus has partitions for. */
import type { Manifest } from '../manifest.ts';
import { drainsAtOnce } from './draining.ts';
import type { Problem, Rule, Subject } from './finding.ts';
import { placeOf, specOf } from './pods.ts';

interface Trigger {
  readonly type: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Scaler {
  readonly scaleTargetRef: { readonly kind?: string; readonly name: string };
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
  readonly fallback?: { readonly failureThreshold?: number; readonly replicas?: number; readonly behavior?: string };
  readonly triggers?: readonly Trigger[];
  readonly advanced?: {
    readonly horizontalPodAutoscalerConfig?: {
      readonly behavior?: {
        readonly scaleDown?: {
          readonly stabilizationWindowSeconds?: number;
          readonly policies?: ReadonlyArray<{ readonly type: string; readonly value: number; readonly periodSeconds: number }>;
        };
      };
    };
  };
}

const NEVER_BELOW = ['currentReplicas', 'currentReplicasIfHigher'];
/** What stands in for a value that is not there, in PromQL. */
const INVENTED = /\bor\b|\bvector\s*\(|\babsent/;
const LEAST_WINDOW_SECONDS = 600;
/** KEDA's own bound. */
const MOST_WINDOW_SECONDS = 3_600;

export const SCALING_RULES: readonly Rule[] = [
  {
    name: 'no data is not zero',
    why: 'when the targets vanish the query is empty; read as 0 it takes the fleet to its minimum at the peak (I2)',
    check: ({ objects }) =>
      scalersOf(objects).flatMap((scaler) => {
        const { triggers = [], fallback } = specOf<Scaler>(scaler);
        const place = placeOf(scaler);
        const queries = triggers.filter(({ type }) => type === 'prometheus');
        if (queries.length === 0) return [];
        const problems: Problem[] = queries.flatMap(({ metadata = {} }) => {
          const found: Problem[] = [];
          const { query = '' } = metadata;
          if (metadata.ignoreNullValues !== 'false')
            found.push({
              place: `${place}: spec.triggers.metadata.ignoreNullValues`,
              problem: 'is not "false": an empty answer would be 0',
            });
          if (INVENTED.test(query))
            found.push({ place: `${place}: spec.triggers.metadata.query`, problem: 'invents a value where there is none' });
          if (!/\band\s+on\s*\(\s*\)\s*\(\s*count\s*\(.*\)\s*>=\s*on\s*\(\s*\)\s*max\s*\(\s*kube_(statefulset|deployment)_/s.test(query))
            found.push({
              place: `${place}: spec.triggers.metadata.query`,
              problem: 'is not held against the number of those that should have reported',
            });
          if (!/>=\s*0\)/.test(query)) found.push({ place: `${place}: spec.triggers.metadata.query`, problem: 'lets NaN through' });
          return found;
        });
        if (fallback === undefined) problems.push({ place: `${place}: spec.fallback`, problem: 'is missing' });
        else if (!NEVER_BELOW.includes(fallback.behavior ?? 'static'))
          problems.push({
            place: `${place}: spec.fallback.behavior`,
            problem: `${fallback.behavior ?? 'static'} may take away what is there`,
          });
        return problems;
      }),
  },
  {
    name: 'slow scale-in',
    why: 'taking a box away moves all of its connections: once an hour is often, and two at a time is a storm',
    check: (subject) =>
      scalersOf(subject.objects)
        .filter((scaler) => isBoxes(scaler))
        .flatMap((scaler) => {
          const down = specOf<Scaler>(scaler).advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown;
          const place = `${placeOf(scaler)}: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown`;
          const windowSeconds = down?.stabilizationWindowSeconds ?? 300;
          const problems: Problem[] = [];
          if (windowSeconds < LEAST_WINDOW_SECONDS || windowSeconds > MOST_WINDOW_SECONDS)
            problems.push({
              place: `${place}.stabilizationWindowSeconds`,
              problem: `${windowSeconds} s is not from ${LEAST_WINDOW_SECONDS} to ${MOST_WINDOW_SECONDS}`,
            });
          const { grace, most } = drainOf(subject, scaler);
          const policies = down?.policies ?? [];
          if (policies.length === 0) problems.push({ place: `${place}.policies`, problem: 'has none: all may go at once' });
          for (const { type, value, periodSeconds } of policies) {
            if (type !== 'Pods' || value > most)
              problems.push({
                place: `${place}.policies`,
                problem: `${value} ${type} in ${periodSeconds} s, and ${most} may drain at once`,
              });
            else if (periodSeconds < Math.min(grace, 1_800))
              problems.push({
                place: `${place}.policies`,
                problem: `another after ${periodSeconds} s, and a drain takes up to ${grace} s`,
              });
          }
          return problems;
        }),
  },
  {
    name: 'scaling within the plan',
    why: 'a box without a partition of deliveries gets nothing; fewer boxes than zones are lost with one of them',
    check: ({ objects, cell }) =>
      scalersOf(objects).flatMap((scaler) => {
        const { minReplicaCount = 0, maxReplicaCount = 100, fallback } = specOf<Scaler>(scaler);
        const place = placeOf(scaler);
        const least = Math.min(cell.cell.zones.length, cell.gateway.gateways);
        const problems: Problem[] = [];
        if (maxReplicaCount > cell.kafka.partitions.deliveries)
          problems.push({
            place: `${place}: spec.maxReplicaCount`,
            problem: `${maxReplicaCount}, and deliveries have ${cell.kafka.partitions.deliveries} partitions`,
          });
        if (maxReplicaCount < cell.gateway.gateways)
          problems.push({
            place: `${place}: spec.maxReplicaCount`,
            problem: `${maxReplicaCount}, and the plan has ${cell.gateway.gateways} gateways`,
          });
        if (minReplicaCount < least)
          problems.push({
            place: `${place}: spec.minReplicaCount`,
            problem: `${minReplicaCount}, and there must be ${least}, one in each zone`,
          });
        if (fallback?.replicas !== undefined && fallback.replicas < cell.gateway.gateways)
          problems.push({
            place: `${place}: spec.fallback.replicas`,
            problem: `${fallback.replicas}, and the plan has ${cell.gateway.gateways} gateways`,
          });
        return problems;
      }),
  },
  {
    name: 'replicas left to the autoscaler',
    why: 'each apply would put the number back, at the peak too',
    check: ({ objects }) =>
      scalersOf(objects).flatMap((scaler) => {
        const target = targetOf(scaler, objects);
        const { kind = 'Deployment', name } = specOf<Scaler>(scaler).scaleTargetRef;
        if (target === undefined) return [{ place: `${placeOf(scaler)}: spec.scaleTargetRef`, problem: `${kind} ${name} is not there` }];
        return 'replicas' in specOf(target)
          ? [{ place: `${placeOf(target)}: spec.replicas`, problem: 'is set, and an autoscaler sets it' }]
          : [];
      }),
  },
];

function scalersOf(objects: readonly Manifest[]): readonly Manifest[] {
  return objects.filter(({ kind }) => kind === 'ScaledObject');
}

function isBoxes(scaler: Manifest): boolean {
  return specOf<Scaler>(scaler).scaleTargetRef.name === 'edges';
}

function targetOf(scaler: Manifest, objects: readonly Manifest[]): Manifest | undefined {
  const { kind = 'Deployment', name } = specOf<Scaler>(scaler).scaleTargetRef;
  return objects.find((one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === scaler.metadata.namespace);
}

function drainOf(subject: Subject, scaler: Manifest): { readonly grace: number; readonly most: number } {
  const target = targetOf(scaler, subject.objects);
  const template =
    target === undefined ? undefined : specOf<{ template?: { spec?: { terminationGracePeriodSeconds?: number } } }>(target).template;
  return {
    grace: template?.spec?.terminationGracePeriodSeconds ?? 30,
    most: drainsAtOnce(subject, specOf<Scaler>(scaler).scaleTargetRef.name),
  };
}
