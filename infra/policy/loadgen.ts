/** The load engine's Jobs: as many workers as their coordinator waits for, none started again, sized by the plan, told files that are mounted. */
import type { JobSpec } from 'kubernetes-types/batch/v1';
import { engineSize } from '../stacks/loadgen-engine.ts';
import type { Problem, Rule } from './finding.ts';
import { type Arguments, argumentsOf, numberOf } from './flags.ts';
import { containersOf, type PlacedContainer, placeOf, specOf } from './pods.ts';

interface Told {
  readonly placed: PlacedContainer;
  readonly told: Arguments;
}

export const LOADGEN_RULES: readonly Rule[] = [
  {
    name: 'workers of a load',
    why: 'a coordinator that waits for more than will come sends nothing, and a worker that is started again is refused by the run',
    check: ({ objects }) => {
      const coordinators = toldTo(objects, (told) => told.flags.has('--worker-hosts'));
      return toldTo(objects, ({ verb }) => verb === 'work').flatMap(({ placed: { template } }): readonly Problem[] => {
        const { owner } = template;
        const { completionMode, completions, parallelism, backoffLimit } = specOf<JobSpec>(owner);
        const place = placeOf(owner);
        const problems: Problem[] = [];
        if (owner.kind !== 'Job' || completionMode !== 'Indexed')
          problems.push({ place: `${place}: spec.completionMode`, problem: 'is not Indexed: two workers may have one name' });
        if (parallelism !== completions)
          problems.push({
            place: `${place}: spec.parallelism`,
            problem: `${parallelism} of ${completions}: the rest comes when the first have ended`,
          });
        if (backoffLimit !== 0)
          problems.push({ place: `${place}: spec.backoffLimit`, problem: 'starts a lost worker again, whom the run no longer takes' });
        for (const { placed, told } of coordinators)
          if (numberOf(told, '--worker-hosts') !== completions)
            problems.push({
              place: `${placed.place}.args[--worker-hosts]`,
              problem: `waits for ${told.flags.get('--worker-hosts')}, and ${completions} come`,
            });
        return problems;
      });
    },
  },
  {
    name: 'load as planned',
    why: 'a box that is loaded with less than its row of the plan is proved for less',
    check: ({ objects, cell }) => {
      const size = engineSize(cell);
      const wanted: ReadonlyArray<readonly [flag: string, value: number, row: string]> = [
        ['--worker-hosts', size.hosts, 'loadgen.boxesForGateway, loadgen.addressesForGateway'],
        ['--connections', size.connections, 'gateway.connections'],
        ['--rate', size.sendsPerSecond, 'workload.peakSendsPerSecond'],
      ];
      return toldTo(objects, (told) => told.flags.has('--worker-hosts')).flatMap(({ placed, told }) =>
        wanted
          .filter(([flag, value]) => numberOf(told, flag) !== value)
          .map(([flag, value, row]) => ({
            place: `${placed.place}.args[${flag}]`,
            problem: `${told.flags.get(flag)}, and the plan has ${value} (${row})`,
          })),
      );
    },
  },
  {
    name: 'nothing sent by an apply',
    why: 'a stack that loads a fleet as soon as it is applied does it before anybody looks',
    check: ({ objects }) =>
      toldTo(objects, (told) => told.verb === 'work' || told.flags.has('--worker-hosts'))
        .map(({ placed }) => placed.template.owner)
        .filter((owner) => specOf<JobSpec>(owner).suspend !== true)
        .map((owner) => ({ place: `${placeOf(owner)}: spec.suspend`, problem: 'is not true: it begins by itself' })),
  },
  {
    name: 'files that are told are mounted',
    why: 'a process that is told a file which is not there ends at its start',
    check: ({ objects }) =>
      containersOf(objects).flatMap(({ container, template, place }) =>
        [...argumentsOf(container).flags]
          .filter(([flag, path]) => /^--([a-z-]+-file|box)$/.test(flag) && path.startsWith('/'))
          .filter(([, path]) => !isMounted(path, container.volumeMounts ?? [], template.spec.volumes ?? []))
          .map(([flag, path]) => ({ place: `${place}.args[${flag}]`, problem: `${path} is no file of a volume that is mounted` })),
      ),
  },
];

function toldTo(objects: Parameters<typeof containersOf>[0], which: (told: Arguments) => boolean): readonly Told[] {
  return containersOf(objects)
    .map((placed) => ({ placed, told: argumentsOf(placed.container) }))
    .filter(({ told }) => which(told));
}

/** Below a mount, and by name one of its keys where the volume says which it has. */
function isMounted(
  path: string,
  mounts: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>,
  volumes: ReadonlyArray<{ readonly name: string; readonly secret?: { readonly items?: ReadonlyArray<{ readonly path: string }> } }>,
): boolean {
  return mounts.some(({ name, mountPath }) => {
    if (!path.startsWith(`${mountPath}/`)) return false;
    const volume = volumes.find((one) => one.name === name);
    const items = volume?.secret?.items;
    return volume !== undefined && (items === undefined || items.some((item) => item.path === path.slice(mountPath.length + 1)));
  });
}
