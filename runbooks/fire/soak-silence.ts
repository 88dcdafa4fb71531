/**
 * Do alerts stay silent over a soak? Prometheus with the rules as in production, nothing of them made shorter, beside the box of
 * `parley soak --backends FILE`, until that box is gone. Writes runbooks/fire/silence.json: what fired, when, for how long. The
 * machine's and Redis' exporters are real; what the exporters of Kafka, Cassandra and Kubernetes would say is served as it is when
 * all is well, so the alerts that hang on those alone are not tried by it.
 *
 *   npx parley up --name soak && npx parley soak --for 2h --rate 50 --connections 500 --backends .parley/stacks/soak/backends.json
 *   node bin/bun.mjs runbooks/fire/soak-silence.ts --box runs/ID/box/box.json --backends FILE --connections 500
 *   node bin/bun.mjs runbooks/document.ts
 *
 * Ends with 0 when none fired, 1 when some did, 3 when it could not run.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ruleFile, ruleGroups } from '../../dashboards/alerts/render-rules.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { ROOT } from '../check/project.ts';
import { answers, Children } from './children.ts';
import { EXPORTERS, Exporter } from './exporters.ts';
import { ForcedSeries } from './forced-series.ts';
import { localValues } from './local-plan.ts';
import { Prometheus, type Target } from './prometheus.ts';
import { SILENCE, silenceOf } from './silence.ts';
import { Watch } from './watch.ts';

interface Watching {
  readonly adminUrl: string;
  readonly redis: string;
  readonly messagePartitions: number;
  readonly connectionsPlanned: number;
  /** Left out: where the runbooks read it. */
  readonly out?: string | undefined;
}

const INTERVAL_MS = 15_000;
const LOOK_MS = 5_000;
/** Without an answer for so long the box is gone: a restart of a part takes seconds. */
const GONE_MS = 90_000;
const MOST_MS = 4 * 3_600_000;
/** A soak's clients beat so often (loadgen/soak/soak-run.ts), twice as often as the plan's. */
const SOAK_HEARTBEAT_SECONDS = 15;
const STAND_INS = ['kafka', 'cassandra', 'kubernetes'];
const EXIT = { silent: 0, fired: 1, notRun: 3 } as const;

let watching: Watching;
try {
  watching = readOptions();
} catch (error) {
  console.error(`soak-silence: ${(error as Error).message}
  --box FILE         box.json of a soak that runs
  --backends FILE    that it stands on (parley up wrote it)
  --connections N    of the soak (500)
  --out FILE         where the result goes (runbooks/fire/silence.json)`);
  process.exit(EXIT.notRun);
}
const folder = join(ROOT, '.parley/fire', `silence-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`);
mkdirSync(folder, { recursive: true });
const children = new Children(folder);
const forced = new ForcedSeries();
const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end.abort());
let fired = 0;
try {
  const sizes = { messagePartitions: watching.messagePartitions, connectionsPlanned: watching.connectionsPlanned };
  const rules = ruleFile(ruleGroups(ALERT_RULES, localValues({ ...sizes, heartbeatSeconds: SOAK_HEARTBEAT_SECONDS }), 1));
  const prometheus = await Prometheus.start(children, rules, await targets(), INTERVAL_MS);
  const watch = new Watch(prometheus);
  watch.start();
  const fromMs = Date.now();
  console.log(`watching ${ALERT_RULES.length} rules; output in ${folder}`);
  // What its end does is not the soak.
  const toMs = await lastAnswerMs(`${watching.adminUrl}/healthz`);
  watch.stop();
  const during = watch.between(fromMs, toMs);
  fired = during.length;
  const silence = silenceOf({ fromMs, toMs, rules: ALERT_RULES.length, intervalMs: INTERVAL_MS, standIns: STAND_INS, fired: during });
  if (watching.out === undefined) SILENCE.write(silence);
  else writeFileSync(watching.out, `${JSON.stringify(silence, undefined, 2)}\n`);
  for (const { alert, labels } of during) console.log(`${alert} fired: ${JSON.stringify(labels)}`);
} finally {
  await children.endAll();
  await forced.stop();
}
process.exit(fired === 0 ? EXIT.silent : EXIT.fired);

function readOptions(): Watching {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { box: text, backends: text, connections: { ...text, default: '500' }, out: text } });
  if (values.box === undefined || values.backends === undefined) throw new Error('--box and --backends are needed');
  const connectionsPlanned = Number(values.connections);
  if (!Number.isInteger(connectionsPlanned) || connectionsPlanned < 1)
    throw new Error(`--connections ${values.connections}: a whole number`);
  const box = JSON.parse(readFileSync(values.box, 'utf8')) as { readonly adminUrl: string };
  const backends = JSON.parse(readFileSync(values.backends, 'utf8')) as {
    readonly kafka: { readonly partitions: { readonly messages: number } };
    readonly redis: { readonly nodes: readonly [string] };
  };
  return {
    adminUrl: box.adminUrl,
    redis: backends.redis.nodes[0],
    messagePartitions: backends.kafka.partitions.messages,
    connectionsPlanned,
    out: values.out,
  };
}

/** Answers of what stands in for exporters that are not here. */
function standIn(job: string): Target {
  // The relay of a soak's box is part of it and no target of its own.
  forced.serve(job, Object.fromEntries(Object.entries(EXPORTERS[job]!).filter(([series]) => !series.includes('statefulset="relay"'))));
  return { job, address: forced.address, path: `/metrics/${job}`, labels: { namespace: 'parley-data', app: job, pod: `${job}-0` } };
}

async function targets(): Promise<readonly Target[]> {
  const [nodes, redis] = [new Exporter(children, 'node-exporter'), new Exporter(children, 'redis-exporter')];
  await nodes.node();
  await redis.redis(watching.redis);
  return [
    {
      job: 'gateway',
      address: new URL(watching.adminUrl).host,
      labels: { namespace: 'parley-gateway', app: 'edges', pod: 'edges-1' },
    },
    nodes.target('nodes', { node: 'n1', pod: 'nodes-0' }),
    redis.target('redis', { node: 'n1', pod: 'redis-0' }),
    ...STAND_INS.map(standIn),
  ];
}

/** Resolves when it has not answered for a while, or nobody wants to know any more. */
async function lastAnswerMs(url: string): Promise<number> {
  const startedMs = Date.now();
  let answeredMs = startedMs;
  while (!end.signal.aborted && Date.now() - answeredMs < GONE_MS && Date.now() - startedMs < MOST_MS) {
    await Bun.sleep(LOOK_MS);
    if (await answers(url).catch(() => false)) answeredMs = Date.now();
  }
  return answeredMs;
}
