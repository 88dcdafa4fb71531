/**
 * Every query of every board, asked of a real Prometheus that scrapes a real box under `parley chat` with the real stores, a box
 * with embedded backends, the load engine itself, and the exporters of the machine, of Kafka, Cassandra and Redis. Windows are as long as such a test.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OBSERVABILITY_COEFFICIENTS } from '../../capacity/model/coefficients-observability.ts';
import { BoxProcess } from '../../services/gateway/box-process.harness.ts';
import { eventually } from '../../services/gateway/test-box.harness.ts';
import { sendFrame, TestClient } from '../../services/gateway/test-client.harness.ts';
import { OwnBackends } from '../../services/local/own-backends.harness.ts';
import { testExporters } from '../../services/local/test-stack.harness.ts';
import { encodeFrame } from '../../services/protocol/codec.ts';
import { LIMITS } from '../../services/protocol/limits.ts';
import { requires } from '../../services/runtime/requires.ts';
import { BOARDS } from '../boards.ts';
import { NOT_SEEN } from './not-seen.ts';
import { answersOf, DEBIAN, freePort, Listener, PROGRAMS, startPrometheus } from './prometheus.harness.ts';

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const LOAD = [
  '--connections',
  '40',
  '--ramp',
  '40',
  '--rate',
  '40',
  '--idle-seconds',
  '2',
  '--hold-seconds',
  '20',
  '--heartbeat-seconds',
  '5',
];
/** Admits little, so that it puts off, and drains slowly, so that it is seen to. */
const TWIN = ['--tls', '--admissions-per-second', '1', '--admission-burst', '6', '--drain-closes-per-second', '1'];
/** More than it admits at once: some of its clients are refused, and dropped when it drains. */
const TOO_MANY = ['--connections', '40', '--ramp', '40', '--hold-seconds', '60', '--heartbeat-seconds', '5', '--metrics-listen'];
const SCRAPE_SECONDS = 1;
const STORE_SECONDS = 3;
const SCRAPES_MS = 2_500;
/** For a target that a full machine kept from answering. */
const LAST_ASKED_MS = 20_000;
/** Of one target of a job, by what the plan's servers are sized. */
const SERIES_MOST = {
  gateway: OBSERVABILITY_COEFFICIENTS.observabilitySeriesPerGateway,
  kafka: OBSERVABILITY_COEFFICIENTS.observabilitySeriesPerBroker,
  cassandra: OBSERVABILITY_COEFFICIENTS.observabilitySeriesPerCassandraNode,
  redis: OBSERVABILITY_COEFFICIENTS.observabilitySeriesPerRedisNode,
  nodes: OBSERVABILITY_COEFFICIENTS.observabilitySeriesPerHost,
} as const;
/** Eight seconds of it, so that each rate has points. */
const LOAD_SENDS = 320;

requires(DEBIAN, 'kafka', 'cassandra', 'valkey').describe('a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-queries-'));
  const own = new OwnBackends();
  const ends: Array<() => Promise<void>> = [];
  let prometheus: Listener;
  const series = new Map<string, readonly number[]>();
  const seen = new Map<string, readonly number[]>();

  /** Those that gave nothing before. */
  async function askAll(): Promise<void> {
    for (const { key, expr } of queries()) if ((seen.get(key)?.length ?? 0) === 0) seen.set(key, await answersOf(prometheus, expr));
  }

  /** Without an answer, and without a reason. */
  const silent = () => [...seen].flatMap(([key, values]) => (values.length === 0 && reasonOf(key) === undefined ? [key] : []));

  beforeAll(async () => {
    const backends = await own.make();
    const box = await BoxProcess.startOn(backends, '--edges', '2', '--max-connections', '1000');
    ends.push(() => box.end());
    const twin = await BoxProcess.start('--edges', '1', '--max-connections', '100', ...TWIN);
    ends.push(() => twin.end());
    const node = await Listener.start(PROGRAMS.nodeExporter, (address) => [`--web.listen-address=${address}`]);
    ends.push(() => node.end());
    const [redisNode] = backends.redis.nodes;
    const redis = await Listener.start(PROGRAMS.redisExporter, (address) => [
      `-web.listen-address=${address}`,
      `-redis.addr=redis://${redisNode}`,
    ]);
    ends.push(() => redis.end());
    const stores = testExporters();
    const twinLoad = `127.0.0.1:${freePort()}`;
    const loadgen = `127.0.0.1:${freePort()}`;
    const admin = (one: BoxProcess) => new URL(one.description.adminUrl).host;
    prometheus = await startPrometheus(
      folder,
      [
        { job: 'gateway', address: admin(box), pod: 'edges-0' },
        { job: 'gateway', address: admin(twin), pod: 'edges-1' },
        { job: 'nodes', address: node.address, pod: 'node-exporter' },
        { job: 'redis', address: redis.address, pod: 'redis-0' },
        ...stores.kafka.map((address, index) => ({ job: 'kafka', address, pod: `bus-broker-${index}`, scrapeSeconds: STORE_SECONDS })),
        ...stores.cassandra.map((address, index) => ({ job: 'cassandra', address, pod: `store-${index}`, scrapeSeconds: STORE_SECONDS })),
        { job: 'loadgen', address: loadgen, pod: 'loadgen-coordinator' },
        { job: 'loadgen', address: twinLoad, pod: 'loadgen-coordinator-1' },
        { job: 'absent', address: '127.0.0.1:9', pod: 'absent-0' },
      ],
      SCRAPE_SECONDS,
    );
    ends.push(() => prometheus.end());
    const listen = ['--metrics-listen', loadgen];
    const chat = Bun.spawn([process.execPath, PARLEY, 'chat', '--box', join(box.stateDir, 'box.json'), ...LOAD, ...listen], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    ends.push(() => endOf(chat));
    const told = (metric: string) => eventually(async () => (await answersOf(prometheus, metric)).length > 0, metric, 60_000);
    await mishaps(box, twin);
    const hold = Bun.spawn([process.execPath, PARLEY, 'hold', '--box', join(twin.stateDir, 'box.json'), ...TOO_MANY, twinLoad], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    ends.push(() => endOf(hold));
    const hasTaken = (sends: number) =>
      eventually(async () => (await box.metric('parley_edge_accepted_seconds_count')) > sends, 'the box to have taken sends', 60_000);
    await hasTaken(0);
    // Of handshakes a rate says something while they are made.
    await Bun.sleep(SCRAPES_MS);
    await askAll();
    await hasTaken(LOAD_SENDS);
    await told('parley_loadgen_refused_total');
    await TestClient.live(box.endpoint, box.token(7_001));
    await Bun.sleep(SCRAPES_MS);
    for (const job of Object.keys(SERIES_MOST))
      series.set(job, await answersOf(prometheus, `max(max_over_time(scrape_samples_post_metric_relabeling{job="${job}"}[1m]))`));
    await askAll();
    twin.kill('SIGTERM');
    await told('parley_loadgen_dropped_total');
    for (const untilMs = performance.now() + LAST_ASKED_MS; performance.now() < untilMs && silent().length > 0; ) {
      await Bun.sleep(SCRAPES_MS);
      await askAll();
    }
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await own.giveBack();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('answers every query of every panel that can be asked here, and the others are listed with a reason', () => {
    expect(silent()).toEqual([]);
    const stale = Object.keys(NOT_SEEN).filter((key) => ![...seen].some(([one, values]) => isOf(one, key) && values.length === 0));
    expect(stale).toEqual([]);
  });

  test.each(Object.entries(SERIES_MOST))('has no more series of a target of %s than the plan sizes it by', (job, { high }) => {
    const [most] = series.get(job)!;
    expect(most).toBeGreaterThan(50);
    expect(most).toBeLessThanOrEqual(high);
  });
});

/** What at rest has no series: refusals, cuts, errors, by their reasons. */
async function mishaps(box: BoxProcess, twin: BoxProcess): Promise<void> {
  const [owner, stranger] = [await TestClient.live(box.endpoint, box.token(7_002)), await TestClient.live(box.endpoint, box.token(7_003))];
  const conversation = await owner.create(7_004);
  await stranger.ask('rejected', sendFrame(conversation, 'not of it'));
  // The relay remembers it for a moment.
  await stranger.ask('error', sendFrame(conversation, 'nor now'));
  const half = { device: 0, body: new Uint8Array(LIMITS.bodyBytes.value / 2 + 1) };
  const tooLarge = { conversation, id: new Uint8Array(16), contentType: 0, bodies: [half, { ...half, device: 1 }] };
  await owner.ask('error', encodeFrame('send', tooLarge));
  stranger.socket.leave();
  for (let user = 1; user <= 6; user++) await TestClient.live(twin.endpoint, twin.token(user));
  for (let user = 7; user <= 9; user++) await TestClient.connect(twin.endpoint, twin.token(user)).catch(() => undefined);
}

async function endOf(chat: Bun.Subprocess): Promise<void> {
  chat.kill('SIGINT');
  await chat.exited;
}

interface Asked {
  /** `uid/panel/query` */
  readonly key: string;
  readonly expr: string;
}

function queries(): readonly Asked[] {
  return BOARDS.flatMap(({ uid, panels }) =>
    panels.flatMap(({ id, queries: asked }) => asked.map(({ expr }, index) => ({ key: `${uid}/${id}/${index}`, expr: ofTest(expr) }))),
  );
}

/** Grafana's variables, and windows that such a test can fill. */
function ofTest(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$gateway', '.*')
    .replaceAll(/\[(\d+[mh])\]/g, '[15s]')
    .replaceAll(/\[\d+[mh]:\d+[sm]\]/g, '[15s:1s]');
}

function isOf(key: string, listed: string): boolean {
  return key === listed || key.startsWith(`${listed}/`);
}

function reasonOf(key: string): string | undefined {
  return Object.entries(NOT_SEEN).find(([listed]) => isOf(key, listed))?.[1];
}
