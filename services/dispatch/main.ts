/** A dispatch process of a box on real systems. */
import { connectDispatch } from '../backends/connect.ts';
import { readBackends } from '../backends/read-settings.ts';
import { REDIS_METRICS } from '../backends/redis-metrics.ts';
import { KAFKA_METRICS } from '../bus/kafka-metrics.ts';
import { createLog } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import { controlled } from '../runtime/process-control.ts';
import { CASSANDRA_METRICS } from '../store/cassandra-metrics.ts';
import { readDispatchConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { DISPATCH_METRICS } from './metrics.ts';

const STOP_DEADLINE_MS = 10_000;
const WATCH_MS = 1_000;

const log = createLog('dispatch');
const { backendsFile, speaks } = readDispatchConfig(process.env);
const settings = readBackends(backendsFile);
const metrics = new Metrics([...DISPATCH_METRICS, ...KAFKA_METRICS, ...CASSANDRA_METRICS, ...REDIS_METRICS]);
let fillMetrics: () => void = () => undefined;
const ends: Array<() => Promise<void>> = [];
// Before the first wait: it may be told to stop while a system is not there.
const control = controlled({
  metrics: () => {
    fillMetrics();
    return metrics.snapshot();
  },
  stopDeadlineMs: STOP_DEADLINE_MS,
  stop: async () => {
    for (const end of ends.reverse()) await end();
  },
});
const systems = await connectDispatch(settings, metrics, log);
ends.push(systems.close);
fillMetrics = systems.fillMetrics;
const dispatcher = new Dispatcher({ ...systems, rules: settings.rules, speaks, metrics, log });
ends.push(() => dispatcher.stop());
await dispatcher.start();
control.ready();
let said = systems.unready();
setInterval(() => {
  const reason = systems.unready();
  if (reason === said) return;
  said = reason;
  log.warn(reason === undefined ? 'systems are ready again' : 'systems are not ready', { reason });
  control.state(reason === undefined, reason);
}, WATCH_MS);
