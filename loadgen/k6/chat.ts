/**
 * A script for k6: pairs of users who hold a connection each and talk. For teams that run k6 already; the project's own engine
 * says more (due times, ledgers, lateness). A pair is one VU, so that a delivery is timed by one clock. Latency counts from the
 * time a message is due. Bundled with the project's codec: `parley k6 --out chat.js`.
 */
import './text-coding.ts';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import { decode, encodeFrame } from '../../services/protocol/codec.ts';
import { SUBPROTOCOLS } from '../../services/protocol/frame-table.ts';
import type { Frame } from '../../services/protocol/frames.ts';
import { resumeToken } from './resume-token.ts';

/** Of k6's init context. */
declare const __ENV: Readonly<Record<string, string | undefined>>;
declare function open(path: string, mode: 'b'): ArrayBuffer;

const number = (name: string, fallback: number): number => Number(__ENV[name] ?? fallback);

const URL = __ENV.PARLEY_URL ?? 'wss://localhost:8443/v1';
const PAIRS = number('PARLEY_PAIRS', 100);
const FIRST_USER = number('PARLEY_FIRST_USER', 1_000_000);
const HOLD_SECONDS = number('PARLEY_HOLD_SECONDS', 60);
const RAMP_SECONDS = number('PARLEY_RAMP_SECONDS', 10);
const SECONDS_BETWEEN = number('PARLEY_SECONDS_BETWEEN_SENDS', 10);
const BODY_BYTES = number('PARLEY_BODY_BYTES', 200);
const PERIOD_SECONDS = number('PARLEY_RESUME_KEY_SECONDS', 900);
const SECRET = open(__ENV.PARLEY_REGION_SECRET_FILE ?? '/etc/parley/region/secret', 'b');
const HEARTBEAT_SECONDS = 30;
const QUIET_MS = 2_000;

export const options = {
  scenarios: {
    pairs: { executor: 'per-vu-iterations', vus: PAIRS, iterations: 1, maxDuration: `${RAMP_SECONDS + HOLD_SECONDS + 60}s` },
  },
  insecureSkipTLSVerify: __ENV.PARLEY_SKIP_TLS_VERIFY === 'true',
  thresholds: { parley_accepted: ['p(99)<200'], parley_delivered: ['p(99)<500'], parley_lost: ['count==0'] },
};

const acceptedMs = new Trend('parley_accepted', true);
const deliveredMs = new Trend('parley_delivered', true);
const opened = new Counter('parley_opened');
const sent = new Counter('parley_sent');
const rejected = new Counter('parley_rejected');
const failed = new Counter('parley_failed');
const lost = new Counter('parley_lost');

interface Session {
  readonly socket: WebSocket;
  send(frame: Uint8Array): void;
}

/** A user's connection, from HELLO on. */
function session(user: number, onFrame: (frame: Frame, session: Session) => void): Session {
  const token = resumeToken(SECRET, user, PERIOD_SECONDS, Date.now());
  const headers = { Authorization: `Bearer ${token}`, 'Sec-WebSocket-Protocol': SUBPROTOCOLS[0] };
  const socket = new WebSocket(URL, null, { headers });
  socket.binaryType = 'arraybuffer' as typeof socket.binaryType;
  const send = (frame: Uint8Array) => socket.send(frame.buffer.slice(frame.byteOffset, frame.byteOffset + frame.byteLength) as ArrayBuffer);
  const own: Session = { socket, send };
  let beats: ReturnType<typeof setInterval> | undefined;
  socket.onopen = () => {
    opened.add(1);
    send(encodeFrame('hello', { capabilities: 0, heartbeatSeconds: HEARTBEAT_SECONDS, flags: 0, position: new Uint8Array(0) }));
    beats = setInterval(() => send(encodeFrame('heartbeat', {})), HEARTBEAT_SECONDS * 1_000);
  };
  socket.onmessage = (event) => {
    const bytes = new Uint8Array(event?.data as ArrayBuffer);
    for (let at = 0; at < bytes.length; ) {
      const decoded = decode(bytes, at);
      if (!decoded.ok) {
        failed.add(1);
        return socket.close();
      }
      if (decoded.frame !== undefined) onFrame(decoded.frame, own);
      at = decoded.next;
    }
  };
  socket.onerror = () => failed.add(1);
  socket.onclose = () => clearInterval(beats);
  return own;
}

export default function pair(): void {
  const first = FIRST_USER + 2 * exec.vu.idInTest;
  // The whole of the ramp is spread evenly, in the order of the VUs.
  setTimeout(() => talk(first, first + 1), ((exec.vu.idInTest - 1) / PAIRS) * RAMP_SECONDS * 1_000);
}

function talk(speaker: number, listener: number): void {
  /** When each was due; out of it once it has arrived. */
  const due = new Map<string, number>();
  const accepted = new Set<string>();
  let conversation = 0;
  const listening = session(listener, (frame, { send }) => {
    if (frame.name === 'changed' && conversation === 0) speaking ??= start();
    if (frame.name !== 'deliver') return;
    const key = keyOf(frame.id);
    const dueMs = due.get(key);
    if (dueMs !== undefined) deliveredMs.add(Date.now() - dueMs);
    due.delete(key);
    send(encodeFrame('ack', { conversation: frame.conversation, sequence: frame.sequence }));
  });
  let speaking: Session | undefined;
  const start = () =>
    session(speaker, (frame, { send }) => {
      const dueMs = 'id' in frame ? due.get(keyOf(frame.id)) : undefined;
      if (frame.name === 'changed' && conversation === 0) {
        send(encodeFrame('create', { id: newId(), members: [{ user: listener }] }));
      } else if (frame.name === 'created') {
        conversation = frame.conversation;
        say();
      } else if (frame.name === 'accepted' && dueMs !== undefined && !accepted.has(keyOf(frame.id))) {
        accepted.add(keyOf(frame.id));
        acceptedMs.add(Date.now() - dueMs);
      } else if (frame.name === 'rejected') {
        due.delete(keyOf(frame.id));
        rejected.add(1);
      }
    });

  function say(): void {
    const beginMs = Date.now();
    let count = 0;
    const timer = setInterval(() => {
      while (beginMs + count * SECONDS_BETWEEN * 1_000 <= Date.now()) {
        const id = newId();
        due.set(keyOf(id), beginMs + count++ * SECONDS_BETWEEN * 1_000);
        sent.add(1);
        speaking!.send(
          encodeFrame('send', { conversation, id, contentType: 0, bodies: [{ device: 0, body: new Uint8Array(BODY_BYTES) }] }),
        );
      }
    }, 10);
    setTimeout(() => {
      clearInterval(timer);
      setTimeout(end, QUIET_MS);
    }, HOLD_SECONDS * 1_000);
  }

  function end(): void {
    lost.add(due.size);
    speaking?.socket.close();
    listening.socket.close();
  }
}

function newId(): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
}

function keyOf(id: Uint8Array): string {
  return id.join(',');
}
