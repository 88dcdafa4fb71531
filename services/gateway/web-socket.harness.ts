/**
 * A client's raw socket for tests: it does its own upgrade and framing, so that it can send half a frame, stop reading,
 * ignore a close or leave at any moment. What Parley's frames mean is in `test-client.harness.ts`.
 */
import { randomBytes } from 'node:crypto';

export interface Endpoint {
  readonly port: number;
  readonly tls: boolean;
}

export interface Refusal {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const HEAD_END = '\r\n\r\n';
const NO_CODE = 1005;
const WAIT_MS = 8_000;

/** The text of an upgrade. `headers` replace those of the same name; an empty one leaves it out. */
export function upgradeText(headers: Readonly<Record<string, string>> = {}, path = '/v1'): string {
  const all: Record<string, string> = {
    host: 'localhost',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': 'parley.v1',
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== '');
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** A client's frame: masked. `fin` false for one that is continued. */
export function clientFrame(opcode: number, payload: Uint8Array, fin = true): Uint8Array {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(head + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = (fin ? 0x80 : 0) | opcode;
  frame[1] = 0x80 | (head === 2 ? length : head === 4 ? 126 : 127);
  if (head === 4) view.setUint16(2, length);
  if (head === 10) view.setBigUint64(2, BigInt(length));
  const mask = randomBytes(4);
  frame.set(mask, head);
  for (let at = 0; at < length; at++) frame[head + 4 + at] = payload[at]! ^ mask[at & 3]!;
  return frame;
}

export class WebSocketClient {
  /** The server's refusal of the upgrade, or undefined. */
  refusal: Refusal | undefined;
  upgraded = false;
  subprotocol: string | undefined;
  /** Code of the server's close frame. */
  closeCode: number | undefined;
  closeReason = '';
  /** The TCP connection is over, and how: `end` in order, `reset` or another error. */
  ended: 'end' | 'reset' | undefined;
  pongs = 0;
  /** False: the server's close is not answered, as by a client that hangs. */
  answersClose = true;
  onEnd: () => void = () => undefined;
  onMessage: (message: Uint8Array) => void = () => undefined;
  private socket!: Bun.Socket<undefined>;
  private carry: Buffer = Buffer.alloc(0);
  private parts: Uint8Array[] = [];
  private unsent: Uint8Array[] = [];
  private readonly waiting = new Set<() => void>();

  static async connect({ port, tls }: Endpoint): Promise<WebSocketClient> {
    const client = new WebSocketClient();
    const opened = Promise.withResolvers<void>();
    const connecting = Bun.connect({
      hostname: '127.0.0.1',
      port,
      ...(tls ? { tls: { rejectUnauthorized: false } } : {}),
      socket: {
        open: (socket) => {
          client.socket = socket;
          opened.resolve();
        },
        data: (_socket, chunk) => client.read(chunk),
        drain: () => client.flush(),
        close: (_socket, error) => client.over(error === undefined || error === null ? 'end' : 'reset'),
        error: () => client.over('reset'),
        end: (socket) => {
          socket.end();
        },
        connectError: (_socket, error) => opened.reject(error),
      },
    });
    connecting.catch(() => undefined);
    // The promise of Bun.connect may resolve before a TLS socket is open.
    await opened.promise;
    return client;
  }

  /** Connects and upgrades; fails with the status and error name of a refusal. */
  static async open(endpoint: Endpoint, headers: Readonly<Record<string, string>>): Promise<WebSocketClient> {
    const client = await WebSocketClient.connect(endpoint);
    client.write(upgradeText(headers));
    await client.until(() => client.upgraded || client.refusal !== undefined || client.ended !== undefined, 'an answer to the upgrade');
    if (!client.upgraded) throw new Error(`not upgraded: ${client.refusal?.status} ${client.refusal?.headers.get('parley-error')}`);
    return client;
  }

  write(bytes: Uint8Array | string): void {
    this.unsent.push(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    this.flush();
  }

  /** One binary WebSocket message of these frames. */
  send(...frames: readonly Uint8Array[]): void {
    this.write(clientFrame(OPCODE.binary, Buffer.concat(frames)));
  }

  /** Stops reading: the kernel's buffers fill, then the server's. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Leaves without a word, as a process does that is killed. */
  leave(): void {
    this.socket.terminate();
  }

  close(code = 1000): void {
    this.answersClose = false;
    this.write(clientFrame(OPCODE.close, Uint8Array.of(code >> 8, code & 255)));
  }

  /** Waits until something holds; looks after everything that comes in. */
  async until(holds: () => boolean, what: string | (() => string), limitMs = WAIT_MS): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`waited ${limitMs} ms for ${typeof what === 'string' ? what : what()}; ${this.describe()}`));
      }, limitMs);
      this.waiting.add(look);
    });
  }

  describe(): string {
    return `upgraded ${this.upgraded}, refusal ${this.refusal?.status}, close code ${this.closeCode}, ended ${this.ended}`;
  }

  private flush(): void {
    while (this.unsent.length > 0) {
      const bytes = this.unsent[0]!;
      const taken = Math.max(0, this.socket.write(bytes));
      if (taken < bytes.length) {
        this.unsent[0] = bytes.subarray(taken);
        return;
      }
      this.unsent.shift();
    }
  }

  private over(how: 'end' | 'reset'): void {
    const first = this.ended === undefined;
    this.ended ??= how;
    if (first) this.onEnd();
    this.look();
  }

  private look(): void {
    for (const look of [...this.waiting]) look();
  }

  private read(chunk: Uint8Array): void {
    this.carry = Buffer.concat([this.carry, chunk]);
    if (!this.upgraded && this.refusal === undefined && !this.head()) return;
    if (this.upgraded) while (this.frame());
    this.look();
  }

  private head(): boolean {
    const end = this.carry.indexOf(HEAD_END);
    if (end < 0) return false;
    const [status, ...lines] = this.carry.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const),
    );
    this.carry = this.carry.subarray(end + HEAD_END.length);
    const code = Number(status!.split(' ')[1]);
    if (code === 101) {
      this.upgraded = true;
      this.subprotocol = headers.get('sec-websocket-protocol');
    } else {
      this.refusal = { status: code, headers };
    }
    return true;
  }

  private frame(): boolean {
    const { carry } = this;
    if (carry.length < 2) return false;
    const short = carry[1]! & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (carry.length < head) return false;
    const length = short < 126 ? short : short === 126 ? carry.readUInt16BE(2) : Number(carry.readBigUInt64BE(2));
    if (carry.length < head + length) return false;
    const payload = carry.subarray(head, head + length);
    this.carry = carry.subarray(head + length);
    const opcode = carry[0]! & 15;
    const fin = (carry[0]! & 0x80) !== 0;
    if (opcode === OPCODE.pong) this.pongs++;
    else if (opcode === OPCODE.ping) this.write(clientFrame(OPCODE.pong, payload));
    else if (opcode === OPCODE.close) this.closing(payload);
    else {
      this.parts.push(payload);
      if (!fin) return true;
      const message = Buffer.concat(this.parts);
      this.parts = [];
      this.onMessage(message);
    }
    return true;
  }

  private closing(payload: Buffer): void {
    this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : NO_CODE;
    this.closeReason = payload.toString('utf8', 2);
    if (!this.answersClose) return;
    this.write(clientFrame(OPCODE.close, payload.subarray(0, 2)));
    this.socket.end();
  }
}
