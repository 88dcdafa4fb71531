/**
 * Push over HTTP/2, as the services of phones speak it: one POST per notice on one connection, so many in flight, each limited
 * in time. What is not answered may have been taken: it is `later`, and the repetition carries the same idempotency key.
 *
 *   POST /v1/notices   idempotency-key: device.conversation.sequence   { device, conversation, sequence }
 *   2xx taken · 410 unregistered · 408, 425, 429, 5xx later (retry-after in seconds counts) · else the request is wrong
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { BackendError } from '../runtime/backend-error.ts';
import { type Push, type PushNotice, type PushResult, pushKey } from './push.ts';

export interface HttpPushOptions {
  /** Scheme, host and port. */
  readonly url: string;
  /** PEM of the authority that the server's certificate must be signed by; without it those of the system. */
  readonly authority?: string;
  /** Value of the `authorization` header. */
  readonly authorization?: string;
  readonly inFlight?: number;
  readonly deadlineMs?: number;
  readonly log: (message: string) => void;
}

export interface HttpPushCounts {
  requests: number;
  taken: number;
  unregistered: number;
  later: number;
  /** Of those that are later: without an answer, so perhaps taken. */
  unknown: number;
}

export const PUSH_PATH = '/v1/notices';
const IN_FLIGHT = 100;
const DEADLINE_MS = 5_000;
const UNKNOWN_AGAIN_MS = 1_000;
const BUSY_AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 3_600_000;
const LATER = new Set([408, 425, 429]);
const TAKEN: PushResult = { kind: 'taken' };

export class HttpPush implements Push {
  readonly counts: HttpPushCounts = { requests: 0, taken: 0, unregistered: 0, later: 0, unknown: 0 };
  private readonly options: HttpPushOptions;
  private readonly waiting: Array<() => void> = [];
  private session: ClientHttp2Session | undefined;
  private flying = 0;
  private closed = false;

  constructor(options: HttpPushOptions) {
    this.options = options;
  }

  /** Rejects with BackendError `refused` when the service does not understand or not allow a request. */
  async send(notices: readonly PushNotice[]): Promise<readonly PushResult[]> {
    const outcomes = await Promise.allSettled(notices.map((notice) => this.one(notice)));
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const go of this.waiting.splice(0)) go();
    this.session?.destroy();
  }

  private async one(notice: PushNotice): Promise<PushResult> {
    const { inFlight = IN_FLIGHT } = this.options;
    while (this.flying >= inFlight && !this.closed) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.closed) throw new BackendError('closed', 'push is closed', false);
    this.flying++;
    try {
      return this.judged(await this.ask(notice));
    } finally {
      this.flying--;
      this.waiting.shift()?.();
    }
  }

  private judged(answer: IncomingHttpHeaders | undefined): PushResult {
    const { counts } = this;
    const status = Number(answer?.[':status'] ?? 0);
    if (status >= 200 && status < 300) {
      counts.taken++;
      return TAKEN;
    }
    if (status === 410) {
      counts.unregistered++;
      return { kind: 'unregistered' };
    }
    if (answer !== undefined && !LATER.has(status) && status < 500) {
      throw new BackendError('refused', `the push service answered ${status}`, false);
    }
    counts.later++;
    if (answer === undefined) counts.unknown++;
    const seconds = Number(answer?.['retry-after'] ?? Number.NaN);
    const asked = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
    return { kind: 'later', retryAfterMs: Math.min(asked ?? (answer === undefined ? UNKNOWN_AGAIN_MS : BUSY_AGAIN_MS), LONGEST_AGAIN_MS) };
  }

  /** The answer's headers, or nothing when there was none in time. */
  private ask(notice: PushNotice): Promise<IncomingHttpHeaders | undefined> {
    const { authorization, deadlineMs = DEADLINE_MS } = this.options;
    this.counts.requests++;
    return new Promise((resolve) => {
      let stream: ClientHttp2Stream;
      let answer: IncomingHttpHeaders | undefined;
      const timer = setTimeout(() => {
        stream?.close(constants.NGHTTP2_CANCEL);
        resolve(undefined);
      }, deadlineMs);
      const end = () => {
        clearTimeout(timer);
        resolve(answer);
      };
      try {
        stream = this.connected().request({
          ':method': 'POST',
          ':path': PUSH_PATH,
          'content-type': 'application/json',
          'idempotency-key': pushKey(notice),
          ...(authorization === undefined ? {} : { authorization }),
        });
      } catch {
        return end();
      }
      stream.on('response', (headers) => {
        answer = headers;
      });
      stream.on('error', end);
      stream.on('close', end);
      stream.resume();
      stream.end(JSON.stringify(notice));
    });
  }

  private connected(): ClientHttp2Session {
    const { url, authority, log } = this.options;
    if (this.session !== undefined && !this.session.closed && !this.session.destroyed) return this.session;
    const session = connect(url, authority === undefined ? {} : { ca: authority });
    session.on('error', (error: Error) => log(`push: ${error.message}`));
    const over = () => {
      if (this.session === session) this.session = undefined;
    };
    session.on('close', over);
    // What is under way ends on it, what comes goes by another.
    session.on('goaway', over);
    session.unref?.();
    this.session = session;
    return session;
  }
}
