/**
 * A box for tests of the load engine: one process, all in memory, the project's codec on Bun.serve. It orders, delivers
 * and answers as a real box does, keeps every entry so that gaps can be pulled, and can be told to misbehave. It checks no
 * token's signature and proves nothing about a gateway.
 */
import type { ServerWebSocket } from 'bun';
import { decodeAll, encode } from '../../services/protocol/codec.ts';
import { closeCode, ERROR_CODES, type ErrorName } from '../../services/protocol/error-codes.ts';
import { ENTRY_KINDS, FRAMES, HELLO_FLAGS, SUBPROTOCOLS } from '../../services/protocol/frame-table.ts';
import type { Entry, Frame, FrameOf } from '../../services/protocol/frames.ts';
import { type DeviceKey, deviceKey, userOf } from '../../services/protocol/ids.ts';
import type { BoxBuild } from '../../services/runtime/build.ts';

/** How it misbehaves; all optional and changeable while it runs. */
export interface Misbehaviour {
  /** Answers upgrades with this refusal. */
  refuse?: { readonly error: ErrorName; readonly retryMs: number } | undefined;
  /** Closes after the upgrade instead of WELCOME. */
  refuseAfterUpgrade?: ErrorName | undefined;
  /** What really goes to a recipient in place of an entry: none, one or several. */
  deliveries?: ((entry: Entry, recipient: DeviceKey) => readonly Entry[]) | undefined;
  /** Accepts a send but never sequences it. */
  loseAfterAccepting?: ((frame: FrameOf<'send'>) => boolean) | undefined;
  /** Answers a send with an error. */
  refuseSend?: ((frame: FrameOf<'send'>) => ErrorName | undefined) | undefined;
  /** Does not answer pulls. */
  ignorePulls?: boolean;
  /** Called before each send is looked at. */
  beforeSend?: ((sends: number) => void) | undefined;
}

interface Device {
  readonly key: DeviceKey;
  open: boolean;
  flags: number;
}

interface Conversation {
  readonly id: number;
  readonly members: readonly number[];
  readonly entries: Entry[];
}

type Client = ServerWebSocket<Device>;

const FIRST_CONVERSATION = 1_000;

export class FakeBox {
  readonly misbehaviour: Misbehaviour = {};
  /** What it says that it was started from. */
  build: BoxBuild = { parley: '0.0.0', bun: process.versions.bun, sources: ['fake'] };
  readonly counts = { upgrades: 0, refusedUpgrades: 0, hellos: 0, heartbeats: 0, sends: 0, acks: 0, pulls: 0, deliveries: 0 };
  private readonly server;
  private readonly clients = new Map<DeviceKey, Client>();
  private readonly devicesOfUser = new Map<number, Set<DeviceKey>>();
  private readonly conversations = new Map<number, Conversation>();
  private readonly conversationsOfUser = new Map<number, Set<number>>();
  private readonly answers = new Map<string, { readonly conversation: number; readonly sequence: number }>();

  constructor(port = 0, tls?: { readonly cert: string; readonly key: string }) {
    const box = this;
    this.server = Bun.serve<Device>({
      hostname: '0.0.0.0',
      port,
      ...(tls === undefined ? {} : { tls }),
      fetch(request, server) {
        return box.upgrade(request, server);
      },
      websocket: {
        idleTimeout: 0,
        open() {},
        message: (client, message) => this.message(client, message as Buffer),
        close: (client) => {
          if (this.clients.get(client.data.key) === client) this.clients.delete(client.data.key);
        },
      },
    });
  }

  get port(): number {
    return this.server.port!;
  }

  get open(): number {
    return this.clients.size;
  }

  /** Closes the sockets of some devices, or of all. */
  closeClients(code: number, which: (key: DeviceKey) => boolean = () => true): void {
    for (const [key, client] of [...this.clients]) if (which(key)) client.close(code);
  }

  /** Drops the sessions of some devices and keeps their sockets open: heartbeats are answered and counted, nothing is delivered. */
  forget(which: (key: DeviceKey) => boolean): void {
    for (const key of [...this.clients.keys()]) if (which(key)) this.clients.delete(key);
  }

  sendToAll(frame: Frame): void {
    for (const client of this.clients.values()) client.sendBinary(encode(frame));
  }

  stop(): void {
    void this.server.stop(true);
  }

  private upgrade(request: Request, server: Bun.Server<Device>): Response | undefined {
    this.counts.upgrades++;
    const { refuse } = this.misbehaviour;
    if (refuse !== undefined) {
      this.counts.refusedUpgrades++;
      const { httpStatus } = ERROR_CODES[refuse.error] as { httpStatus?: number };
      return new Response('', {
        status: httpStatus ?? 503,
        headers: { 'parley-error': refuse.error, 'parley-retry-ms': String(refuse.retryMs) },
      });
    }
    const token = request.headers.get('authorization')?.slice('Bearer '.length).split('.')[1];
    if (token === undefined) return new Response('', { status: 401, headers: { 'parley-error': 'unauthenticated' } });
    const claims = JSON.parse(Buffer.from(token, 'base64url').toString()) as { sub: string; dev: number };
    const key = deviceKey(Number(claims.sub), claims.dev);
    const options = { data: { key, open: false, flags: 0 }, headers: { 'sec-websocket-protocol': SUBPROTOCOLS[0] } };
    return server.upgrade(request, options) ? undefined : new Response('', { status: 400 });
  }

  private message(client: Client, message: Uint8Array): void {
    const decoded = decodeAll(message);
    if (!decoded.ok) return client.close(closeCode('malformed'));
    for (const frame of decoded.frames) this.frame(client, frame);
  }

  private frame(client: Client, frame: Frame): void {
    if (frame.name === 'hello') return this.hello(client, frame);
    if (!client.data.open) return client.close(closeCode('outOfOrder'));
    switch (frame.name) {
      case 'heartbeat':
        this.counts.heartbeats++;
        if ((client.data.flags & HELLO_FLAGS.answerHeartbeats) !== 0) this.reply(client, { name: 'heartbeatReply' });
        return;
      case 'create':
        return this.create(client, frame);
      case 'send':
        return this.send(client, frame);
      case 'ack':
        this.counts.acks++;
        return;
      case 'pull':
        return this.pull(client, frame);
      case 'resume':
        return this.changed(client, frame.position);
      default:
        return;
    }
  }

  private hello(client: Client, frame: FrameOf<'hello'>): void {
    this.counts.hellos++;
    const { refuseAfterUpgrade } = this.misbehaviour;
    if (refuseAfterUpgrade !== undefined) return client.close(closeCode(refuseAfterUpgrade));
    const user = userOf(client.data.key);
    client.data.open = true;
    client.data.flags = frame.flags;
    this.clients.get(client.data.key)?.close(closeCode('replaced'));
    this.clients.set(client.data.key, client);
    let devices = this.devicesOfUser.get(user);
    if (devices === undefined) {
      devices = new Set();
      this.devicesOfUser.set(user, devices);
    }
    devices.add(client.data.key);
    this.reply(client, {
      name: 'welcome',
      capabilities: 0,
      heartbeatSeconds: frame.heartbeatSeconds,
      serverTimeMs: Date.now(),
      resumeToken: new Uint8Array(0),
    });
    if (frame.position.length > 0 || this.conversationsOfUser.has(user)) this.changed(client, frame.position);
  }

  /** Everything the user has, in one page: the position is the page's time, and older ones are not told apart. */
  private changed(client: Client, _position: Uint8Array): void {
    const changes = [...(this.conversationsOfUser.get(userOf(client.data.key)) ?? [])].map((id) => ({
      conversation: id,
      sequence: this.conversations.get(id)!.entries.length,
    }));
    this.reply(client, { name: 'changed', position: Uint8Array.of(1, 2, 3, 4), more: 0, changes });
  }

  private create(client: Client, frame: FrameOf<'create'>): void {
    const key = `${client.data.key}/${Buffer.from(frame.id).toString('hex')}`;
    const before = this.answers.get(key);
    if (before !== undefined) return this.reply(client, { name: 'created', id: frame.id, conversation: before.conversation });
    const members = [userOf(client.data.key), ...frame.members.map((member) => member.user)];
    const conversation: Conversation = { id: FIRST_CONVERSATION + this.conversations.size, members, entries: [] };
    this.conversations.set(conversation.id, conversation);
    for (const member of members) {
      const ids = this.conversationsOfUser.get(member);
      if (ids === undefined) this.conversationsOfUser.set(member, new Set([conversation.id]));
      else ids.add(conversation.id);
    }
    this.answers.set(key, { conversation: conversation.id, sequence: 1 });
    this.append(client, conversation, frame.id, ENTRY_KINDS.created, 0, new Uint8Array(0));
    this.reply(client, { name: 'created', id: frame.id, conversation: conversation.id });
  }

  private send(client: Client, frame: FrameOf<'send'>): void {
    this.counts.sends++;
    this.misbehaviour.beforeSend?.(this.counts.sends);
    const refusal = this.misbehaviour.refuseSend?.(frame);
    if (refusal !== undefined) {
      const { code } = ERROR_CODES[refusal];
      return this.reply(client, { name: 'error', code, aboutType: FRAMES.send.type, id: frame.id, retryAfterMs: 100, detail: '' });
    }
    this.reply(client, { name: 'accepted', conversation: frame.conversation, id: frame.id });
    if (this.misbehaviour.loseAfterAccepting?.(frame)) return;
    const conversation = this.conversations.get(frame.conversation);
    if (conversation === undefined) {
      const { code } = ERROR_CODES.noConversation;
      return this.reply(client, { name: 'rejected', conversation: frame.conversation, id: frame.id, code, retryAfterMs: 0 });
    }
    const key = `${client.data.key}/${frame.conversation}/${Buffer.from(frame.id).toString('hex')}`;
    const sequence =
      this.answers.get(key)?.sequence ??
      this.append(client, conversation, frame.id, ENTRY_KINDS.message, frame.contentType, frame.bodies[0]!.body);
    this.answers.set(key, { conversation: conversation.id, sequence });
    this.reply(client, { name: 'sequenced', conversation: frame.conversation, id: frame.id, sequence, loggedAtMs: Date.now() });
  }

  private append(client: Client, conversation: Conversation, id: Uint8Array, kind: number, contentType: number, body: Uint8Array): number {
    const entry: Entry = {
      sequence: conversation.entries.length + 1,
      kind,
      sender: client.data.key,
      id: new Uint8Array(id),
      loggedAtMs: Date.now(),
      contentType,
      body: new Uint8Array(body),
    };
    conversation.entries.push(entry);
    for (const member of conversation.members) {
      for (const device of this.devicesOfUser.get(member) ?? []) {
        if (device === client.data.key) continue;
        const recipient = this.clients.get(device);
        if (recipient === undefined) continue;
        for (const sent of this.misbehaviour.deliveries?.(entry, device) ?? [entry]) {
          this.counts.deliveries++;
          this.reply(recipient, { name: 'deliver', conversation: conversation.id, ...sent });
        }
      }
    }
    return entry.sequence;
  }

  private pull(client: Client, frame: FrameOf<'pull'>): void {
    this.counts.pulls++;
    if (this.misbehaviour.ignorePulls === true) return;
    const entries = this.conversations.get(frame.conversation)?.entries.slice(frame.fromSequence - 1, frame.toSequence) ?? [];
    for (const entry of entries) this.reply(client, { name: 'deliver', conversation: frame.conversation, ...entry });
    this.reply(client, { name: 'pulled', conversation: frame.conversation, upToSequence: frame.toSequence, more: 0 });
  }

  private reply(client: Client, frame: Frame): void {
    client.sendBinary(encode(frame));
  }
}
