/**
 * A worker process that joins a coordinator on another machine. Before it has joined it tries until its time is over; after
 * that a link that ends or is silent ends it, and its load with it.
 */
import { readFileSync } from 'node:fs';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { readMachineCpu } from '../../services/runtime/host/kernel.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import { PeerClient } from '../../services/runtime/peer-link.ts';
import { ownClockMs } from '../clock/offset.ts';
import { busyUs } from '../coordinator/meter.ts';
import { connectionsOfWorker } from '../plan/population.ts';
import type { FromWorker, HostReading, ToWorker, WorkerSetup } from '../worker/messages.ts';
import { WorkerLoop } from '../worker/worker-loop.ts';
import { ownBuild } from './build.ts';
import { ALIVE_EVERY_MS, pushAlive, pushLedger, pushSaid, readFrame, SILENT_MS } from './link-frames.ts';
import { mustBear } from './machine-bears.ts';
import { JOINED_EXIT, type WorkerTask } from './worker-task.ts';

const task = JSON.parse(process.argv[2]!) as WorkerTask;
/** Written and not taken by the coordinator: more is no slow network any more, and a ledger with a hole would prove nothing. */
const QUEUE_BYTES = 64 * 1_048_576;
const LAST_FRAMES_MS = 100;

const where = `${task.coordinatorHost}:${task.coordinatorPort}`;
const say = (text: string) => console.log(`worker ${task.slot} of ${task.host}: ${text}`);
let joined = false;
let leaving = false;
let chunks = 0;
let heardMs = performance.now();
let lastTrouble = 'it did not answer';
const cores = navigator.hardwareConcurrency;

const peer = new PeerClient({
  host: task.coordinatorHost,
  port: () => task.coordinatorPort,
  secret: readFileSync(task.secretFile),
  onConnected: () => {
    heardMs = performance.now();
    pushSaid(peer.stream, { type: 'join', host: task.host, slot: task.slot, workers: task.workers, build: ownBuild() });
  },
  onFrame: receive,
  onDisconnected: (reason) => {
    if (joined) lost(`the link to ${where} ended: ${reason}`);
  },
  log: (text) => {
    lastTrouble = text;
  },
});

const loop = new WorkerLoop({
  report: (message: FromWorker) => pushSaid(peer.stream, message),
  leave: (code) => end(code),
  adapt: (setup) => {
    const here = task.keysFile === undefined ? setup : { ...setup, target: { ...setup.target, keysFile: task.keysFile } };
    mustBear(here, task.workers);
    tell(here);
    return here;
  },
  ledger: { sink: takeLedger, close: () => {} },
});

const joinTimer = setTimeout(() => {
  console.error(`worker ${task.slot} of ${task.host}: could not join ${where} in ${task.joinSeconds} s: ${lastTrouble}`);
  end(JOINED_EXIT.notJoined);
}, task.joinSeconds * 1_000);
setInterval(() => {
  if (!joined) return;
  if (performance.now() - heardMs > SILENT_MS) return lost(`${where} said nothing for ${SILENT_MS / 1_000} s`);
  pushAlive(peer.stream);
  pushSaid(peer.stream, { type: 'host', reading: reading() });
}, ALIVE_EVERY_MS);

function receive(frame: Uint8Array): void {
  heardMs = performance.now();
  const received = readFrame(frame);
  if (received.kind === 'alive' || leaving) return;
  if (received.kind !== 'say') return lost(received.kind === 'broken' ? `${where} sent ${received.reason}` : `${where} sent a ledger`);
  const { said } = received;
  if (said.type === 'refused') {
    console.error(`worker ${task.slot} of ${task.host}: ${where} refused it: ${said.reason}`);
    return end(JOINED_EXIT.notJoined);
  }
  if (said.type === 'joined') {
    joined = true;
    clearTimeout(joinTimer);
    return say(`joined ${where}`);
  }
  if (said.type === 'chat') say('sends begin');
  if (said.type === 'stop') say('told to end');
  loop.receive(said as ToWorker);
}

function takeLedger(bytes: Uint8Array): void {
  if (peer.stream.queuedBytes + bytes.length > QUEUE_BYTES)
    throw new BackendError('ledgerQueue', `${where} takes the ledger too slowly: over ${QUEUE_BYTES} bytes wait`, true);
  pushLedger(peer.stream, chunks++, bytes);
}

function tell({ population, worker, target }: WorkerSetup): void {
  const { count } = connectionsOfWorker(population, worker);
  say(`is number ${worker} of the run: ${count} connections to ${target.addresses.join(', ')} port ${target.port}`);
}

function reading(): HostReading {
  const { user, system } = process.cpuUsage();
  const machine = readMachineCpu();
  return { atMs: ownClockMs(), cpuUs: user + system, cores, ...(isAbsent(machine) ? {} : { busyUs: busyUs(machine) }) };
}

function lost(reason: string): void {
  if (leaving) return;
  console.error(`worker ${task.slot} of ${task.host}: ${reason}; its load ends`);
  loop.leave(JOINED_EXIT.lost);
}

function end(code: number): void {
  if (leaving) return;
  leaving = true;
  setTimeout(() => process.exit(code), LAST_FRAMES_MS);
  setTimeout(() => peer.close(), LAST_FRAMES_MS / 2);
}

// Who started it is gone, or wants it gone.
process.on('disconnect', () => loop.leave(JOINED_EXIT.lost));
process.on('SIGTERM', () => loop.leave(JOINED_EXIT.lost));
process.on('SIGINT', () => {});
process.on('uncaughtException', (error) => {
  console.error(`worker ${task.slot} of ${task.host}:`, error instanceof BackendError ? error.message : error);
  if (joined) pushSaid(peer.stream, { type: 'broken', reason: error.message });
  // Not through the engine, whose ledger may be what broke.
  end(JOINED_EXIT.lost);
});
