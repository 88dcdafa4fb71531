/**
 * A drain fits its grace, and what all drains let go at once the rest can take in (G4): grace ≥ what a balancer needs to look away
 * + connections ÷ close rate + the end of the processes; close rate × draining boxes ≤ what the boxes that stay admit.
 */
import type { Rule, Subject } from './finding.ts';
import { argumentsOf, numberOf } from './flags.ts';
import { containersOf, type PlacedContainer, specOf } from './pods.ts';

/** Of `parley gateway`, after its drain: edges, relay, backends; services/gateway/supervisor.ts. */
const STOP_SECONDS = 15;

export const DRAIN_RULES: readonly Rule[] = [
  {
    name: 'drain within its grace',
    why: 'the kubelet kills at the end of the grace: whoever is still connected is cut without a word, all at once',
    check: (subject) =>
      boxesOf(subject).flatMap(({ container, template, place }) => {
        const told = argumentsOf(container);
        const drainSeconds = numberOf(told, '--drain-seconds');
        const perSecond = numberOf(told, '--drain-closes-per-second');
        const connections = numberOf(told, '--max-connections');
        const ahead = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
        const grace = template.spec.terminationGracePeriodSeconds ?? 30;
        const { deregistrationSeconds } = subject.environment.loadBalancer;
        const problems = [];
        if (!(drainSeconds * perSecond >= connections))
          problems.push({
            place: `${place}.args[--drain-seconds]`,
            problem: `${drainSeconds} s at ${perSecond} closes/s are ${drainSeconds * perSecond} of ${connections} connections`,
          });
        if (ahead < deregistrationSeconds)
          problems.push({
            place: `${place}.lifecycle.preStop.sleep.seconds`,
            problem: `${ahead} s, and the balancer sends new connections for ${deregistrationSeconds} s`,
          });
        if (!(grace >= ahead + drainSeconds + STOP_SECONDS))
          problems.push({
            place: `${template.place}: spec.template.spec.terminationGracePeriodSeconds`,
            problem: `${grace} s are less than ${ahead} s before the drain, ${drainSeconds} s of it and ${STOP_SECONDS} s after`,
          });
        return problems;
      }),
  },
  {
    name: 'drain at a pace that the rest can take',
    why: 'clients that are sent away faster than the other boxes admit are refused there, and come again',
    check: (subject) =>
      boxesOf(subject).flatMap(({ container, place, template }) => {
        const told = argumentsOf(container);
        const atOnce = drainsAtOnce(subject, template.owner.metadata.name);
        const boxes = subject.cell.gateway.gateways;
        const staying = Math.max(1, boxes - atOnce);
        const admitted = staying * numberOf(told, '--admissions-per-second');
        const closed = atOnce * numberOf(told, '--drain-closes-per-second');
        if (closed <= admitted) return [];
        return [
          {
            place: `${place}.args[--drain-closes-per-second]`,
            problem: `${atOnce} of ${boxes} boxes let ${closed}/s go, and the others admit ${admitted}/s`,
          },
        ];
      }),
  },
  {
    name: 'next drain after the last one’s clients',
    why: 'who has just come from a box that was drained would be sent away by the next one',
    check: (subject) =>
      boxesOf(subject).flatMap(({ container, template }) => {
        const told = argumentsOf(container);
        const spreadSeconds = numberOf(told, '--max-connections') / numberOf(told, '--drain-closes-per-second');
        const { minReadySeconds = 0 } = specOf<{ minReadySeconds?: number }>(template.owner);
        if (minReadySeconds >= Math.floor(spreadSeconds)) return [];
        return [
          {
            place: `${template.place}: spec.minReadySeconds`,
            problem: `${minReadySeconds} s, and clients come back over ${Math.ceil(spreadSeconds)} s`,
          },
        ];
      }),
  },
];

export function boxesOf({ objects }: Subject): readonly PlacedContainer[] {
  return containersOf(objects).filter(({ container }) => argumentsOf(container).verb === 'gateway');
}

/** The most that a budget, an update or the autoscaler takes away together. */
export function drainsAtOnce({ objects }: Subject, set: string): number {
  const budget = objects.find(({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === set);
  const owner = objects.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === set);
  const strategy =
    owner === undefined ? undefined : specOf<{ updateStrategy?: { rollingUpdate?: { maxUnavailable?: number } } }>(owner).updateStrategy;
  const allowed = budget === undefined ? 1 : Number(specOf<{ maxUnavailable?: number }>(budget).maxUnavailable ?? 1);
  return Math.max(1, allowed, strategy?.rollingUpdate?.maxUnavailable ?? 1);
}
