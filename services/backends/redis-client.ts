/**
 * One process's way to Redis, single or a cluster: pages of commands in one pipeline per node, all of them limited in time and
 * in number. Nothing is sent twice by itself and nothing waits for a server that is away: a command without an answer is an
 * error whose outcome is unknown, and since every command here may be repeated, its caller does so.
 */
import { readFileSync } from 'node:fs';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { BackendError } from '../runtime/backend-error.ts';
import { keySlot } from './key-slot.ts';
import type { RedisSettings } from './settings.ts';

export interface RedisScript {
  /** As what it is called. */
  readonly name: string;
  readonly keys: number;
  readonly lua: string;
}

/** `key` decides the node; it is the first argument too. */
export interface RedisCommand {
  readonly name: string;
  readonly key: string;
  readonly rest?: ReadonlyArray<string | number>;
}

export interface RedisClientOptions {
  readonly scripts: readonly RedisScript[];
  readonly log: (message: string) => void;
  /** A command without an answer for so long has failed; its outcome is unknown. */
  readonly commandDeadlineMs?: number;
  /** Commands without an answer, of the whole process; over it calls are refused. */
  readonly pendingLimit?: number;
  readonly openDeadlineMs?: number;
}

export interface RedisReplies {
  /** In order of the commands. */
  readonly replies: readonly unknown[];
  /** Of what was put before each node's commands: by the key that it is about. */
  readonly before: ReadonlyMap<string, unknown>;
}

export interface RedisCounts {
  commands: number;
  pipelines: number;
  failed: number;
  refused: number;
  pending: number;
  reconnects: number;
}

export const COMMAND_DEADLINE_MS = 2_000;
const PENDING_LIMIT = 100_000;
const OPEN_DEADLINE_MS = 5_000;
/** On top of the driver's own, which does not count for a command that waits for a cluster's map. */
const MARGIN_MS = 500;
const PIPELINE_COMMANDS = 2_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

type Pipeline = Record<string, (...values: ReadonlyArray<string | number>) => unknown> & {
  exec(): Promise<Array<[Error | null, unknown]> | null>;
};

export class RedisClient {
  readonly counts: RedisCounts = { commands: 0, pipelines: 0, failed: 0, refused: 0, pending: 0, reconnects: 0 };
  private readonly driver: Redis | Cluster;
  private readonly options: RedisClientOptions;
  private readonly listeners: Array<() => void> = [];
  private readonly slots = new Map<string, number>();
  private away: BackendError | undefined;

  private constructor(settings: RedisSettings, options: RedisClientOptions) {
    this.options = options;
    this.driver = driverOf(settings, options.commandDeadlineMs ?? COMMAND_DEADLINE_MS, options.scripts);
    let readyBefore = false;
    this.driver.on('ready', () => {
      this.away = undefined;
      if (readyBefore) this.reconnected();
      readyBefore = true;
    });
    // A node that was started again, in a cluster that stands.
    this.driver.on('+node', () => readyBefore && this.reconnected());
    this.driver.on('error', (error: Error) => this.unwell(error));
    this.driver.on('node error', (error: Error) => this.unwell(error));
  }

  /** Rejects with BackendError `unavailable` or `denied` when the server is not to be had in time. */
  static async open(settings: RedisSettings, options: RedisClientOptions): Promise<RedisClient> {
    const client = new RedisClient(settings, options);
    try {
      await within(options.openDeadlineMs ?? OPEN_DEADLINE_MS, client.driver.connect());
      await client.run([{ name: 'exists', key: 'parley' }]);
      return client;
    } catch (error) {
      await client.close();
      // The connection only says that it is closed; why, it said before.
      const { code, retryable, message } = client.away ?? asBackendError(error);
      throw new BackendError(code, `no Redis at ${settings.nodes.join(', ')}: ${message}`, retryable);
    }
  }

  /** Why the server can't be used now. */
  get unready(): string | undefined {
    return this.away?.message;
  }

  /** A connection is there again: meanwhile anything may have happened to the data. */
  onReconnected(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The commands, per node in one go. `before` makes a command that goes ahead of each node's first one, about its key. */
  async run(commands: readonly RedisCommand[], before?: (key: string) => RedisCommand): Promise<RedisReplies> {
    const { counts } = this;
    if (counts.pending + commands.length > (this.options.pendingLimit ?? PENDING_LIMIT)) {
      counts.refused += commands.length;
      throw new BackendError('busy', `${counts.pending} commands wait for Redis`, true);
    }
    counts.pending += commands.length;
    counts.commands += commands.length;
    const replies: unknown[] = new Array(commands.length);
    const asked = new Map<string, unknown>();
    const send = async (indexes: readonly number[]) => {
      const first = commands[indexes[0]!]!.key;
      const ahead = before === undefined ? [] : [before(first)];
      const found = await this.pipeline([...ahead, ...indexes.map((index) => commands[index]!)]);
      if (before !== undefined) asked.set(first, found[0]);
      for (const [place, index] of indexes.entries()) replies[index] = found[place + ahead.length];
    };
    try {
      const parts = [...this.byNode(commands)].map(send);
      const failures = (await Promise.allSettled(parts)).filter((part) => part.status === 'rejected');
      if (failures.length > 0) throw failures[0]!.reason;
    } catch (error) {
      counts.failed += commands.length;
      throw asBackendError(error);
    } finally {
      counts.pending -= commands.length;
    }
    return { replies, before: asked };
  }

  async close(): Promise<void> {
    this.driver.disconnect();
  }

  private *byNode(commands: readonly RedisCommand[]): Iterable<readonly number[]> {
    const nodes = new Map<string, number[]>();
    for (const [index, { key }] of commands.entries()) {
      const node = this.nodeOf(key);
      const its = nodes.get(node);
      if (its === undefined) nodes.set(node, [index]);
      else if (its.push(index) === PIPELINE_COMMANDS) {
        nodes.delete(node);
        yield its;
      }
    }
    yield* nodes.values();
  }

  private nodeOf(key: string): string {
    if (!(this.driver instanceof Cluster)) return '';
    const tag = key.slice(0, key.indexOf('}') + 1);
    let slot = this.slots.get(tag);
    if (slot === undefined) {
      slot = keySlot(key);
      if (tag !== '') this.slots.set(tag, slot);
    }
    return this.driver.slots[slot]?.join() ?? String(slot);
  }

  private async pipeline(commands: readonly RedisCommand[]): Promise<unknown[]> {
    this.counts.pipelines++;
    const pipeline = this.driver.pipeline() as unknown as Pipeline;
    for (const { name, key, rest } of commands) pipeline[name]!(key, ...(rest ?? []));
    const deadlineMs = (this.options.commandDeadlineMs ?? COMMAND_DEADLINE_MS) + MARGIN_MS;
    const results = await within(deadlineMs, pipeline.exec());
    return (results ?? []).map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
  }

  private reconnected(): void {
    this.counts.reconnects++;
    for (const listener of this.listeners) listener();
  }

  private unwell(error: Error): void {
    const known = asBackendError(error);
    if (this.away === undefined) this.options.log(`Redis: ${known.message}`);
    this.away = known;
  }
}

function driverOf(settings: RedisSettings, commandTimeout: number, scripts: readonly RedisScript[]): Redis | Cluster {
  const options = { ...connectionOptions(settings), commandTimeout, scripts: scriptsOf(scripts) };
  if (!settings.cluster) return new Redis({ ...hostOf(settings.nodes[0]!), ...options });
  const { scripts: own, ...redisOptions } = options;
  return new Cluster(settings.nodes.map(hostOf), {
    lazyConnect: true,
    enableOfflineQueue: false,
    slotsRefreshTimeout: commandTimeout,
    slotsRefreshInterval: 5_000,
    clusterRetryStrategy: pauseMs,
    redisOptions,
    scripts: own,
  });
}

/** What each connection has, those of subscribers too. */
export function connectionOptions({ tls, login }: RedisSettings) {
  return {
    lazyConnect: true,
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_DEADLINE_MS,
    retryStrategy: pauseMs,
    ...(tls === undefined
      ? {}
      : { tls: { ca: readFileSync(tls.authorityFile), ...(tls.serverName === undefined ? {} : { servername: tls.serverName }) } }),
    ...(login === undefined ? {} : { username: login.user, password: readFileSync(login.passwordFile, 'utf8').trimEnd() }),
  } satisfies RedisOptions;
}

export function hostOf(node: string): { readonly host: string; readonly port: number } {
  const at = node.lastIndexOf(':');
  return { host: node.slice(0, at), port: Number(node.slice(at + 1)) };
}

function scriptsOf(scripts: readonly RedisScript[]): Record<string, { lua: string; numberOfKeys: number }> {
  return Object.fromEntries(scripts.map(({ name, keys, lua }) => [name, { lua, numberOfKeys: keys }]));
}

function pauseMs(times: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(times, 10), LONGEST_PAUSE_MS);
}

export async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BackendError('timeout', `no answer for ${ms} ms`, true)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Without the driver's error as a cause: that holds the command, and so a password. */
export function asBackendError(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(message)) return new BackendError('denied', message, false);
  const isAnswer = error instanceof Error && error.name === 'ReplyError';
  const passes = /^(LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|READONLY|OOM|MOVED|ASK|NOREPLICAS|MISCONF|UNKILLABLE)/.test(message);
  return new BackendError(isAnswer && !passes ? 'refused' : 'unavailable', message, !isAnswer || passes);
}
