/** Where the boxes of a fleet stand, judged: one to a node, a relay with its edges, zones even. Pure. */

export interface PlacedPod {
  readonly namespace: string;
  /** `edges-7` */
  readonly name: string;
  readonly node: string | undefined;
  readonly uid: string;
  readonly ready: boolean;
}

/** What is wrong, a sentence for each kind of wrong with an example. */
export function misplaced(pods: readonly PlacedPod[], zoneOf: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const say = (found: readonly string[], what: string) => {
    if (found.length > 0) problems.push(`${found.length} ${what}, such as ${found[0]}`);
  };
  const edges = pods.filter(({ name }) => name.startsWith('edges-'));
  say(pods.filter(({ node }) => node === undefined).map(nameOf), 'pods are on no node');
  const byNode = Map.groupBy(edges, ({ node }) => node ?? '');
  byNode.delete('');
  say(
    [...byNode].filter(([, own]) => own.length > 1).map(([node, own]) => `${node} with ${own.map(nameOf).join(' and ')}`),
    'nodes have more than one gateway',
  );
  const nodeOfEdges = new Map(edges.map((pod) => [nameOf(pod), pod.node]));
  say(
    pods
      .filter((pod) => pod.name.startsWith('relay-') && pod.node !== nodeOfEdges.get(nameOf(pod).replace('/relay-', '/edges-')))
      .map(nameOf),
    'relays are on another node than their edges',
  );
  const zones = [...new Set(zoneOf.values())];
  say(
    [...Map.groupBy(edges, ({ namespace }) => namespace)].flatMap(([namespace, own]) => {
      const counts = zones.map((zone) => own.filter(({ node }) => node !== undefined && zoneOf.get(node) === zone).length);
      return Math.max(...counts) - Math.min(...counts) > 1 ? [`${namespace} with ${counts.join(', ')}`] : [];
    }),
    'cells are uneven over the zones',
  );
  return problems;
}

const nameOf = ({ namespace, name }: PlacedPod) => `${namespace}/${name}`;
