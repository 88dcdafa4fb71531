/**
 * Every query of every board, asked of a real Prometheus that scrapes a real box under `parley chat` with the real stores, a box
 * with embedded backends, and the exporters of the machine and of Redis. Windows are as long as such a test.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OBSERVABILITY_COEFFICIENTS } from '../../capacity/model/coefficients-observability.ts';
import { BoxProcess } from '../../services/gateway/box-process.harness.ts';
import { eventually } from '../../services/gateway/test-box.harness.ts';
import { sendFrame, TestClient } from '../../services/gateway/test-client.harness.ts';
import { OwnBackends } from '../../services/local/own-backends.harness.ts';
import { encodeFrame } from '../../services/protocol/codec.ts';
import { LIMITS } from '../../services/protocol/limits.ts';
import { requires } from '../../services/runtime/requires.ts';
import { BOARDS } from '../boards.ts';
import { NOT_SEEN } from './not-seen.ts';
import { answersOf, Listener, PROGRAMS, startPrometheus } from './prometheus.harness.ts';

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const DEBIAN = {
  fact: 'Debian’s packages',
  missing: () => (existsSync('/usr/bin/apt-get') ? undefined : 'no apt-get'),
} as const;
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
const SCRAPE_SECONDS = 1;
const SCRAPES_MS = 2_500;
/** Eight seconds of it, so that each rate has points. */
const LOAD_SENDS = 320;

requires(DEBIAN, 'kafka', 'cassandra', 'valkey').describe('a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-queries-'));
  const own = new OwnBackends();
  const ends: Array<() => Promise<void>> = [];
  let prometheus: Listener;
  let series: readonly number[];
  const seen = new Map<string, readonly number[]>();

  /** Those that gave nothing before. */
  async function askAll(): Promise<void> {
    for (const { key, expr } of queries()) if ((seen.get(key)?.length ?? 0) === 0) seen.set(key, await answersOf(prometheus, expr));
  }

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
    const admin = (one: BoxProcess) => new URL(one.description.adminUrl).host;
    prometheus = await startPrometheus(
      folder,
      [
        { job: 'gateway', address: admin(box), pod: 'edges-0' },
        { job: 'gateway', address: admin(twin), pod: 'edges-1' },
        { job: 'nodes', address: node.address, pod: 'node-exporter' },
        { job: 'redis', address: redis.address, pod: 'redis-0' },
        { job: 'absent', address: '127.0.0.1:9', pod: 'absent-0' },
      ],
      SCRAPE_SECONDS,
    );
    ends.push(() => prometheus.end());
    const chat = Bun.spawn([process.execPath, PARLEY, 'chat', '--box', join(box.stateDir, 'box.json'), ...LOAD], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    ends.push(() => endOf(chat));
    await mishaps(box, twin);
    await eventually(
      async () => (await box.metric('parley_edge_accepted_seconds_count')) > LOAD_SENDS,
      'the box to have taken sends',
      60_000,
    );
    await TestClient.live(box.endpoint, box.token(7_001));
    await Bun.sleep(SCRAPES_MS);
    series = await answersOf(prometheus, 'max(scrape_samples_post_metric_relabeling{job="gateway"})');
    await askAll();
    twin.kill('SIGTERM');
    await Bun.sleep(SCRAPES_MS);
    await askAll();
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await own.giveBack();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('answers every query of every panel that can be asked here, and the others are listed with a reason', () => {
    const silent = [...seen].flatMap(([key, values]) => (values.length === 0 && reasonOf(key) === undefined ? [key] : []));
    expect(silent).toEqual([]);
    const stale = Object.keys(NOT_SEEN).filter((key) => ![...seen].some(([one, values]) => isOf(one, key) && values.length === 0));
    expect(stale).toEqual([]);
  });

  test('has no more series of a box than the plan sizes it by', () => {
    expect(series[0]).toBeGreaterThan(50);
    expect(series[0]).toBeLessThanOrEqual(OBSERVABILITY_COEFFICIENTS.observabilitySeriesPerGateway.high);
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
