/**
 * Do alerts stay silent over a soak? Prometheus with the rules as in production, nothing of them made shorter, beside the box of
 * `parley soak --backends FILE`, until that box is gone. Writes runbooks/fire/silence.json: what fired, when, for how long. The
 * machine's and Redis' exporters are real; what the exporters of Kafka, Cassandra and Kubernetes would say is served as it is when
 * all is well, so the alerts that hang on those alone are not tried by it.
 *
 *   npx parley up --name soak && npx parley soak --for 2h --rate 50 --connections 500 --backends .parley/stacks/soak/backends.json
 *   node bin/bun.mjs runbooks/fire/soak-silence.ts --box runs/ID/box/box.json --backends FILE --connections 500
 *   node bin/bun.mjs runbooks/document.ts
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ruleFile, ruleGroups } from '../../dashboards/alerts/render-rules.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { debianProgram } from '../../infra/verify/debian-program.ts';
import { ROOT } from '../check/project.ts';
import { answers, Children, freePort, until } from './children.ts';
import { EXPORTERS } from './exporters.ts';
import { ForcedSeries } from './forced-series.ts';
import { localValues } from './local-plan.ts';
import { Prometheus, type Target } from './prometheus.ts';
import { writeSilence } from './silence.ts';
import { Watch } from './watch.ts';

const INTERVAL_MS = 15_000;
const LOOK_MS = 5_000;
/** Without an answer for so long the box is gone: a restart of a part takes seconds. */
const GONE_MS = 90_000;
const MOST_MS = 4 * 3_600_000;
/** A soak’s clients beat so often (loadgen/soak/soak-run.ts), twice as often as the plan’s. */
const SOAK_HEARTBEAT_SECONDS = 15;
const STAND_INS = ['kafka', 'cassandra', 'kubernetes'];

const { values } = parseArgs({
  options: { box: { type: 'string' }, backends: { type: 'string' }, connections: { type: 'string', default: '500' } },
});
if (values.box === undefined || values.backends === undefined) {
  console.error('soak-silence: --box FILE (box.json of a running soak) and --backends FILE (of parley up) are needed');
  process.exit(3);
}
const box = JSON.parse(readFileSync(values.box, 'utf8')) as { readonly adminUrl: string };
const backends = JSON.parse(readFileSync(values.backends, 'utf8')) as {
  readonly kafka: { readonly partitions: { readonly messages: number } };
  readonly redis: { readonly nodes: readonly string[] };
};
const folder = join(ROOT, '.parley/fire', `silence-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`);
mkdirSync(folder, { recursive: true });
const children = new Children(folder);
const forced = new ForcedSeries();
const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end.abort());
try {
  const rules = ruleFile(
    ruleGroups(
      ALERT_RULES,
      localValues({
        messagePartitions: backends.kafka.partitions.messages,
        connectionsPlanned: Number(values.connections),
        heartbeatSeconds: SOAK_HEARTBEAT_SECONDS,
      }),
      1,
    ),
  );
  const prometheus = await Prometheus.start(children, rules, await targets(), INTERVAL_MS);
  const watch = new Watch(prometheus);
  watch.start();
  const fromMs = Date.now();
  console.log(`watching ${ALERT_RULES.length} rules; output in ${folder}`);
  await untilGone(`${box.adminUrl}/healthz`);
  // What its end does is not the soak.
  const toMs = Date.now() - GONE_MS;
  watch.stop();
  writeSilence({
    fromMs,
    toMs,
    rules: ALERT_RULES.length,
    intervalMs: INTERVAL_MS,
    standIns: STAND_INS,
    fired: watch.between(fromMs, toMs),
  });
  for (const { alert, labels } of watch.between(fromMs, toMs)) console.log(`${alert} fired: ${JSON.stringify(labels)}`);
} finally {
  await children.endAll();
  await forced.stop();
}
process.exit(0);

/** Answers of what stands in for exporters that are not here. */
function standIn(job: string): Target {
  // The relay of a soak's box is part of it and no target of its own.
  forced.serve(job, Object.fromEntries(Object.entries(EXPORTERS[job]!).filter(([series]) => !series.includes('statefulset="relay"'))));
  return { job, address: forced.address, path: `/metrics/${job}`, labels: { namespace: 'parley-data', app: job, pod: `${job}-0` } };
}

async function targets(): Promise<readonly Target[]> {
  const real = async (job: string, packageName: string, file: string, options: readonly string[]): Promise<Target> => {
    const program = await debianProgram({ package: packageName, file }, console.error);
    const address = `127.0.0.1:${freePort()}`;
    children.start(job, [program, `--web.listen-address=${address}`, ...options], folder);
    await until(`${packageName} answers`, 30_000, () => answers(`http://${address}/metrics`));
    return { job, address, labels: { namespace: 'parley-data', node: 'n1', app: job, pod: `${job}-0` } };
  };
  return [
    {
      job: 'gateway',
      address: new URL(box.adminUrl).host,
      labels: { namespace: 'parley-gateway', app: 'edges', pod: 'edges-1' },
    },
    await real('nodes', 'prometheus-node-exporter', 'usr/bin/prometheus-node-exporter', []),
    await real('redis', 'prometheus-redis-exporter', 'usr/bin/prometheus-redis-exporter', [
      `--redis.addr=redis://${backends.redis.nodes[0]}`,
    ]),
    ...STAND_INS.map(standIn),
  ];
}

async function untilGone(url: string): Promise<void> {
  const startedMs = Date.now();
  let answeredMs = startedMs;
  while (!end.signal.aborted && Date.now() - answeredMs < GONE_MS && Date.now() - startedMs < MOST_MS) {
    await Bun.sleep(LOOK_MS);
    if (await answers(url).catch(() => false)) answeredMs = Date.now();
  }
}
