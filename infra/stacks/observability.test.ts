import { describe, expect, test } from 'bun:test';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { ENVIRONMENTS, objectOf, sampleCell } from '../sources.harness.ts';
import { observabilityObjects } from './observability.ts';
import { SCRAPE_JOBS } from './observability-scrape.ts';

describe('the observability of a cell', () => {
  for (const name of ENVIRONMENTS) {
    const { cell, environment } = sampleCell(name);
    const objects = observabilityObjects(cell, environment);

    test(`${name}: as many servers as the plan has, with its memory, its disk and its days`, () => {
      const { replicas, template, volumeClaimTemplates } = objectOf<StatefulSet>(objects, 'StatefulSet', 'prometheus').spec!;
      expect(replicas).toBe(cell.observability.servers);
      expect(template.spec!.containers[0]!.args).toContain(`--storage.tsdb.retention.time=${cell.observability.retentionDays}d`);
      expect(volumeClaimTemplates![0]!.spec!.storageClassName).toBe(cell.pools.observability.storageClass);
    });

    test(`${name}: every part is scraped at the plan's pace`, () => {
      const { data } = objectOf<ConfigMap>(objects, 'ConfigMap', 'prometheus-configuration');
      const { global, scrape_configs: jobs } = JSON.parse(data!['prometheus.yml']!);
      expect(global.scrape_interval).toBe(`${cell.observability.scrapeSeconds}s`);
      expect(jobs.map((job: { job_name: string }) => job.job_name)).toEqual(SCRAPE_JOBS.map((job) => job.name));
    });
  }

  test.each(ENVIRONMENTS)('%s: the alerts have the numbers of its plan, and other numbers are another pod', (name) => {
    const { cell, environment } = sampleCell(name);
    const of = (watched: typeof cell.watched) => {
      const objects = observabilityObjects({ ...cell, watched }, environment);
      const { groups } = JSON.parse(objectOf<ConfigMap>(objects, 'ConfigMap', 'parley-rules').data!['alerts.rules.yml']!);
      const rules: Array<{ alert: string; expr: string }> = groups.flatMap((group: { rules: unknown }) => group.rules);
      const pod = objectOf<StatefulSet>(objects, 'StatefulSet', 'prometheus').spec!.template.metadata!.annotations;
      return { expr: rules.find(({ alert }) => alert === 'PartitionsUnowned')!.expr, pod };
    };
    const partitions = cell.kafka.partitions.messages;
    expect(of(cell.watched).expr).toBe(`sum(parley_dispatch_partitions) < ${partitions}`);
    const other = of(new Map([...cell.watched, ['kafka.messagePartitionsPerCell', partitions + 1]]));
    expect(other.expr).toBe(`sum(parley_dispatch_partitions) < ${partitions + 1}`);
    expect(other.pod).not.toEqual(of(cell.watched).pod);
  });

  test('another configuration is another pod, so that servers read it', () => {
    const { cell, environment } = sampleCell('production');
    const annotation = (seconds: number) => {
      const other = { ...cell, observability: { ...cell.observability, scrapeSeconds: seconds } };
      return objectOf<StatefulSet>(observabilityObjects(other, environment), 'StatefulSet', 'prometheus').spec!.template.metadata!
        .annotations;
    };
    expect(annotation(15)).toEqual(annotation(15));
    expect(annotation(15)).not.toEqual(annotation(30));
  });
});
