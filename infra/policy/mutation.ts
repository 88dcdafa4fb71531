/** A deliberate mistake in a stack, and the rung of the ladder that must catch it: the lowest that can. */
import type { NodeContract } from '../hosts/node-contract.ts';
import type { ChartRelease, Manifest } from '../manifest.ts';

/** 1: policy. 2: promtool. 3: the API server. 6: a kernel. */
export type Rung = 1 | 2 | 3 | 6;

export interface Mutation {
  readonly name: string;
  readonly rung: Rung;
  /** Rung 1: the rule that must say it, and a part of the place that it must name. */
  readonly rule?: string;
  readonly field?: string;
  readonly apply: (objects: readonly Manifest[]) => readonly Manifest[];
  /** Where the mistake is in what charts are told. */
  readonly releases?: (releases: readonly ChartRelease[]) => readonly ChartRelease[];
  /** Where the mistake is in what nodes are held to. */
  readonly contracts?: (contracts: readonly NodeContract[]) => readonly NodeContract[];
}

// A mistake reaches anywhere into an object; what it changes was typed where it was written.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Loose = any;

export const same = (objects: readonly Manifest[]): readonly Manifest[] => objects;

/** The objects with a changed copy of one of them. Throws where there is none: then it is the mutation that is wrong. */
export function edit(kind: string, name: string, change: (object: Loose) => void): Mutation['apply'] {
  return (objects) => {
    const at = objects.findIndex((one) => one.kind === kind && one.metadata.name === name);
    if (at < 0) throw new Error(`there is no ${kind} ${name} to mutate`);
    const copy = structuredClone(objects[at]!);
    change(copy);
    return objects.with(at, copy);
  };
}

/** The releases with other values of one of them. */
export function editValues(name: string, change: (values: Loose) => void): NonNullable<Mutation['releases']> {
  return (releases) => {
    const at = releases.findIndex((one) => one.name === name);
    if (at < 0) throw new Error(`there is no release ${name} to mutate`);
    const copy = structuredClone(releases[at]!);
    change(copy.values);
    return releases.with(at, copy);
  };
}

/** The pod template's spec of a workload. */
export function editPod(kind: string, name: string, change: (spec: Loose, template: Loose) => void): Mutation['apply'] {
  return edit(kind, name, (object) => change(object.spec.template.spec, object.spec.template));
}

/** Its one container. */
export function editContainer(kind: string, name: string, change: (container: Loose) => void): Mutation['apply'] {
  return editPod(kind, name, (spec) => change(spec.containers[0]));
}

export function without(kind: string, name: string): Mutation['apply'] {
  return (objects) => {
    const left = objects.filter((one) => one.kind !== kind || one.metadata.name !== name);
    if (left.length === objects.length) throw new Error(`there is no ${kind} ${name} to take out`);
    return left;
  };
}

/** A flag of a container told another value. */
export function told(flag: string, value: string | number): (container: Loose) => void {
  return (container) => {
    const at = container.args.findIndex((arg: string) => arg.startsWith(`${flag}=`));
    if (at < 0) throw new Error(`${flag} is not told`);
    container.args[at] = `${flag}=${value}`;
  };
}
