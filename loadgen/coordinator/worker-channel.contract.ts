/** What every place that workers come from must do, with real processes. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import { ownClockMs } from '../clock/offset.ts';
import { EVENT_BYTES, EVENTS, readHead } from '../ledger/format.ts';
import { fileChunks, visitLedger } from '../ledger/reader.ts';
import type { FromWorker, WorkerSetup } from '../worker/messages.ts';
import { Box } from './box.ts';
import { DEFAULT_OPTIONS, planRun } from './plan.ts';
import { isRunning } from './running.ts';
import type { WorkerChannel, WorkerPlace } from './worker-channel.ts';
import { workerSetups } from './worker-setups.ts';

export interface OpenedPlace {
  readonly place: WorkerPlace;
  /** Of the process behind a worker. */
  pidOf(index: number, channel: WorkerChannel): number;
  /** Ends whatever it started. */
  end(): Promise<void>;
}

const FAKE_BOX = fileURLToPath(new URL('../fake-box/main.ts', import.meta.url));
const LIMIT_MS = 20_000;

/** `open`: a place that has so many workers. */
export function workerChannelContract(name: string, open: (workers: number) => Promise<OpenedPlace>): void {
  describe(`workers ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-workers-'));
    let box: Box;
    let opened: OpenedPlace;
    beforeAll(async () => {
      box = await Box.start([process.execPath, FAKE_BOX], join(folder, 'box'), LIMIT_MS);
      opened = await open(3);
    }, 60_000);
    afterAll(async () => {
      opened?.place.close();
      await opened?.end();
      await box?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    function setupOf(worker: number): WorkerSetup {
      const options = { ...DEFAULT_OPTIONS, connections: 30, sendsPerSecond: 0 };
      const plan = planRun(options, { ...DEFAULT_SHAPE, edges: 1, workers: 3 }, 77);
      return { ...workerSetups(plan, box, folder)[worker]!, ledgerFile: join(folder, `worker-${worker}.ledger`) };
    }

    function listenTo(index: number) {
      const heard: FromWorker[] = [];
      const losses: string[] = [];
      const channel = opened.place.open(index, { message: (message) => heard.push(message), lost: (reason) => losses.push(reason) });
      const until = async (what: () => boolean) => {
        const untilMs = performance.now() + LIMIT_MS;
        while (!what()) {
          if (performance.now() > untilMs)
            throw new Error(`waited in vain; heard ${heard.map((one) => one.type).join(', ')}; ${losses.join(', ')}`);
          await Bun.sleep(10);
        }
      };
      const said = (type: FromWorker['type']) => heard.find((message) => message.type === type);
      return { channel, heard, losses, until, said };
    }

    test('say first that they started, take their part, measure their clock, count, and leave a whole ledger when they end', async () => {
      const { channel, heard, losses, until, said } = listenTo(0);
      await until(() => heard.length > 0);
      expect(heard[0]).toEqual({ type: 'started' });
      const pid = opened.pidOf(0, channel);
      expect(isRunning(pid)).toBe(true);
      channel.send({ type: 'setup', setup: setupOf(0) });
      await until(() => said('ready') !== undefined);
      channel.send({ type: 'clock', round: 4, exchanges: 3 });
      let pings = 0;
      await until(() => {
        for (const message of heard.filter((one) => one.type === 'ping').slice(pings)) {
          pings++;
          channel.send({ type: 'pong', sentMs: message.sentMs, coordinatorMs: ownClockMs() });
        }
        return said('clock') !== undefined;
      });
      expect(said('clock')).toMatchObject({ round: 4, held: true, offset: { errorMs: expect.any(Number) } });
      channel.send({ type: 'connect', until: 10, perSecond: 1_000 });
      await until(() => heard.some((message) => message.type === 'stats' && message.counts.open === 10));
      channel.send({ type: 'finish' });
      await until(() => said('finished') !== undefined);
      const finished = said('finished');
      expect(finished?.type === 'finished' && finished.counts.opened).toBe(10);
      const latencies = heard.flatMap((message) => (message.type === 'stats' || message.type === 'finished' ? message.latencies : []));
      const handshakes = latencies.filter((latency) => latency.name === 'handshake').reduce((sum, { count }) => sum + count, 0);
      expect(handshakes).toBe(10);
      channel.send({ type: 'stop' });
      await channel.ended(LIMIT_MS);
      await until(() => losses.length > 0 && !isRunning(pid));
      expect(losses.length).toBe(1);
      const ledger = join(folder, 'worker-0.ledger');
      expect(readHead(readFileSync(ledger).subarray(0, EVENT_BYTES))).toEqual({ nonce: 77, worker: 0 });
      const kinds: number[] = [];
      visitLedger(fileChunks(ledger), ({ kind }) => kinds.push(kind));
      expect(kinds.at(-1)).toBe(EVENTS.end);
    }, 60_000);

    test('are lost once, with a reason, when they are killed, and say nothing more', async () => {
      const { channel, heard, losses, until, said } = listenTo(1);
      await until(() => said('started') !== undefined);
      channel.send({ type: 'setup', setup: setupOf(1) });
      await until(() => said('ready') !== undefined);
      process.kill(opened.pidOf(1, channel), 'SIGKILL');
      await until(() => losses.length > 0);
      expect(losses[0]).toMatch(/SIGKILL|link ended/);
      const { length } = heard;
      channel.send({ type: 'report', mark: 1 });
      await Bun.sleep(200);
      expect(heard.length).toBe(length);
      expect(losses.length).toBe(1);
      await channel.ended(LIMIT_MS);
      expect(existsSync(join(folder, 'worker-1.ledger'))).toBe(true);
    }, 60_000);

    test('that do not end when they are told to are cut', async () => {
      const { channel, until, said, losses } = listenTo(2);
      await until(() => said('started') !== undefined);
      const pid = opened.pidOf(2, channel);
      process.kill(pid, 'SIGSTOP');
      channel.send({ type: 'stop' });
      await channel.ended(300);
      await until(() => losses.length > 0);
      expect(losses.length).toBe(1);
      // Who is elsewhere is cut off, and learns that when it goes on.
      if (isRunning(pid)) process.kill(pid, 'SIGCONT');
      await until(() => !isRunning(pid));
    }, 60_000);
  });
}
