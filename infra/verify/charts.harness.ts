/** Releases of a stack as the ladder reads them out of Terraform's JSON, for tests. */
import type { StackContents } from '../manifest.ts';
import type { SynthesizedChart } from './synthesized.ts';

export function chartsOf({ releases = [] }: StackContents, stack = 'operators'): readonly SynthesizedChart[] {
  return releases.map(({ name, namespace, chart, version, values }) => ({
    stack,
    resource: name,
    name,
    namespace,
    chart,
    version,
    values: [JSON.stringify(values)],
  }));
}
