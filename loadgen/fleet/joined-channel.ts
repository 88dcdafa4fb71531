/**
 * The coordinator's end of the link to one worker that joined. Its ledger comes over the link as it is written and goes into
 * the run's folder, so that what a lost worker had written is there. A link that ends, breaks or is silent is a lost worker;
 * it is never taken up again within a run.
 */
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { Peer, PeerEvents } from '../../services/runtime/peer-link.ts';
import type { WorkerChannel, WorkerEvents } from '../coordinator/worker-channel.ts';
import { type FileSink, fileSink } from '../ledger/writer.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';
import { ALIVE_EVERY_MS, type Joining, pushAlive, pushSaid, readFrame, SILENT_MS } from './link-frames.ts';

export class JoinedChannel implements WorkerChannel {
  readonly joining: Joining;
  readonly pid = undefined;
  private readonly peer: Peer;
  private readonly alive: ReturnType<typeof setInterval>;
  private readonly gone = Promise.withResolvers<void>();
  private events: WorkerEvents | undefined;
  private ledger: FileSink | undefined;
  private nextChunk = 0;
  private heardMs = performance.now();
  private lostBy: string | undefined;
  /** Told when it is lost before a run has taken it. */
  onLost: () => void = () => {};

  constructor(peer: Peer, joining: Joining, silentMs = SILENT_MS) {
    this.peer = peer;
    this.joining = joining;
    this.alive = setInterval(() => {
      if (performance.now() - this.heardMs > silentMs) this.lose(`said nothing for ${silentMs / 1_000} s`);
      else pushAlive(peer.stream);
    }, ALIVE_EVERY_MS);
  }

  get host(): string {
    return this.joining.host;
  }

  /** From here on it is a worker of a run. */
  taken(events: WorkerEvents): void {
    this.events = events;
    // Whoever opens a channel has it before it speaks.
    queueMicrotask(() => {
      if (this.lostBy === undefined) events.message({ type: 'started' });
      else events.lost(this.lostBy);
    });
  }

  send(message: ToWorker): void {
    if (this.lostBy !== undefined) return;
    if (message.type === 'setup' && message.setup.ledgerFile !== undefined) this.ledger = fileSink(message.setup.ledgerFile);
    pushSaid(this.peer.stream, message);
  }

  refuse(reason: string): void {
    pushSaid(this.peer.stream, { type: 'refused', reason });
    this.peer.stream.flush();
    this.lose(reason);
  }

  kill(): Promise<void> {
    throw new BackendError('elsewhere', `the worker is a process of ${this.host}: nobody here starts another in its place`, false);
  }

  async ended(limitMs: number): Promise<void> {
    await Promise.race([this.gone.promise, Bun.sleep(limitMs)]);
    this.lose('told to end');
  }

  readonly peerEvents: PeerEvents = {
    onFrame: (frame) => this.received(frame),
    onClose: (reason) => this.lose(`its link ended: ${reason}`),
  };

  private received(frame: Uint8Array): void {
    if (this.lostBy !== undefined) return;
    this.heardMs = performance.now();
    const received = readFrame(frame);
    if (received.kind === 'broken') return this.lose(received.reason);
    if (received.kind === 'ledger') return this.write(received.number, received.bytes);
    if (received.kind === 'say') this.events?.message(received.said as FromWorker);
  }

  private write(number: number, bytes: Uint8Array): void {
    if (number !== this.nextChunk) return this.lose(`ledger chunk ${number} came, ${this.nextChunk} was next`);
    this.nextChunk++;
    this.ledger?.sink(bytes);
  }

  private lose(reason: string): void {
    if (this.lostBy !== undefined) return;
    this.lostBy = reason;
    clearInterval(this.alive);
    this.ledger?.close();
    this.peer.close();
    this.gone.resolve();
    this.onLost();
    this.events?.lost(reason);
  }
}
