/**
 * Which secrets a cell's objects name: what the platform team has to have put into each namespace before the apply. Found in the
 * objects themselves, by the fields in which Kubernetes and the operators take references; those that an operator makes are left out.
 */
import type { Manifest } from './manifest.ts';

export interface NeededSecret {
  readonly namespace: string;
  readonly name: string;
  /** Known ones; an operator may ask for more, as its documentation says. */
  readonly keys: readonly string[];
}

/** Fields whose value is an object with the name of a secret. */
const REFERENCES = /^(secretKeyRef|secretRef|redisSecret|passwordSecret|.*SecretRef)$/;

export function neededSecrets(objects: readonly Manifest[]): readonly NeededSecret[] {
  const needed = new Map<string, NeededSecret>();
  const made = new Set(
    objects.filter(({ kind }) => kind === 'Certificate').map((one) => idOf(one.metadata.namespace, certificateSecret(one))),
  );
  for (const object of objects) {
    const namespace = object.metadata.namespace ?? '';
    eachReference(object, (name, keys) => {
      const id = idOf(namespace, name);
      if (made.has(id)) return;
      const known = needed.get(id)?.keys ?? [];
      needed.set(id, { namespace, name, keys: [...new Set([...known, ...keys])].sort() });
    });
  }
  return [...needed.keys()].sort().map((id) => needed.get(id)!);
}

function idOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function certificateSecret(object: Manifest): string {
  return (object as Manifest & { readonly spec: { readonly secretName: string } }).spec.secretName;
}

function eachReference(value: unknown, found: (name: string, keys: readonly string[]) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, one] of Object.entries(value)) {
    if (field === 'secretName' && typeof one === 'string') found(one, itemKeys(value));
    else if (field === 'imagePullSecrets' && Array.isArray(one)) for (const { name } of one) found(name, ['.dockerconfigjson']);
    else if (REFERENCES.test(field) && typeof one === 'object' && one !== null && 'name' in one) found(String(one.name), keysOf(one));
    else eachReference(one, found);
  }
}

function keysOf(reference: object): readonly string[] {
  const { key, keys } = reference as { readonly key?: string; readonly keys?: readonly string[] };
  return key === undefined ? (keys ?? []) : [key];
}

/** Keys that a volume takes from its secret. */
function itemKeys(volume: object): readonly string[] {
  const { items } = volume as { readonly items?: ReadonlyArray<{ readonly key: string }> };
  return items?.map(({ key }) => key) ?? [];
}
