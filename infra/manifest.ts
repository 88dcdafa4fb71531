/**
 * What a stack is made of: objects of Kubernetes in the form of its API, and charts of operators. Plain data: a stack's module
 * is a pure function from a cell's sizes and an environment to these, and knows nothing of Terraform.
 *
 * So that a second plan shows no change, an object says only what the API server keeps as it is written: no field without a
 * value, quantities in canonical form (`quantity.ts`), no replicas where an autoscaler sets them.
 */

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
}

/** An operator's chart, in the version and with the digest that `versions.ts` pins. */
export interface ChartRelease {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  /** https://… or oci://… */
  readonly repository: string;
  readonly version: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Names of releases of the same stack that must be ready before. */
  readonly after?: readonly string[];
}

export interface StackContents {
  readonly objects: readonly Manifest[];
  readonly releases?: readonly ChartRelease[];
}

/** Keeps the kind's own type while it is written: `manifest<StatefulSet>({ … })`, with a type of kubernetes-types or none. */
export function manifest<Kind extends object>(object: Kind & Manifest): Manifest {
  return object;
}

/** `KafkaTopic/parley-data/g1-messages`: unique in a stack, the same in every synth. */
export function objectId({ kind, metadata }: Manifest): string {
  return [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join('/');
}
