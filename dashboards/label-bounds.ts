/**
 * The labels that metrics of ours may have, each with the most values that it takes in a box, and why there are no more. A label
 * that is not here, such as a user or a conversation, would make as many series as there are users.
 */
import type { MetricSpec } from '../services/runtime/metrics.ts';
import { placeOf, type Sources } from './board-check.ts';

export interface LabelBound {
  readonly most: number;
  readonly why: string;
}

/** Names of errors in the protocol, and room for some more; a test holds it to the table. */
export const ERRORS_MOST = 48;

export const LABEL_BOUNDS: Readonly<Record<string, LabelBound>> = {
  reason: { most: ERRORS_MOST + 3, why: 'names of errors, and the ends that are none: left, network, unknown' },
  name: { most: ERRORS_MOST, why: 'names of errors' },
  process: { most: 64, why: 'processes of a box: an edge a core, relay, embedded or dispatch' },
  kind: { most: 8, why: 'requests that a store answers, and what is done to a route' },
  outcome: { most: 3, why: 'told, refused, failed' },
  topic: { most: 4, why: 'topics of the bus' },
  role: { most: 10, why: 'parts of a box, its stores, coordinator and workers: roles of a run’s record' },
  phase: { most: 7, why: 'phases of a run' },
  limit: { most: 32, why: 'the table of host limits' },
};

/** Labels of metrics that may grow without bound; `files` are those in which metrics are declared. */
export function labelFindings(metrics: readonly MetricSpec[], files: readonly string[], sources: Sources): readonly string[] {
  return metrics.flatMap(({ name, labels }) =>
    labels
      .filter((label) => !(label in LABEL_BOUNDS))
      .map((label) => {
        const short = name.replace(/^parley_[a-z]+_/, '').replace(/_total$/, '');
        const file =
          files.find((one) => sources(one).includes(name)) ?? files.find((one) => sources(one).includes(`'${short}`)) ?? files[0]!;
        return `${placeOf(file, sources(file), [sources(file).includes(name) ? name : short])}: ${name} has the label ${label}, for which no bound is known`;
      }),
  );
}
