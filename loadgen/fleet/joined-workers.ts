/**
 * Workers that join from other machines: a place that listens, takes those of the right build until so many machines are
 * whole, then gives them out by name of machine and number, the same for the same machines. Whoever comes later, or is of
 * another build, or has a name that is taken, is refused and told why.
 */
import { BackendError } from '../../services/runtime/backend-error.ts';
import { type Build, differenceOf } from '../../services/runtime/build.ts';
import { type Peer, type PeerEvents, servePeers } from '../../services/runtime/peer-link.ts';
import type { Listening } from '../../services/runtime/tcp.ts';
import type { WorkerChannel, WorkerEvents, WorkerPlace } from '../coordinator/worker-channel.ts';
import { ownBuild } from './build.ts';
import { JoinedChannel } from './joined-channel.ts';
import { type Joining, pushSaid, readFrame } from './link-frames.ts';

export interface JoinedWorkersOptions {
  readonly host: string;
  readonly port: number;
  /** Known to all workers. */
  readonly secret: Uint8Array;
  /** Machines to wait for. */
  readonly hosts: number;
  readonly say: (text: string) => void;
  readonly build?: Build;
  /** After which a worker that says nothing is lost. */
  readonly silentMs?: number;
}

export const MOST_WORKERS_OF_A_HOST = 1_024;
const MOST_HOSTS = 10_000;

export class JoinedWorkers implements WorkerPlace {
  private readonly options: JoinedWorkersOptions;
  private readonly build: Build;
  private readonly listening: Listening;
  private readonly waiting = new Map<string, Map<number, JoinedChannel>>();
  private chosen: readonly JoinedChannel[] | undefined;
  private whole: (() => void) | undefined;

  constructor(options: JoinedWorkersOptions) {
    this.options = options;
    this.build = options.build ?? ownBuild();
    this.listening = servePeers({
      host: options.host,
      port: options.port,
      secret: options.secret,
      onPeer: (peer) => this.peer(peer),
      log: (text) => options.say(`a worker’s link: ${text}`),
    });
  }

  get port(): number {
    return this.listening.port;
  }

  /** Resolves with the number of workers once all machines are whole; throws BackendError when they are not in time. */
  async all(limitMs: number, signal: AbortSignal): Promise<number> {
    const whole = new Promise<boolean>((resolve) => {
      this.whole = () => {
        if (this.wholeHosts.length >= this.options.hosts) resolve(true);
      };
      signal.addEventListener('abort', () => resolve(false), { once: true });
      this.whole();
    });
    if (!(await Promise.race([whole, Bun.sleep(limitMs).then(() => false)]))) {
      const joined = this.wholeHosts;
      const partly = this.waiting.size - joined.length;
      const text = `${joined.length} of ${this.options.hosts} worker hosts joined${partly > 0 ? `, ${partly} more in part` : ''}`;
      throw new BackendError(
        'hostsMissing',
        `${text} ${signal.aborted ? 'before it was interrupted' : `in ${limitMs / 1_000} s`}; nothing was sent`,
        false,
      );
    }
    const names = this.wholeHosts.toSorted().slice(0, this.options.hosts);
    this.chosen = names.flatMap((name) =>
      [...this.waiting.get(name)!.values()].toSorted((one, other) => one.joining.slot - other.joining.slot),
    );
    for (const [name, channels] of this.waiting) if (!names.includes(name)) for (const channel of channels.values()) channel.refuse(ENOUGH);
    return this.chosen.length;
  }

  open(index: number, events: WorkerEvents): WorkerChannel {
    const channel = this.chosen?.[index];
    if (channel === undefined) throw new Error(`no worker ${index} joined`);
    channel.taken(events);
    return channel;
  }

  /** Whoever waits in vain is told so. */
  close(): void {
    for (const channels of this.waiting.values()) for (const channel of [...channels.values()]) channel.refuse('the coordinator has ended');
    this.listening.close();
  }

  private get wholeHosts(): readonly string[] {
    return [...this.waiting].filter(([, workers]) => workers.size === workers.values().next().value!.joining.workers).map(([name]) => name);
  }

  private peer(peer: Peer): PeerEvents {
    let channel: JoinedChannel | undefined;
    return {
      onFrame: (frame) => {
        if (channel !== undefined) return channel.peerEvents.onFrame(frame);
        const received = readFrame(frame);
        if (received.kind === 'alive') return;
        const joining = received.kind === 'say' ? readJoining(received.said) : undefined;
        const refusal = joining === undefined ? 'it did not say who it is' : this.refusalOf(joining);
        if (joining === undefined || refusal !== undefined) {
          this.options.say(`worker host ${joining?.host ?? '(unknown)'} was refused: ${refusal}`);
          pushSaid(peer.stream, { type: 'refused', reason: refusal ?? '' });
          peer.stream.flush();
          return peer.close();
        }
        channel = this.take(peer, joining);
      },
      onClose: (reason) => channel?.peerEvents.onClose(reason),
    };
  }

  private take(peer: Peer, joining: Joining): JoinedChannel {
    const { host, slot, workers } = joining;
    const channel = new JoinedChannel(peer, joining, this.options.silentMs);
    const others = this.waiting.get(host) ?? new Map<number, JoinedChannel>();
    this.waiting.set(host, others.set(slot, channel));
    channel.onLost = () => {
      others.delete(slot);
      if (others.size === 0 && this.waiting.get(host) === others) this.waiting.delete(host);
      if (this.chosen === undefined) this.options.say(`worker host ${host} lost worker ${slot} before the run began`);
    };
    pushSaid(peer.stream, { type: 'joined' });
    if (others.size === workers) {
      this.options.say(`worker host ${host} joined with ${workers} workers: ${this.wholeHosts.length} of ${this.options.hosts} hosts`);
      this.whole?.();
    }
    return channel;
  }

  private refusalOf({ host, slot, workers, build }: Joining): string | undefined {
    const difference = differenceOf(this.build, build);
    if (difference !== undefined) return difference;
    if (this.chosen !== undefined) return ENOUGH;
    const others = this.waiting.get(host);
    if (others === undefined && this.waiting.size >= MOST_HOSTS) return ENOUGH;
    const taken = others?.has(slot) === true || (others !== undefined && others.values().next().value!.joining.workers !== workers);
    return taken ? `a worker host named ${host} has joined already; --name gives it another name` : undefined;
  }
}

const ENOUGH = 'the run has its worker hosts';

function readJoining(said: { readonly type: string }): Joining | undefined {
  if (said.type !== 'join') return undefined;
  const { host, slot, workers } = said as Joining;
  if (typeof host !== 'string' || !/^[\w.-]{1,253}$/.test(host)) return undefined;
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > MOST_WORKERS_OF_A_HOST) return undefined;
  return Number.isSafeInteger(slot) && slot >= 0 && slot < workers ? (said as Joining) : undefined;
}
