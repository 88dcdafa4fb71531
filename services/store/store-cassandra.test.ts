import { afterAll, setDefaultTimeout } from 'bun:test';
import type { CassandraSettings } from '../backends/settings.ts';
import { requires } from '../runtime/requires.ts';
import { dropKeyspace, emptyTables, testCassandra } from './cassandra-stack.harness.ts';
import { storeContract } from './store.contract.ts';
import { openCassandraStore } from './store-cassandra.ts';

/** To empty a table of a busy server may take seconds. */
setDefaultTimeout(60_000);

let settings: CassandraSettings | undefined;
afterAll(() => (settings === undefined ? undefined : dropKeyspace(settings)));

requires('cassandra').describe('a real Cassandra', () => {
  storeContract('cassandra', async ({ partitions }) => {
    if (settings === undefined) settings = testCassandra('contract');
    else await emptyTables(settings);
    const its = settings;
    const store = await openCassandraStore(its, { partitions });
    return { store, refusesGaps: false, rebuilt: async () => store, close: () => store.close() };
  });
});
