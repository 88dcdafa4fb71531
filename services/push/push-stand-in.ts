/**
 * Stands in for the push services of phones, for tests and for a box on one machine: checks each request, counts what was
 * told twice under one key, and answers as it is bid. Keeps so many keys.
 */
import { createServer, type Http2Server, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type PushNotice, pushKey } from './push.ts';
import { PUSH_PATH } from './push-http.ts';

export interface StandInAnswer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  /** The notice is taken, and its sender never hears of it. */
  readonly silent?: boolean;
}

export interface PushStandInOptions {
  readonly port?: number;
  /** `told`: how often this notice came before. Without it all is taken. */
  readonly answer?: (notice: PushNotice, told: number) => StandInAnswer;
  readonly mostKeys?: number;
}

const TAKEN: StandInAnswer = { status: 200 };
const MOST_KEYS = 1_000_000;
const MOST_BODY_BYTES = 4_096;

export class PushStandIn {
  /** How often each notice was told. */
  readonly told = new Map<string, number>();
  /** What was wrong with requests, the last hundred. */
  readonly wrong: string[] = [];
  duplicates = 0;
  mostAtOnce = 0;
  private readonly options: PushStandInOptions;
  private readonly server: Http2Server;
  private readonly sessions = new Set<Http2Session>();
  private atOnce = 0;

  private constructor(options: PushStandInOptions) {
    this.options = options;
    this.server = createServer();
    this.server.on('session', (session) => {
      this.sessions.add(session);
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => undefined);
    });
    this.server.on('stream', (stream, headers) => this.take(stream as ServerHttp2Stream, headers));
  }

  static async start(options: PushStandInOptions = {}): Promise<PushStandIn> {
    const standIn = new PushStandIn(options);
    await new Promise<void>((resolve) => standIn.server.listen(options.port ?? 0, '127.0.0.1', () => resolve()));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const session of this.sessions) session.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
  }

  private take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    stream.on('close', () => this.atOnce--);
    stream.on('error', () => undefined);
    let body = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      if (body.length <= MOST_BODY_BYTES) body += text;
    });
    stream.on('end', () => {
      const notice = readNotice(headers, body);
      if (typeof notice === 'string') {
        this.wrong.push(notice);
        if (this.wrong.length > 100) this.wrong.shift();
        return respond(stream, { status: 400 });
      }
      const key = pushKey(notice);
      const before = this.told.get(key) ?? 0;
      if (before > 0) this.duplicates++;
      if (before > 0 || this.told.size < (this.options.mostKeys ?? MOST_KEYS)) this.told.set(key, before + 1);
      const answer = this.options.answer?.(notice, before) ?? TAKEN;
      if (answer.silent !== true) respond(stream, answer);
    });
  }
}

/** The notice, or what is wrong with the request. */
function readNotice(headers: IncomingHttpHeaders, body: string): PushNotice | string {
  if (headers[':method'] !== 'POST') return `method ${headers[':method']}`;
  if (headers[':path'] !== PUSH_PATH) return `path ${headers[':path']}`;
  if (headers['content-type'] !== 'application/json') return `content-type ${headers['content-type']}`;
  let notice: PushNotice;
  try {
    notice = JSON.parse(body) as PushNotice;
  } catch {
    return 'the body is no JSON';
  }
  const { device, conversation, sequence } = notice;
  if (![device, conversation, sequence].every((value) => Number.isSafeInteger(value) && value >= 0)) return 'the body is no notice';
  if (Object.keys(notice).length !== 3) return 'the body holds more than a notice: content is not to be pushed';
  if (headers['idempotency-key'] !== pushKey(notice)) return 'the idempotency key is not that of the notice';
  return notice;
}

function respond(stream: ServerHttp2Stream, { status, retryAfterSeconds }: StandInAnswer): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': status, ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }) });
  stream.end();
}
