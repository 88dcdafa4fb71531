/**
 * Whether a command of `kubectl` names what is there: its namespace, the kinds, the objects and containers of the synthesized
 * stacks. Whether its verb and flags exist is asked of kubectl itself (`kubectl-parser.ts`). Pure.
 */
import type { Cluster } from './cluster-objects.ts';
import { parleyProblem, type VerbHelp } from './parley-command.ts';
import { isPlaceholder } from './words.ts';

/** Short flags with a value of their own. Long ones are written with `=`, so that one sees what belongs together. */
const VALUED = new Set(['-n', '-l', '-c', '-o', '-p', '-f']);
/** Kinds that Kubernetes and the operators have beside those of the stacks. */
const OTHER_KINDS = new Set(['pod', 'node', 'event', 'secret', 'endpointslice', 'certificaterequest', 'medusabackup', 'medusarestorejob', 'k8ssandratask']); // biome-ignore format: one list
const CLUSTER_WIDE = new Set(['node']);
const TWO_WORDS = new Set(['rollout', 'set', 'auth', 'create', 'config']);
/** Verbs whose first word is a pod, not a kind. */
const OF_PODS = new Set(['exec', 'logs', 'attach', 'port-forward']);
const OF_NODES = new Set(['cordon', 'uncordon', 'drain']);

interface Parts {
  readonly verb: string;
  readonly positional: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
  readonly inner: readonly string[];
}

/** `words` without `kubectl`. `made`: names of objects that a block of the same page makes. */
export function kubectlProblem(words: readonly string[], cluster: Cluster, help: VerbHelp, made: ReadonlySet<string>): string | undefined {
  const { verb, positional, flags, inner } = partsOf(words);
  const namespace = flags.get('-n') ?? flags.get('--namespace');
  if (namespace !== undefined && !cluster.namespaces.has(namespace)) return `no stack has the namespace ${namespace}`;
  const selector = flags.get('-l');
  const unselected = selector === undefined ? undefined : selectorProblem(selector, cluster);
  if (unselected !== undefined) return unselected;
  if (inner[0] === '/usr/bin/bun' && inner[1] === '/opt/parley/parley.ts') {
    const problem = parleyProblem(inner.slice(2), help);
    if (problem !== undefined) return problem;
  }
  const patch = flags.get('-p');
  if (patch !== undefined && !isJson(patch)) return `the patch ${patch} is no JSON`;
  if (flags.has('-f') || verb === 'apply' || verb === 'auth can-i' || verb.startsWith('create ') || verb.startsWith('config '))
    return undefined;
  return objectProblem(verb, positional, namespace, flags.get('-c'), cluster, made);
}

function isJson(patch: string): boolean {
  try {
    JSON.parse(patch.replaceAll(/\bREPLICAS\b/g, '3'));
    return true;
  } catch {
    return false;
  }
}

function partsOf(words: readonly string[]): Parts {
  const positional: string[] = [];
  const flags = new Map<string, string>();
  const dashes = words.indexOf('--');
  const own = dashes < 0 ? words : words.slice(0, dashes);
  for (let at = 0; at < own.length; at++) {
    const word = own[at]!;
    const valued = /^(--[^=]+)=(.*)$/s.exec(word);
    if (valued !== null) flags.set(valued[1]!, valued[2]!);
    else if (VALUED.has(word)) flags.set(word, own[++at] ?? '');
    else if (word.startsWith('-')) flags.set(word, '');
    else positional.push(word);
  }
  const [first = '', ...rest] = positional;
  const verb = TWO_WORDS.has(first) ? `${first} ${rest.shift() ?? ''}` : first;
  return { verb, positional: rest, flags, inner: dashes < 0 ? [] : words.slice(dashes + 1) };
}

function objectProblem(
  verb: string,
  positional: readonly string[],
  namespace: string | undefined,
  container: string | undefined,
  cluster: Cluster,
  made: ReadonlySet<string>,
): string | undefined {
  // What is said of an object, not an object: a label, an image, a taint, a port.
  const named = positional.filter(
    (word) => !word.includes('=') && !/^\d+(:\d+)?$/.test(word) && !/^[\w./-]*[a-z]-$/i.test(word) && !/:[A-Z]/.test(word),
  );
  const [first, ...rest] = named;
  if (OF_NODES.has(verb)) return named.find((name) => !isPlaceholder(name));
  if (first === undefined) return `kubectl ${verb} names nothing`;
  if (first.includes('/')) {
    for (const word of named) {
      const [kind, name] = word.split('/') as [string, string];
      const problem = nameProblem(kind, name, namespace, cluster, made) ?? containerProblem(kind, name, container, cluster);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (OF_PODS.has(verb)) return podProblem(first, namespace, cluster) ?? containerProblem('pod', first, container, cluster);
  const kinds = first.split(',');
  // `top` takes the kind in any number too.
  if (rest.length === 0) return kinds.map((kind) => kindProblem(kind, cluster)).find((problem) => problem !== undefined);
  return rest.map((name) => nameProblem(first, name, namespace, cluster, made)).find((problem) => problem !== undefined);
}

function singular(kind: string): string {
  const lower = kind.toLowerCase();
  return /[^s]s$/.test(lower) && lower !== 'endpoints' ? lower.slice(0, -1) : lower;
}

function kindProblem(kind: string, { objects }: Cluster): string | undefined {
  const one = singular(kind);
  if (OTHER_KINDS.has(one) || objects.some((object) => object.kind.toLowerCase() === one)) return undefined;
  return `no stack has the kind ${kind}`;
}

function nameProblem(kind: string, name: string, namespace: string | undefined, cluster: Cluster, made: ReadonlySet<string>) {
  const problem = kindProblem(kind, cluster);
  if (problem !== undefined) return problem;
  const one = singular(kind);
  if (isPlaceholder(name) || made.has(name)) return undefined;
  if (one === 'pod') return podProblem(name, namespace, cluster);
  if (CLUSTER_WIDE.has(one)) return `the node ${name} is in no stack: write NODE`;
  if (one === 'secret') return cluster.secrets.has(`${namespace}/${name}`) ? undefined : `no stack knows the secret ${namespace}/${name}`;
  const there = cluster.objects.some(
    (object) => object.kind.toLowerCase() === one && object.name === name && (object.namespace ?? namespace) === namespace,
  );
  return there ? undefined : `no stack has ${kind} ${namespace ?? '(no namespace)'}/${name}`;
}

function podProblem(name: string, namespace: string | undefined, { pods }: Cluster): string | undefined {
  if (isPlaceholder(name)) return undefined;
  const found = pods.some((pod) => pod.namespace === namespace && pod.name.test(name));
  return found ? undefined : `no stack makes a pod ${namespace ?? '(no namespace)'}/${name}`;
}

function containerProblem(kind: string, name: string, container: string | undefined, cluster: Cluster): string | undefined {
  if (container === undefined) return undefined;
  const containers =
    singular(kind) === 'pod'
      ? cluster.pods.find((pod) => pod.name.test(name))?.containers
      : cluster.objects.find((object) => object.kind.toLowerCase() === singular(kind) && object.name === name)?.containers;
  return containers?.includes(container) === true ? undefined : `${name} has no container ${container}`;
}

function selectorProblem(selector: string, { objects }: Cluster): string | undefined {
  for (const part of selector.split(',')) {
    const [key, value = ''] = part.split('=') as [string, string?];
    if (!/^(app\.kubernetes\.io|parley|strimzi\.io)\//.test(key) || isPlaceholder(value)) continue;
    const named = key === 'strimzi.io/pool-name' ? objects.some(({ kind, name }) => kind === 'KafkaNodePool' && name === value) : false;
    if (!named && !objects.some(({ labels }) => labels[key] === value)) return `no object of the stacks has the label ${part}`;
  }
  return undefined;
}
