/** G7 metrics through the shared port: one endpoint for a box; rates from it are the truth; a silent edge is missing, not zero. */
import { expect, test } from 'bun:test';
import { BoxProcess } from './box-process.harness.ts';
import { eventually } from './test-box.harness.ts';
import { sendFrame, TestClient } from './test-client.harness.ts';

const EDGES = 4;
const PER_SECOND = 100;
const SCRAPES = 8;
const SCRAPE_MS = 1_000;

test('G7: the rate of a counter from scrapes equals what was sent, also while an edge does not answer or dies', async () => {
  const box = await BoxProcess.start('--edges', String(EDGES), '--drain-seconds', '2', '--max-connections', '1000');
  try {
    const clients = await Promise.all(Array.from({ length: 40 }, (_, index) => TestClient.live(box.endpoint, box.token(index + 1))));
    const conversations = await Promise.all(clients.map((client, index) => client.create(index + 101)));
    let sent = 0;
    const sender = setInterval(() => {
      const index = sent++ % clients.length;
      if (clients[index]!.socket.ended === undefined) clients[index]!.send(sendFrame(conversations[index]!, 'steady'));
    }, 1_000 / PER_SECOND);
    const counted = () => box.metric('parley_edge_frames_in_total');
    const values: Array<{ readonly value: number; readonly sent: number }> = [];
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      await Bun.sleep(SCRAPE_MS);
      values.push({ value: await counted(), sent });
    }
    const [first, last] = [values[0]!, values.at(-1)!];
    const truth = last.sent - first.sent;
    expect(Math.abs(last.value - first.value - truth)).toBeLessThanOrEqual(0.02 * truth + 2);
    for (let at = 1; at < values.length; at++) expect(values[at]!.value).toBeGreaterThan(values[at - 1]!.value);

    const { edges } = box.description.pids;
    expect(edges.length).toBe(EDGES);
    process.kill(edges[1]!, 'SIGSTOP');
    const connectionsBefore = await box.metric('parley_edge_upgrades_total');
    const stalled = await box.metricsText();
    expect(stalled).toContain('parley_process_up{process="edge-1"} 0');
    for (const other of [0, 2, 3]) expect(stalled).toContain(`parley_process_up{process="edge-${other}"} 1`);
    expect(await box.metric('parley_edge_upgrades_total')).toBe(connectionsBefore);
    expect(await box.metric('parley_edge_connections')).toBeLessThan(40);
    const whileStopped = await counted();
    expect(whileStopped).toBeGreaterThanOrEqual(last.value);
    process.kill(edges[1]!, 'SIGCONT');
    await eventually(async () => (await box.metric('parley_edge_connections')) === 40, 'the edge to answer again');

    const beforeDeath = await counted();
    process.kill(edges[2]!, 'SIGKILL');
    await eventually(
      async () => (await box.metric('parley_process_starts_total', 'process="edge-2"')) === 2,
      'the edge to be started again',
    );
    await eventually(() => box.isReady(), 'the box to be ready');
    expect(await counted()).toBeGreaterThanOrEqual(beforeDeath);
    clearInterval(sender);
  } finally {
    await box.end();
  }
}, 60_000);
