/**
 * A partition that really grows in a real Cassandra, told by its exporter, fires its alert and ends it: the rule as it is, with the
 * plan's largest partition at a megabyte and its wait a hundred times as fast.
 */
import { expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../services/gateway/test-box.harness.ts';
import { testExporters } from '../../services/local/test-stack.harness.ts';
import { requires } from '../../services/runtime/requires.ts';
import { dropKeyspace, testCassandra, withCassandra } from '../../services/store/cassandra-stack.harness.ts';
import { alertValues } from '../alerts/alert-values.ts';
import { ruleFile, ruleGroups } from '../alerts/render-rules.ts';
import { STORE_RULES } from '../alerts/rules-stores.ts';
import { defaultPlanRows } from '../plan-rows.ts';
import { answersOf, DEBIAN, type Listener, startPrometheus } from './prometheus.harness.ts';

const LARGEST_BYTES = 1_000_000;
const TIMES_FASTER = 100;
const BODY = Buffer.alloc(100_000, 7);
const LIMIT_MS = 60_000;

async function isFiring(prometheus: Listener, labels: string): Promise<boolean> {
  const firing = await answersOf(prometheus, `ALERTS{alertname="CassandraPartitionGrows", alertstate="firing", ${labels}}`);
  return firing.length > 0;
}

requires(DEBIAN, 'cassandra').test(
  'a partition in Cassandra that grows over the plan’s largest fires its alert with keyspace and table, and ends it when it is gone',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-partition-'));
    const settings = testCassandra('grows');
    const { keyspace } = settings;
    const values = new Map([...alertValues(defaultPlanRows()), ['cassandra.largestPartitionBytes', LARGEST_BYTES]]);
    const rule = STORE_RULES.filter(({ alert }) => alert === 'CassandraPartitionGrows');
    const targets = testExporters().cassandra.map((address, index) => ({
      job: 'cassandra',
      address,
      pod: `store-${index}`,
      scrapeSeconds: 2,
    }));
    const prometheus = await startPrometheus(folder, targets, 1, ruleFile(ruleGroups(rule, values, TIMES_FASTER)));
    try {
      await withCassandra(settings, async (look) => {
        await look(`CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`);
        for (const table of ['small', 'grown'])
          await look(
            `CREATE TABLE ${keyspace}.${table} (p int, c int, body blob, PRIMARY KEY (p, c)) WITH memtable_flush_period_in_ms = 1000`,
          );
        const write = (table: string, row: number) => look(`INSERT INTO ${keyspace}.${table} (p, c, body) VALUES (0, ?, ?)`, [row, BODY]);
        for (let row = 0; row < 3; row++) await write('small', row);
        for (let row = 0; row < 30; row++) await write('grown', row);
        await eventually(() => isFiring(prometheus, `keyspace="${keyspace}", table="grown"`), 'the alert', LIMIT_MS);
        // What is below the threshold is told too, and silent.
        const [small] = await answersOf(
          prometheus,
          `org_apache_cassandra_metrics_table_max_partition_size{keyspace="${keyspace}", table="small"}`,
        );
        expect(small).toBeGreaterThan(0);
        expect(small).toBeLessThan(LARGEST_BYTES);
        expect(await isFiring(prometheus, 'table="small"')).toBeFalse();
        await look(`DROP TABLE ${keyspace}.grown`);
        await eventually(async () => !(await isFiring(prometheus, `keyspace="${keyspace}"`)), 'its end', LIMIT_MS);
      });
    } finally {
      await prometheus.end();
      await dropKeyspace(settings);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  150_000,
);
