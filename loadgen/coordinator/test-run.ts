/** Runs of the load engine for tests: small, short, everything cleaned up afterwards. The box is the fake one unless given. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../capacity/run-record.ts';
import { preflight } from '../preflight/preflight.ts';
import { Box } from './box.ts';
import { DEFAULT_OPTIONS, planRun, type RunOptions } from './plan.ts';
import { Progress } from './progress.ts';
import { Run } from './run.ts';

export interface TestRun {
  readonly record: RunRecord;
  /** What stood on the terminal. */
  readonly said: readonly string[];
}

export const FAKE_BOX = fileURLToPath(new URL('../fake-box/main.ts', import.meta.url));

/** `during` is called when the run has started, and waited for; its last parameter resolves when sends flow. */
export async function testRun(
  options: Partial<RunOptions>,
  workers: number,
  during: (
    box: Box,
    workerPids: () => Promise<number[]>,
    interrupt: () => void,
    chatting: () => Promise<void>,
  ) => Promise<void> = async () => {},
  boxCommand: readonly string[] = [process.execPath, FAKE_BOX],
): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'loadgen-run-'));
  const said: string[] = [];
  const interrupted = new AbortController();
  const box = await Box.start(boxCommand, join(folder, 'box'), 20_000);
  try {
    const run: RunOptions = {
      ...DEFAULT_OPTIONS,
      connections: 200,
      connectionsPerSecond: 2_000,
      sendsPerSecond: 200,
      settleSeconds: 0.1,
      idleSeconds: 1,
      chatSeconds: 3,
      heartbeatSeconds: 2,
      quietSeconds: 5,
      reconnect: { ...DEFAULT_OPTIONS.reconnect, capMs: 2_000 },
      ...options,
    };
    const found = preflight({ connections: run.connections, bothEnds: true, workers });
    const plan = planRun(run, found.shape, 77);
    const progress = new Progress({ isTerminal: false, write: (text) => void said.push(text) }, run.connections);
    const inTurn = { plan, box, folder, id: 'test', progress, signal: interrupted.signal, limitValues: found.values };
    const running = new Run(inTurn);
    const [record] = await Promise.all([
      running.run(),
      during(
        box,
        async () => {
          while (running.workerPids.length < workers) await Bun.sleep(20);
          return running.workerPids;
        },
        () => interrupted.abort(),
        async () => {
          while (!['chat', 'quiet', 'stop'].includes(running.currentPhase)) await Bun.sleep(20);
        },
      ),
    ]);
    return { record, said };
  } finally {
    await box.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
