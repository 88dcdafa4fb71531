/** A device in a simulation: the client's state machine with its connection, which it opens again whenever it ends. */
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { DeviceKey } from '../protocol/ids.ts';
import type { Dice, SimEdge } from './box.ts';
import type { SimSocket } from './client-socket.ts';
import { type ClientFlaws, ModelClient } from './model-client.ts';
import type { Oracle } from './oracle.ts';
import { Life, type VirtualTime } from './virtual-time.ts';

const TICK_MS = 250;
const FIRST_BACKOFF_MS = 60;
const LAST_BACKOFF_MS = 1_500;
const REPLACED = ERROR_CODES.replaced.code + 4_000;

export class Device {
  readonly client: ModelClient;
  life: Life;
  private readonly name: string;
  private readonly time: VirtualTime;
  private readonly below: Dice;
  private readonly oracle: Oracle;
  private readonly edges: readonly SimEdge[];
  private socket: SimSocket | undefined;
  private backoffMs = FIRST_BACKOFF_MS;
  private starts = 0;

  constructor(time: VirtualTime, below: Dice, oracle: Oracle, name: string, key: DeviceKey, edges: readonly SimEdge[], flaws: ClientFlaws) {
    this.time = time;
    this.below = below;
    this.oracle = oracle;
    this.name = name;
    this.edges = edges;
    this.client = new ModelClient(time, oracle, key, flaws);
    this.life = this.start();
  }

  start(): Life {
    const life = new Life(`${this.name}/${++this.starts}`);
    this.life = life;
    this.time.after(life, this.below(100), 'start', () => this.connect());
    this.time.after(
      life,
      this.below(TICK_MS),
      'tick',
      () => {
        if (this.client.tick()) this.drop(2_000);
      },
      TICK_MS,
    );
    return life;
  }

  /** The process ends at once. */
  die(): void {
    this.life.alive = false;
    const { socket } = this;
    this.socket = undefined;
    this.client.crashed();
    socket?.drop(this.below(50));
  }

  drop(edgeHearsAfterMs: number): void {
    this.socket?.drop(edgeHearsAfterMs);
  }

  private connect(): void {
    const { life } = this;
    if (this.socket !== undefined) return;
    const edge = this.edges[this.below(this.edges.length)]!;
    let current: SimSocket | undefined;
    const answer = edge.upgrade(this.client.device, {
      life,
      opened: () => undefined,
      received: (message) => {
        if (this.socket === current) this.client.received(message);
        if (this.client.isLive) this.backoffMs = FIRST_BACKOFF_MS;
      },
      ended: (code, reason) => {
        if (this.socket !== current) return;
        this.time.note(() => `${this.name} lost its connection: ${code} ${reason}`);
        if (code === REPLACED) this.oracle.violated(`${this.name} was told that a newer connection replaced its only one`);
        this.socket = undefined;
        this.client.disconnected();
        if (life.alive) this.again(0);
      },
    });
    if (typeof answer === 'number') return this.again(answer);
    current = answer;
    this.socket = answer;
    this.client.opened({ send: (bytes) => answer.fromClient(bytes), leave: () => answer.drop(1) });
  }

  private again(afterMs: number): void {
    this.backoffMs = Math.min(LAST_BACKOFF_MS, this.backoffMs * 2);
    this.time.after(this.life, afterMs + this.backoffMs / 2 + this.below(this.backoffMs), 'connect', () => this.connect());
  }
}
