/**
 * One process's way to Cassandra: prepared, token-aware requests at LOCAL_QUORUM, a stated number in flight and the rest
 * waiting, with a time-out on each. Every statement here may be given twice, so the driver may repeat it.
 */
import { readFileSync } from 'node:fs';
import { auth, Client, type ClientOptions, errors, policies, types } from 'cassandra-driver';
import type { CassandraSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { batchesOf, keysTogether, type PartitionWrite, routingKey } from './cassandra-batches.ts';

export interface CassandraClientOptions {
  /** Requests without an answer; more of them wait. */
  readonly inFlightLimit?: number;
  /** Requests that wait; over it a call is refused. */
  readonly waitingLimit?: number;
  readonly requestDeadlineMs?: number;
  /** A read without an answer for so long is asked of another replica too, where there is one. */
  readonly speculativeAfterMs?: number;
}

export interface CassandraCounts {
  reads: number;
  writes: number;
  failed: number;
  refused: number;
  inFlight: number;
  waiting: number;
}

export type Value = bigint | number | boolean | string | Buffer | undefined;
export type Row = Readonly<Record<string, bigint | number | boolean | string | Buffer | null>>;

export interface Statement {
  readonly query: string;
  readonly params: readonly Value[];
}

const IN_FLIGHT_LIMIT = 256;
const WAITING_LIMIT = 100_000;
const REQUEST_DEADLINE_MS = 10_000;
const CONNECT_DEADLINE_MS = 5_000;
/** The first change of a schema on a busy machine took 10.5 s. */
const SCHEMA_DEADLINE_MS = 60_000;
const SPECULATIVE_AFTER_MS = 100;
const PROBE = 'SELECT key FROM system.local';
const PROBE_MS = 1_000;
const FIRST_RECONNECT_MS = 250;
const LONGEST_RECONNECT_MS = 5_000;

/** Codes after which the same request may succeed. */
const PASSING = new Set<number>([
  types.responseErrorCodes.serverError,
  types.responseErrorCodes.unavailableException,
  types.responseErrorCodes.overloaded,
  types.responseErrorCodes.isBootstrapping,
  types.responseErrorCodes.truncateError,
  types.responseErrorCodes.writeTimeout,
  types.responseErrorCodes.readTimeout,
  types.responseErrorCodes.readFailure,
  types.responseErrorCodes.writeFailure,
]);
const DENIED = new Set<number>([types.responseErrorCodes.badCredentials, types.responseErrorCodes.unauthorized]);

export class CassandraClient {
  readonly counts: CassandraCounts = { reads: 0, writes: 0, failed: 0, refused: 0, inFlight: 0, waiting: 0 };
  readonly keyspace: string;
  private readonly driver: Client;
  private readonly inFlightLimit: number;
  private readonly waitingLimit: number;
  private readonly queue: Array<() => void> = [];
  private queueAt = 0;
  private away: string | undefined;
  private probe: ReturnType<typeof setTimeout> | undefined;
  private isClosed = false;

  private constructor(settings: CassandraSettings, options: CassandraClientOptions) {
    this.keyspace = settings.keyspace;
    this.inFlightLimit = options.inFlightLimit ?? IN_FLIGHT_LIMIT;
    this.waitingLimit = options.waitingLimit ?? WAITING_LIMIT;
    this.driver = new Client(driverOptions(settings, options));
  }

  /** Rejects with BackendError `unavailable` or `denied` when no server is to be had. */
  static async open(settings: CassandraSettings, options: CassandraClientOptions): Promise<CassandraClient> {
    if (!/^[a-z][a-z0-9_]{0,47}$/.test(settings.keyspace))
      throw new BackendError('keyspace', `${settings.keyspace} is no name of a keyspace: a-z, 0-9 and _, at most 48`, false);
    const client = new CassandraClient(settings, options);
    try {
      await client.driver.connect();
      return client;
    } catch (error) {
      await client.close();
      const { code, retryable, message } = asBackendError(error);
      throw new BackendError(code, `no Cassandra at ${settings.contactPoints.join(', ')}: ${message}`, retryable);
    }
  }

  /** Why it can't be used now: by the last request, and while there are none by one a second. */
  get unready(): string | undefined {
    return this.away;
  }

  async read(query: string, params: readonly Value[]): Promise<readonly Row[]> {
    this.counts.reads++;
    const { rows } = await this.run(() => this.driver.execute(query, params as Value[]));
    return rows as unknown as Row[];
  }

  /** Rows of many partitions, their keys the one value of the query (`IN ?`): in as few requests as the same nodes can answer. */
  async readPartitions(query: string, keys: readonly bigint[]): Promise<readonly Row[]> {
    const requests = keysTogether(keys, this.nodesOf());
    const results = await Promise.allSettled(
      requests.map((together) => {
        this.counts.reads++;
        const options = { routingKey: routingKey([together[0]!]) };
        return this.run(() => this.driver.execute(query, [together], options));
      }),
    );
    return results.flatMap((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value.rows as unknown as Row[];
    });
  }

  /** Every row, page by page. */
  async readAll(query: string, params: readonly Value[], pageRows: number): Promise<readonly Row[]> {
    const all: Row[] = [];
    let pageState: string | undefined;
    do {
      this.counts.reads++;
      const options = pageState === undefined ? { fetchSize: pageRows } : { fetchSize: pageRows, pageState };
      const page = await this.run(() => this.driver.execute(query, params as Value[], options));
      for (const row of page.rows) all.push(row as unknown as Row);
      pageState = page.pageState ?? undefined;
    } while (pageState !== undefined);
    return all;
  }

  async write({ query, params }: Statement): Promise<void> {
    this.counts.writes++;
    await this.run(() => this.driver.execute(query, params as Value[]));
  }

  /** Statements that the same nodes keep: they count as one write. */
  async writeTogether(statements: readonly Statement[]): Promise<void> {
    if (statements.length === 1) return this.write(statements[0]!);
    this.counts.writes++;
    const queries = statements.map(({ query, params }) => ({ query, params: params as Value[] }));
    await this.run(() => this.driver.batch(queries, { logged: false, prepare: true, isIdempotent: true }));
  }

  /** In no order, and in as few requests as go to the same nodes; all have ended before the first failure is told. */
  async writePartitions(writes: readonly PartitionWrite[]): Promise<void> {
    const results = await Promise.allSettled(batchesOf(writes, this.nodesOf()).map((batch) => this.writeTogether(batch)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** A statement about the schema, or one that decides (`applied`): rare, slow, not prepared. */
  async change(query: string, params: readonly Value[] = []): Promise<readonly Row[]> {
    try {
      const options = { prepare: params.length > 0, readTimeout: SCHEMA_DEADLINE_MS };
      const { rows } = await this.driver.execute(query, params as Value[], options);
      return (rows ?? []) as unknown as Row[];
    } catch (error) {
      throw asBackendError(error);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.probe);
    await this.driver.shutdown().catch(() => undefined);
  }

  /** One node keeps everything: nothing to tell apart. Sorted, since a ring names the same nodes in another order from each of them on. */
  private nodesOf(): ((key: Buffer) => string) | undefined {
    const { driver, keyspace } = this;
    if (driver.hosts.length <= 1) return undefined;
    return (key) =>
      (driver.getReplicas(keyspace, key) ?? [])
        .map(({ address }) => address)
        .sort()
        .join(' ');
  }

  private async run<Result>(request: () => Promise<Result>): Promise<Result> {
    const { counts } = this;
    if (counts.inFlight < this.inFlightLimit) counts.inFlight++;
    else await this.turn();
    try {
      const result = await request();
      this.away = undefined;
      return result;
    } catch (error) {
      counts.failed++;
      const told = asBackendError(error);
      if (told.code === 'unavailable') this.lost(told.message);
      throw told;
    } finally {
      this.next();
    }
  }

  private lost(reason: string): void {
    const isNew = this.away === undefined;
    this.away = reason;
    if (isNew) this.probeLater();
  }

  private probeLater(): void {
    this.probe = setTimeout(() => {
      this.driver.execute(PROBE, [], { readTimeout: PROBE_MS }).then(
        () => {
          this.away = undefined;
        },
        () => this.away !== undefined && !this.isClosed && this.probeLater(),
      );
    }, PROBE_MS);
  }

  /** Resolves with a place among those in flight, handed on by the one that ends. */
  private turn(): Promise<void> {
    const { counts } = this;
    if (counts.waiting >= this.waitingLimit) {
      counts.refused++;
      throw new BackendError('full', `${counts.waiting} requests wait for Cassandra`, true);
    }
    counts.waiting++;
    return new Promise((resolve) => this.queue.push(resolve));
  }

  private next(): void {
    const { counts, queue } = this;
    const waiter = queue[this.queueAt];
    if (waiter === undefined) {
      counts.inFlight--;
      return;
    }
    this.queueAt++;
    if (this.queueAt === queue.length || this.queueAt >= 4_096) {
      queue.splice(0, this.queueAt);
      this.queueAt = 0;
    }
    counts.waiting--;
    waiter();
  }
}

export function driverOptions(settings: CassandraSettings, options: CassandraClientOptions): ClientOptions {
  return {
    contactPoints: [...settings.contactPoints],
    localDataCenter: settings.dataCenter,
    encoding: { useBigIntAsLong: true, useUndefinedAsUnset: true },
    policies: {
      loadBalancing: new policies.loadBalancing.TokenAwarePolicy(new policies.loadBalancing.DCAwareRoundRobinPolicy(settings.dataCenter)),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(FIRST_RECONNECT_MS, LONGEST_RECONNECT_MS, false),
      speculativeExecution: speculativeReads(options.speculativeAfterMs ?? SPECULATIVE_AFTER_MS),
    },
    queryOptions: { consistency: types.consistencies.localQuorum, prepare: true, isIdempotent: true },
    socketOptions: { connectTimeout: CONNECT_DEADLINE_MS, readTimeout: options.requestDeadlineMs ?? REQUEST_DEADLINE_MS },
    ...security(settings),
  };
}

/** Only reads: a second write of the same costs the disk too, and its time-out is the client's to judge. */
function speculativeReads(afterMs: number): policies.speculativeExecution.SpeculativeExecutionPolicy {
  const twice = new policies.speculativeExecution.ConstantSpeculativeExecutionPolicy(afterMs, 1);
  const never = new policies.speculativeExecution.NoSpeculativeExecutionPolicy();
  return {
    init: () => undefined,
    shutdown: () => undefined,
    getOptions: () => new Map(),
    newPlan: (keyspace, query) => (typeof query === 'string' && query.startsWith('SELECT') ? twice : never).newPlan(keyspace, query),
  };
}

function security({ tls, login }: CassandraSettings) {
  return {
    ...(tls === undefined
      ? {}
      : {
          sslOptions: {
            ca: [readFileSync(tls.authorityFile)],
            rejectUnauthorized: true,
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          },
        }),
    ...(login === undefined
      ? {}
      : { authProvider: new auth.PlainTextAuthProvider(login.user, readFileSync(login.passwordFile, 'utf8').trim()) }),
  };
}

export function asBackendError(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  if (error instanceof errors.NoHostAvailableError) {
    const inner = Object.values(error.innerErrors ?? {}) as Error[];
    const denied = inner.find((one) => isDenied(one));
    if (denied !== undefined) return new BackendError('denied', denied.message, false);
    const reasons = [...new Set(inner.map(({ message }) => message))].join('; ');
    return new BackendError('unavailable', `no server of Cassandra answers: ${reasons || error.message}`, true);
  }
  if (isDenied(error)) return new BackendError('denied', (error as Error).message, false);
  if (error instanceof errors.ResponseError)
    return new BackendError(PASSING.has(error.code) ? 'unavailable' : 'invalid', error.message, PASSING.has(error.code));
  const message = error instanceof Error ? error.message : String(error);
  const passing = error instanceof errors.OperationTimedOutError || error instanceof errors.BusyConnectionError;
  return new BackendError(passing ? 'timedOut' : 'unavailable', message, true, error);
}

function isDenied(error: unknown): boolean {
  return error instanceof errors.AuthenticationError || (error instanceof errors.ResponseError && DENIED.has(error.code));
}
