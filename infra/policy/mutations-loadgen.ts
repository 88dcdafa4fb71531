/** Mistakes in the load engine's Jobs. */
import { edit, editContainer, editPod, type Mutation, told } from './mutation.ts';

const WORKERS = ['Job', 'loadgen-worker'] as const;
const COORDINATOR = ['Job', 'loadgen-coordinator'] as const;

export const LOADGEN_MUTATIONS: readonly Mutation[] = [
  {
    name: 'fewer workers at once than the coordinator waits for',
    rung: 1,
    rule: 'workers of a load',
    field: 'spec.parallelism',
    apply: edit(...WORKERS, (job) => {
      job.spec.parallelism = 1;
    }),
  },
  {
    name: 'workers without an index',
    rung: 1,
    rule: 'workers of a load',
    field: 'spec.completionMode',
    apply: edit(...WORKERS, (job) => delete job.spec.completionMode),
  },
  {
    name: 'lost workers started again',
    rung: 1,
    rule: 'workers of a load',
    field: 'spec.backoffLimit',
    apply: edit(...WORKERS, (job) => {
      job.spec.backoffLimit = 6;
    }),
  },
  {
    name: 'a coordinator that waits for one worker more',
    rung: 1,
    rule: 'workers of a load',
    field: 'args[--worker-hosts]',
    apply: editContainer(...COORDINATOR, told('--worker-hosts', 1_000)),
  },
  {
    name: 'a load smaller than the box is planned for',
    rung: 1,
    rule: 'load as planned',
    field: 'args[--connections]',
    apply: editContainer(...COORDINATOR, told('--connections', 1_000)),
  },
  {
    name: 'a load that begins with the apply',
    rung: 1,
    rule: 'nothing sent by an apply',
    field: 'spec.suspend',
    apply: edit(...COORDINATOR, (job) => delete job.spec.suspend),
  },
  {
    name: 'workers without the secret of their link',
    rung: 1,
    rule: 'files that are told are mounted',
    field: 'args[--secret-file]',
    apply: editPod(...WORKERS, (spec) => {
      spec.volumes = spec.volumes.filter(({ name }: { name: string }) => name !== 'link');
    }),
  },
  {
    name: 'a secret of the load that nobody makes',
    rung: 1,
    rule: 'known secrets',
    field: 'Job/parley-loadgen/loadgen-worker',
    apply: editPod(...WORKERS, (spec) => {
      spec.volumes.find(({ name }: { name: string }) => name === 'link').secret.secretName = 'loadgen';
    }),
  },
  {
    name: 'workers that join at a port where nobody listens',
    rung: 1,
    rule: 'ports of links',
    field: 'loadgen-worker].args',
    apply: editContainer(...WORKERS, told('--coordinator', 'loadgen-coordinator.parley-loadgen.svc:7501')),
  },
  {
    name: 'a coordinator that listens on a port it does not declare',
    rung: 1,
    rule: 'ports as configured',
    field: 'loadgen-coordinator].args',
    apply: editContainer(...COORDINATOR, told('--listen', '0.0.0.0:7501')),
  },
];
