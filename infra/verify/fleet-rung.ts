/**
 * Rung 5: the gateways of a fleet on 2,000 fake nodes under the real scheduler and controllers. Each is placed, alone on its
 * node with its relay; a budget refuses the second eviction; a new relay, then a new box are rolled out; a zone goes away.
 * Time between two boxes of an upgrade goes faster than in earnest, and what it would be in earnest is said.
 */
import { startControlPlane } from './control-plane.ts';
import { startControllers } from './controllers.ts';
import { Fleet } from './fleet.ts';
import { boxTimes, cellsFor, drainSeconds, fleetNodes } from './fleet-objects.ts';
import type { ApiObject } from './kubernetes-api.ts';
import { startKwok } from './kwok.ts';
import { misplaced, type PlacedPod } from './placement.ts';
import type { Finding, Rung, RungContext, RungResult, SynthesizedFleet } from './rung.ts';

const NODES = 2_000;
const HASTE = 120;
const CALLS_PER_SECOND = 500;
const EVICTED = 3;

export const fleetRung: Rung = async (context) => {
  const startedMs = performance.now();
  const { fleet, synthesized } = context;
  const { environment } = synthesized;
  const result = (did: string, findings: readonly Finding[], skipped: readonly string[]): RungResult => ({
    rung: 5,
    environment,
    did,
    findings,
    skipped,
    seconds: (performance.now() - startedMs) / 1_000,
  });
  if (fleet === undefined) return result('nothing', [], ['the plan and the environment behind these files are not known']);
  const plane = await startControlPlane(context.say, ['--max-requests-inflight=2000', '--max-mutating-requests-inflight=1000']);
  try {
    await plane.api.discover();
    const controllers = await startControllers(plane, ['kube-controller-manager', 'kube-scheduler'], context.say, CALLS_PER_SECOND);
    try {
      const kubelets = await startKwok(plane, context.say);
      try {
        const scenario = new Scenario(context, fleet, plane.api);
        await scenario.run();
        return result(scenario.did.join('; '), scenario.findings, []);
      } finally {
        await kubelets.stop();
      }
    } finally {
      await controllers.stop();
    }
  } finally {
    await plane.stop();
  }
};

class Scenario {
  readonly findings: Finding[] = [];
  readonly did: string[] = [];
  private readonly context: RungContext;
  private readonly source: SynthesizedFleet;
  private readonly fleet: Fleet;

  constructor(context: RungContext, source: SynthesizedFleet, api: ConstructorParameters<typeof Fleet>[0]) {
    this.context = context;
    this.source = source;
    const cells = new Set(cellsFor(NODES, source.wanted.sizes.cells));
    const stacks = source.wanted.stacks.filter(({ of, cell }) => of.name === 'gateway' && cells.has(cell));
    this.fleet = new Fleet(api, stacks, HASTE);
  }

  async run(): Promise<void> {
    const { fleet, source } = this;
    const [cell] = fleet.cells;
    const environment = source.sources.environment.value;
    await this.timed(`${NODES} nodes ready`, () => fleet.addNodes(fleetNodes(NODES, cell!, environment)));
    await this.timed(`${fleet.boxes} gateways of ${fleet.cells.length} cells placed`, async () => {
      await fleet.place();
      await fleet.settled(900, this.progress);
    });
    const placed = await this.judge('placed');
    await this.evictions();
    await this.upgrades(placed);
    const zone = cell!.cell.zones.at(-1)!;
    await this.timed(`zone ${zone} removed and its gateways placed in the others`, async () => {
      const gone = await fleet.removeZone(zone);
      this.context.say(`${gone} nodes gone`);
      // The controller waits before it takes a node's absence for an end.
      await Bun.sleep(5_000);
      await fleet.settled(900, this.progress);
      await this.allOnNodes();
    });
    await this.judge(`without zone ${zone}`);
  }

  /** Two at once: the second has to wait until the first has its successor. */
  private async evictions(): Promise<void> {
    const [cell] = this.fleet.cells;
    const times = this.times();
    const need = drainSeconds(times);
    let refusals = 0;
    await this.timed(`${EVICTED} evictions of a cell`, async () => {
      for (let index = 0; index < EVICTED; index++) {
        const { refusals: own, graceSeconds } = await this.fleet.evict(cell!, `edges-${index}`, 300);
        if (index > 0 && own === 0) this.find('eviction', `the budget let edges-${index} go while edges-${index - 1} was on its way`);
        refusals += own;
        if (graceSeconds < need) {
          this.find(
            'eviction',
            `edges-${index} was given ${graceSeconds} s, and needs ${times.beforeDrainSeconds} s and ${times.connections} connections at ${times.closesPerSecond} a second: ${need.toFixed(0)} s`,
          );
        }
      }
      await this.fleet.settled(300, this.progress);
    });
    this.did.push(`the budget refused ${refusals} attempts; each was given ${times.graceSeconds} s, needs ${need.toFixed(0)} s`);
    await this.judge('after evictions');
  }

  private async upgrades(placed: readonly PlacedPod[]): Promise<void> {
    const before = new Map(placed.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
    for (const name of ['relay', 'edges'] as const) {
      const start = new Map((await this.fleet.pods()).map((pod) => [`${pod.namespace}/${pod.name}`, pod.uid]));
      let most: readonly string[] = [];
      await this.timed(`${name} of every cell upgraded, at ${HASTE} times the speed`, async () => {
        await this.fleet.upgrade(name);
        most = await this.fleet.settled(1_500, this.progress);
      });
      if (most.length > 1)
        this.find(`upgrade of ${name}`, `${most.length} of a cell were missing at once, and the budget is 1: ${most.join(', ')}`);
      const after = await this.judge(`after the upgrade of ${name}`);
      if (name === 'relay') {
        const replaced = after.filter((pod) => pod.name.startsWith('edges-') && start.get(`${pod.namespace}/${pod.name}`) !== pod.uid);
        if (replaced.length > 0) this.find('upgrade of relay', `${replaced.length} edges were replaced too, such as ${replaced[0]!.name}`);
      }
      const moved = after.filter((pod) => before.get(`${pod.namespace}/${pod.name}`)?.node !== pod.node).length;
      this.did.push(`at most ${most.length} of a cell missing at once, ${moved} pods on another node than at first`);
    }
    const { graceSeconds, betweenSeconds } = this.times();
    const hours = (this.fleet.cells[0]!.gateway.gateways * (drainSeconds(this.times()) + betweenSeconds)) / 3_600;
    this.did.push(
      `in earnest an upgrade of a cell's boxes takes ${hours.toFixed(1)} h (at most ${graceSeconds} + ${betweenSeconds} s each)`,
    );
  }

  /** A pod whose node is gone counts as ready until the controller has noticed. */
  private async allOnNodes(): Promise<void> {
    const untilMs = performance.now() + 900_000;
    for (;;) {
      const pods = await this.fleet.pods();
      const lost = pods.filter(({ node, ready }) => !ready || node === undefined || !this.fleet.zoneOf.has(node)).length;
      if (lost === 0) break;
      if (performance.now() > untilMs) return this.find('zone', `${lost} pods are on no node that is there after 900 s`);
      this.context.say(`${lost} pods have no node that is there`);
      await Bun.sleep(5_000);
    }
    await this.fleet.settled(300, this.progress);
  }

  private times() {
    const stack = this.source.wanted.stacks.find(({ of }) => of.name === 'gateway')!;
    return boxTimes(stack.stack.contents.objects as unknown as readonly ApiObject[]);
  }

  private async judge(when: string): Promise<PlacedPod[]> {
    const pods = await this.fleet.pods();
    for (const problem of misplaced(pods, this.fleet.zoneOf)) this.find(when, problem);
    return pods;
  }

  private async timed(what: string, work: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    this.context.say(`${what} …`);
    await work();
    const line = `${what} in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`;
    this.context.say(line);
    this.did.push(line);
  }

  private readonly progress = (line: string) => this.context.say(line);

  private find(subject: string, problem: string): void {
    this.context.say(`FOUND ${subject}: ${problem}`);
    this.findings.push({ rung: 5, environment: this.context.synthesized.environment, subject, problem });
  }
}
