/** A fleet of fake nodes under a real scheduler and real controllers: what rung 5 does with it, and how it looks at it. */
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { BuiltStack } from '../app.ts';
import type { CellSizes } from '../sizes.ts';
import { fleetNamespace, fleetObjects, upgraded } from './fleet-objects.ts';
import type { ApiObject, KubernetesApi } from './kubernetes-api.ts';
import type { PlacedPod } from './placement.ts';

const POLL_MS = 500;
const AT_ONCE = 20;
const WATCHED_CELLS = 3;

interface Counts {
  readonly replicas: number;
  readonly ready: number;
  readonly updated: number;
  readonly available: number;
}

interface StatefulSetStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly observedGeneration?: number;
}

export class Fleet {
  readonly zoneOf = new Map<string, string>();
  private readonly api: KubernetesApi;
  private readonly stacks: readonly BuiltStack[];
  private readonly haste: number;

  constructor(api: KubernetesApi, stacks: readonly BuiltStack[], haste: number) {
    this.api = api;
    this.stacks = stacks;
    this.haste = haste;
  }

  get cells(): readonly CellSizes[] {
    return this.stacks.map(({ cell }) => cell);
  }

  get boxes(): number {
    return this.cells.reduce((sum, { gateway }) => sum + gateway.gateways, 0);
  }

  async addNodes(nodes: readonly ApiObject[]): Promise<void> {
    await inTurns(nodes, async (node) => {
      await this.must('POST', '/api/v1/nodes', node);
      this.zoneOf.set(node.metadata.name, node.metadata.labels!['topology.kubernetes.io/zone']!);
    });
    await this.until(600, 'all nodes are ready', async () => {
      const { items } = (await this.must('GET', '/api/v1/nodes')) as {
        items: ReadonlyArray<{ status: { conditions?: readonly Condition[] } }>;
      };
      return items.filter(({ status }) => isTrue(status.conditions, 'Ready')).length === nodes.length;
    });
  }

  async removeZone(zone: string): Promise<number> {
    const names = [...this.zoneOf].filter(([, where]) => where === zone).map(([name]) => name);
    await inTurns(names, (name) => this.must('DELETE', `/api/v1/nodes/${name}`));
    for (const name of names) this.zoneOf.delete(name);
    return names.length;
  }

  /** Each cell with as many boxes as its plan has, as the autoscaler would have it at the peak. */
  async place(): Promise<void> {
    await inTurns(this.stacks, async (stack) => {
      for (const object of fleetObjects(stack, this.haste)) await this.apply(object);
      for (const name of ['edges', 'relay']) {
        const path = `${this.statefulSet(stack.cell, name)}/scale`;
        await this.must('PATCH', path, { spec: { replicas: stack.cell.gateway.gateways } }, MERGE);
      }
    });
  }

  /** The image of one of the two, in every cell at the same time. */
  async upgrade(name: 'edges' | 'relay'): Promise<void> {
    await inTurns(this.stacks, async (stack) => {
      const object = fleetObjects(stack, this.haste).find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === name)!;
      await this.apply(upgraded(object));
    });
  }

  /**
   * Resolves when every box and relay is there, of the newest image; gives the most that were missing at once, of the boxes or of
   * the relays of one of the cells that are watched closely, each with its state. Counted by pods: a status is of a moment ago.
   */
  async settled(limitSeconds: number, progress: (line: string) => void): Promise<readonly string[]> {
    let mostMissing: readonly string[] = [];
    let toldMs = performance.now();
    await this.until(limitSeconds, 'all boxes are ready', async () => {
      for (const missing of await this.missing()) if (missing.length > mostMissing.length) mostMissing = missing;
      const counts = await this.counts();
      if (performance.now() - toldMs > 15_000) {
        toldMs = performance.now();
        const sum = (of: (one: Counts) => number) => counts.reduce((all, one) => all + of(one), 0);
        progress(
          `${sum(({ ready }) => ready)} of ${sum(({ replicas }) => replicas)} pods ready, ${sum(({ updated }) => updated)} of the newest template`,
        );
      }
      return counts.every(
        ({ replicas, ready, updated, available }) => ready === replicas && updated === replicas && available === replicas,
      );
    });
    return mostMissing;
  }

  async pods(): Promise<PlacedPod[]> {
    const { items } = (await this.must('GET', '/api/v1/pods')) as { items: readonly Pod[] };
    return items.map(({ metadata, spec, status }) => ({
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      node: spec.nodeName,
      ready: isTrue(status.conditions, 'Ready'),
    }));
  }

  /** As `kubectl drain` does it: asks until the budget lets the pod go. Gives how often it was refused, and the grace it got. */
  async evict(cell: CellSizes, name: string, limitSeconds: number): Promise<{ readonly refusals: number; readonly graceSeconds: number }> {
    const namespace = fleetNamespace(cell, 'parley-gateway');
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    let refusals = 0;
    await this.until(
      limitSeconds,
      `${name} may go`,
      async () => {
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
        const { status, body: said } = await this.api.call('POST', `${path}/eviction`, body);
        if (status < 300) return true;
        if (status !== 429) throw new BackendError('refused', `eviction of ${name}: ${said.message}`, false);
        refusals++;
        return false;
      },
      200,
    );
    const { metadata } = (await this.must('GET', path)) as unknown as Pod;
    return { refusals, graceSeconds: metadata.deletionGracePeriodSeconds ?? 0 };
  }

  /** Of the boxes, then of the relays of each cell that is watched closely: who is not there, and how. */
  private async missing(): Promise<ReadonlyArray<readonly string[]>> {
    const missing: Array<readonly string[]> = [];
    for (const cell of this.cells.slice(0, WATCHED_CELLS)) {
      const namespace = fleetNamespace(cell, 'parley-gateway');
      const { items } = (await this.must('GET', `/api/v1/namespaces/${namespace}/pods`)) as { items: readonly Pod[] };
      const pods = new Map(items.map((pod) => [pod.metadata.name, pod]));
      for (const set of ['edges', 'relay']) {
        const names = Array.from({ length: cell.gateway.gateways }, (_, ordinal) => `${set}-${ordinal}`);
        missing.push(names.flatMap((name) => absence(name, pods.get(name)) ?? []).map((one) => `${namespace}/${one}`));
      }
    }
    return missing;
  }

  private async counts(): Promise<Counts[]> {
    const { items } = (await this.must('GET', '/apis/apps/v1/statefulsets')) as {
      items: ReadonlyArray<{ metadata: { generation: number }; spec: { replicas: number }; status: StatefulSetStatus }>;
    };
    return items.map(({ metadata, spec, status }) => ({
      replicas: spec.replicas,
      ready: status.readyReplicas ?? 0,
      // What the controller has not seen yet is not done.
      updated: status.observedGeneration === metadata.generation ? (status.updatedReplicas ?? 0) : 0,
      available: status.availableReplicas ?? 0,
    }));
  }

  private statefulSet(cell: CellSizes, name: string): string {
    return `/apis/apps/v1/namespaces/${fleetNamespace(cell, 'parley-gateway')}/statefulsets/${name}`;
  }

  private async apply(object: ApiObject): Promise<void> {
    const answer = await this.api.apply(object, 'store');
    if (!answer.accepted) throw new BackendError('refused', `${object.kind} ${object.metadata.name}: ${answer.message}`, false);
  }

  private async must(method: string, path: string, body?: unknown, headers = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.api.call(method, path, body, headers);
    if (answer.status >= 300) throw new BackendError('refused', `${method} ${path}: ${answer.body.message}`, false);
    return answer.body;
  }

  private async until(limitSeconds: number, what: string, done: () => Promise<boolean>, pollMs = POLL_MS): Promise<void> {
    const untilMs = performance.now() + limitSeconds * 1_000;
    while (!(await done())) {
      if (performance.now() > untilMs) throw new BackendError('tooLong', `after ${limitSeconds} s it is not true that ${what}`, false);
      await Bun.sleep(pollMs);
    }
  }
}

const MERGE = { 'content-type': 'application/merge-patch+json' };

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Pod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly Condition[] };
}

/** `relay-7 is going since 03:04:05`; nothing of a pod that is ready and stays. */
function absence(name: string, pod: Pod | undefined): string | undefined {
  if (pod === undefined) return `${name} is not there`;
  const { deletionTimestamp, creationTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined) return `${name} is to be gone at ${deletionTimestamp}`;
  return isTrue(pod.status.conditions, 'Ready') ? undefined : `${name} of ${creationTimestamp} is not ready`;
}

function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}
