/** What each attack does with its socket; what must catch it stands in `bounds.ts`. */
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../services/protocol/codec.ts';
import type { Frame } from '../../services/protocol/frames.ts';
import { LIMITS } from '../../services/protocol/limits.ts';
import { binaryFrame } from '../client/client-frame.ts';
import type { Attack } from '../scenario/scenario.ts';
import { MUTE_HEARTBEAT_SECONDS } from './bounds.ts';
import type { RawClient } from './raw-client.ts';

/** What an attack is given. */
export interface AttackTools {
  connect(onFrame?: (frame: Frame) => void): RawClient;
  /** Of a user that nobody else of the run is. */
  token(): string;
  /** Wakes when the part is over. */
  readonly signal: AbortSignal;
}

const TRICKLE_MS = 500;
const PULLS_MS = 100;
const PULLS = 8;
const BODY_BYTES = 60_000;
const NO_POSITION = new Uint8Array(0);

/** Gives the client once it is where its attack begins; what it does from then on goes on by itself until the signal. */
export const ATTACKS_DONE: Readonly<Record<Exclude<Attack, 'flood'>, (tools: AttackTools) => Promise<RawClient>>> = {
  /** Asks for a large message again and again, and reads nothing. */
  deaf: async (tools) => {
    let conversation = 0;
    let stored = false;
    const client = await live(tools, 60, (frame) => {
      if (frame.name === 'created') conversation = frame.conversation;
      if (frame.name === 'sequenced' && frame.sequence > 1) stored = true;
    });
    client.send(encodeFrame('create', { id: randomBytes(16), members: [] }));
    await client.until(() => conversation !== 0);
    const bodies = [{ device: 0, body: randomBytes(BODY_BYTES) }];
    client.send(encodeFrame('send', { conversation, id: randomBytes(16), contentType: 1, bodies }));
    await client.until(() => stored);
    client.deafen();
    const pull = encodeFrame('pull', { conversation, fromSequence: 2, toSequence: 2 });
    every(tools.signal, PULLS_MS, client, () => client.write(Buffer.concat(Array.from({ length: PULLS }, () => binaryFrame(pull)))));
    return client;
  },
  /** A session whose device is gone: it never beats. */
  mute: (tools) => live(tools, MUTE_HEARTBEAT_SECONDS),
  noHello: async (tools) => {
    const client = tools.connect();
    await client.open(tools.token());
    return client;
  },
  halfOpen: async (tools) => tools.connect(),
  trickle: async (tools) => {
    const client = tools.connect();
    client.write('GET /v1 HTTP/1.1\r\nx: ');
    every(tools.signal, TRICKLE_MS, client, () => client.write('a'));
    return client;
  },
  oversize: async (tools) => {
    const client = await live(tools, 60);
    client.write(binaryFrame(new Uint8Array(LIMITS.webSocketMessageBytes.value + 1)));
    return client;
  },
};

async function live(tools: AttackTools, heartbeatSeconds: number, onFrame: (frame: Frame) => void = () => {}): Promise<RawClient> {
  let welcome = false;
  const client = tools.connect((frame) => {
    if (frame.name === 'welcome') welcome = true;
    onFrame(frame);
  });
  if (!(await client.open(tools.token()))) return client;
  client.send(encodeFrame('hello', { capabilities: 0, heartbeatSeconds, flags: 0, position: NO_POSITION }));
  await client.until(() => welcome);
  return client;
}

function every(signal: AbortSignal, ms: number, client: RawClient, action: () => void): void {
  const timer = setInterval(() => {
    if (signal.aborted || client.endedMs !== undefined) clearInterval(timer);
    else action();
  }, ms);
}
