/** Requests that the store answers, on their way: those of one edge that does not read its answers are refused, wishes about privacy keep their order. */
import { FRAMES } from '../../protocol/frame-table.ts';
import { type UserId, userOf } from '../../protocol/ids.ts';
import type { StoreReads } from '../../store/store.ts';
import { READ_WEIGHT } from '../link/link-frames.ts';
import type { EdgePeer } from './edge-peer.ts';
import type { RelayCells } from './metrics.ts';
import { answerRead, errorFrame, type ReadRequest } from './reads.ts';

export interface ReadRequestsOptions {
  readonly store: StoreReads;
  readonly cells: RelayCells;
  /** Resolves when every mark that came before is in the log. */
  readonly marksWritten: () => Promise<void>;
  readonly log: (message: string) => void;
}

const MARKS_MS = 5_000;
const EDGE_QUEUE_BYTES = 64 * 1_048_576;

export class ReadRequests {
  private readonly options: ReadRequestsOptions;
  /** The last wish of each user that is not stored yet; no more than there are requests on their way. */
  private readonly wishes = new Map<UserId, Promise<void>>();

  constructor(options: ReadRequestsOptions) {
    this.options = options;
  }

  /** Takes a request of a session; `number` is settled with its answer. */
  take(peer: EdgePeer, number: number, connection: number, device: number, request: ReadRequest): void {
    this.options.cells.reads(request.name).value++;
    // The frame is a view of the link's buffer; the read outlives it.
    const kept = 'position' in request ? { ...request, position: new Uint8Array(request.position) } : request;
    if (kept.name !== 'receiptPrivacy') return void this.answer(peer, number, connection, device, kept);
    const user = userOf(device);
    const answered = (this.wishes.get(user) ?? Promise.resolve()).then(() => this.answer(peer, number, connection, device, kept));
    this.wishes.set(user, answered);
    void answered.then(() => {
      if (this.wishes.get(user) === answered) this.wishes.delete(user);
    });
  }

  private async answer(peer: EdgePeer, number: number, connection: number, device: number, request: ReadRequest): Promise<void> {
    peer.to(connection, READ_WEIGHT, await this.framesFor(peer, device, request));
    peer.settle(number);
  }

  private async marksInTime(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('marks are not in the log yet')), MARKS_MS);
    });
    try {
      await Promise.race([this.options.marksWritten(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async framesFor(peer: EdgePeer, device: number, request: ReadRequest): Promise<Uint8Array[]> {
    const isResume = request.name === 'resume';
    const busy = () => {
      if (isResume) this.options.cells.resumes('failed').value++;
      return [errorFrame('busy', FRAMES[request.name].type, undefined, 1_000)];
    };
    if (peer.queuedBytes > EDGE_QUEUE_BYTES) return busy();
    try {
      // Who shows his receipts again shows what he reads from then on: what he read before must have its place in the log first.
      if (request.name === 'receiptPrivacy' && request.withhold === 0) await this.marksInTime();
      const frames = await answerRead(this.options.store, device, request);
      if (isResume) this.options.cells.resumes('told').value++;
      return frames;
    } catch (error) {
      this.options.log(`${request.name} failed: ${(error as Error).message}`);
      return busy();
    }
  }
}
