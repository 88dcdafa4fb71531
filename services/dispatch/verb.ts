/** `parley dispatch`: a member of dispatch in the foreground, until it is told to stop. */
import { parseArgs } from 'node:util';
import { connectDispatch, type DispatchSystems } from '../backends/connect.ts';
import { readBackends } from '../backends/read-settings.ts';
import { REDIS_METRICS } from '../backends/redis-metrics.ts';
import { KAFKA_METRICS } from '../bus/kafka-metrics.ts';
import { serveAdmin } from '../runtime/admin-server.ts';
import { createLog } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import { renderMetrics } from '../runtime/metrics-sum.ts';
import { EXIT, type Verb } from '../runtime/verb.ts';
import { SPEAKS } from '../runtime/versions.ts';
import { CASSANDRA_METRICS } from '../store/cassandra-metrics.ts';
import { DISPATCH_OPTIONS } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { DISPATCH_METRICS } from './metrics.ts';

const STOP_DEADLINE_MS = 10_000;

export const verb: Verb = {
  summary: 'dispatch messages of a cell: decide, store and hand them to gateways',
  help: `usage: parley dispatch --backends FILE [--admin-port N] [--admin-host ADDRESS] [--speaks newest|predecessor]

One member of dispatch: as many as the log has partitions may share it, on any machine. A box that was started with
--dispatchers 0 leaves it to such. SIGTERM or Ctrl-C gives its partitions back.

  --backends FILE       settings of the real systems, as parley up writes them
  --admin-port N        port of /healthz, /readyz and /metrics; 0 takes a free one, and the first line says which [0]
  --admin-host ADDRESS  address of the admin port [127.0.0.1]
  --speaks VERSION      predecessor in the first round of a rolling upgrade, while there are relays of before [newest]
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: DISPATCH_OPTIONS,
    });
    const port = Number(values['admin-port']);
    if (values.backends === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
      process.stderr.write('parley dispatch: --backends FILE says where the systems are; --admin-port is a port\n');
      return EXIT.couldNotRun;
    }
    const speaks = SPEAKS.find((word) => word === values.speaks);
    if (speaks === undefined) {
      process.stderr.write(`parley dispatch: --speaks is one of ${SPEAKS.join(', ')}, not ${values.speaks}\n`);
      return EXIT.couldNotRun;
    }
    const settings = readBackends(values.backends);
    const log = createLog('dispatch');
    const metrics = new Metrics([...DISPATCH_METRICS, ...KAFKA_METRICS, ...CASSANDRA_METRICS, ...REDIS_METRICS]);
    let systems: DispatchSystems | undefined;
    let ready = false;
    const admin = serveAdmin({
      host: values['admin-host'],
      port,
      unready: () => (ready ? systems?.unready() : 'waits for its systems'),
      metrics: async () => {
        systems?.fillMetrics();
        return renderMetrics([await metrics.snapshot()]);
      },
    });
    process.stdout.write(`admin: http://${values['admin-host']}:${admin.port}\n`);
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    process.once('SIGTERM', () => tell());
    process.once('SIGINT', () => tell());
    systems = (await Promise.race([connectDispatch(settings, metrics, log), told])) ?? undefined;
    if (systems === undefined) return EXIT.ok;
    const dispatcher = new Dispatcher({ ...systems, rules: settings.rules, speaks, metrics, log });
    await dispatcher.start();
    ready = true;
    process.stdout.write('ready\n');
    await told;
    ready = false;
    const overrun = setTimeout(() => {
      log.error('stop overran its deadline', { deadlineMs: STOP_DEADLINE_MS });
      process.exit(EXIT.refuted);
    }, STOP_DEADLINE_MS);
    await dispatcher.stop();
    await systems.close();
    await admin.stop();
    clearTimeout(overrun);
    return EXIT.ok;
  },
};
