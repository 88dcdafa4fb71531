/**
 * What the files of `capacity/measurements/` say of coefficients. A file is known by its fields; each line of a table names the
 * coefficient and how its value is read. A value that was measured once has no error of its own.
 */
import {
  amount,
  type Invalid,
  instant,
  isInvalid,
  list,
  map,
  object,
  optional,
  type Reader,
  readShape,
  signed,
  text,
} from '../json-shape.ts';
import type { CoefficientKey } from '../model/coefficients.ts';
import { CASSANDRA_COEFFICIENTS } from '../model/coefficients-cassandra.ts';
import { DISPATCH_COEFFICIENTS } from '../model/coefficients-dispatch.ts';
import type { Observation, Observed, PassedOver } from './observation.ts';

/** Undefined: the document is none of these. */
export function observedInMeasurement(document: unknown, record: string): Observed | Invalid | undefined {
  const fields = typeof document === 'object' && document !== null ? document : {};
  const known = KINDS.find(({ field }) => field in fields);
  if (known === undefined) return undefined;
  const read = readShape(known.reader as Reader<{ measuredAt: string }>, document, '');
  if (isInvalid(read)) return read;
  const { values, passedOver } = known.of(read as never);
  const observations = values.flatMap(([key, value]): Observation[] =>
    value === undefined || !(value > 0) ? [] : [{ key, value, by: known.by, record, date: read.measuredAt.slice(0, 10) }],
  );
  const missing = values.filter(([, value]) => value === undefined || !(value > 0));
  return {
    observations,
    passedOver: [
      ...missing.map(([key]): PassedOver => ({ record, what: key, because: 'the file has no such row, or nothing above 0 in it' })),
      ...passedOver.map(([what, because]): PassedOver => ({ record, what, because })),
    ],
  };
}

interface Found {
  readonly values: ReadonlyArray<readonly [CoefficientKey, number | undefined]>;
  readonly passedOver: ReadonlyArray<readonly [what: string, because: string]>;
}
interface Kind<T> {
  readonly field: string;
  readonly by: string;
  readonly reader: Reader<T>;
  of(read: T): Found;
}
const kind = <T>(one: Kind<T>): Kind<never> => one as Kind<never>;

interface StoreCost {
  readonly operation: string;
  readonly clientUs: number;
  readonly serverUs: number;
  readonly requests: number;
}
const storeCost = object<StoreCost>({ operation: text, clientUs: amount, serverUs: amount, requests: amount });

interface StoreFile {
  readonly measuredAt: string;
  readonly costs: readonly StoreCost[];
  readonly layouts: ReadonlyArray<{ readonly layout: string; readonly newestRead: StoreCost }>;
  readonly disk?: readonly DiskRow[];
  readonly runs?: { readonly fits: readonly MessageFit[] };
}

interface MessageFit {
  readonly side: string;
  readonly usPerMessage: number;
  readonly usPerRequest: number;
  readonly usPerRow: number;
}

interface DiskRow {
  readonly table: string;
  readonly bytesPerRow: number;
  readonly bodyBytes: number;
}

const STORE = kind({
  field: 'layouts',
  by: 'parley store-costs',
  reader: object<StoreFile>({
    measuredAt: instant,
    costs: list(storeCost),
    layouts: list(object<StoreFile['layouts'][number]>({ layout: text, newestRead: storeCost })),
    runs: optional(
      object<{ fits: readonly MessageFit[] }>({
        fits: list(object<MessageFit>({ side: text, usPerMessage: amount, usPerRequest: amount, usPerRow: amount })),
      }),
    ),
    disk: optional(list(object<DiskRow>({ table: text, bytesPerRow: amount, bodyBytes: amount }))),
  }),
  of: ({ costs, layouts, disk, runs }) => {
    const onDisk = (table: string) => disk?.find((one) => one.table === table);
    const message = onDisk('messages_by_conversation');
    const cost = (operation: string) => costs.find((one) => one.operation === operation);
    const fit = (side: string) => runs?.fits.find((one) => one.side === side);
    const [client, server] = [fit('client'), fit('server')];
    const both = (shape: string, of: (one: StoreCost) => number) =>
      middle([cost(`${shape}, 1:1`), cost(`${shape}, group of 10`)].map((one) => one && of(one)));
    // Beside its requests, which the law of runs counts.
    const receipt = (us: (one: StoreCost) => number, usPerRequest: number) =>
      both('receipt', (one) => us(one) - one.requests * usPerRequest);
    return {
      values: [
        ['dispatchStoreUsPerMessage', client?.usPerMessage],
        ['dispatchStoreUsPerRow', client?.usPerRow],
        ['cassandraUsPerMessage', server?.usPerMessage],
        ['cassandraUsPerRow', server?.usPerRow],
        ['cassandraUsPerReceipt', receipt((one) => one.serverUs, CASSANDRA_COEFFICIENTS.cassandraUsPerRequest.mid)],
        ['dispatchReceiptUs', receipt((one) => one.clientUs, DISPATCH_COEFFICIENTS.dispatchStoreUsPerRequest.mid)],
        ['cassandraUsPerResume', both('device that resumes', (one) => one.serverUs)],
        ['cassandraUsPerList', both('list', (one) => one.serverUs)],
        ['cassandraUsPerHistory', layouts.find(({ layout }) => layout === 'own')?.newestRead.serverUs],
        ['cassandraRowBytes', message && message.bytesPerRow - message.bodyBytes],
        ['cassandraListRowBytes', onDisk('user_conversations')?.bytesPerRow],
        ['cassandraReceiptRowBytes', onDisk('receipts')?.bytesPerRow],
      ],
      passedOver:
        runs === undefined
          ? []
          : [['a request to the store', 'one at a time it costs many times what it does among hundreds: the table has both']],
    };
  },
});

interface RedisRow {
  readonly operation: string;
  readonly page: number;
  readonly clientUs: number;
  readonly serverUs: number;
}

const REDIS = kind({
  field: 'subscriptions',
  by: 'parley redis-costs',
  reader: object<{ measuredAt: string; rows: readonly RedisRow[]; subscriptions: { bytesPerChannel: number } }>({
    measuredAt: instant,
    rows: list(object<RedisRow>({ operation: text, page: amount, clientUs: amount, serverUs: amount })),
    subscriptions: object<{ bytesPerChannel: number }>({ bytesPerChannel: amount }),
  }),
  of: ({ rows, subscriptions }) => {
    const row = (operation: string, page: number) => rows.find((one) => one.operation === operation && one.page === page);
    return {
      values: [
        ['redisUsPerRead', row('read of a user who is there', 100)?.serverUs],
        ['redisUsPerReadAlone', row('read of a user who is there', 1)?.serverUs],
        ['redisUsPerPut', row('put of a route', 100)?.serverUs],
        ['redisUsPerRemove', row('remove of a route', 100)?.serverUs],
        ['redisUsPerTransition', row('come or gone told', 100)?.serverUs],
        ['redisUsPerTyping', row('typing told', 1)?.serverUs],
        ['redisUsPerLease', row('renewal of a lease', 1)?.serverUs],
        ['redisUsPerNaiveRefresh', row('refresh of a naive key', 100)?.serverUs],
        ['redisUsPerNaiveRead', row('read of a naive key', 100)?.serverUs],
        ['redisChannelBytes', subscriptions.bytesPerChannel],
        ['dispatchRouteUsPerUser', row('read of a user who is there', 100)?.clientUs],
        ['relayUsPerRoute', row('put of a route', 100)?.clientUs],
      ],
      passedOver: [],
    };
  },
});

interface Fit {
  readonly driver: string;
  readonly side: string;
  readonly usPerRequest: number;
  readonly usPerPartition: number;
  readonly usPerRecord: number;
}

const BATCHING = kind({
  field: 'fits',
  by: 'parley batching',
  reader: object<{ measuredAt: string; fits: readonly Fit[] }>({
    measuredAt: instant,
    fits: list(object<Fit>({ driver: text, side: text, usPerRequest: signed, usPerPartition: signed, usPerRecord: signed })),
  }),
  of: ({ fits }) => {
    const fit = (side: string) => fits.find((one) => one.driver === 'platformatic' && one.side === side);
    const [client, broker] = [fit('client'), fit('broker')];
    return {
      values: [
        ['kafkaBrokerUsPerRequest', broker?.usPerRequest],
        ['kafkaBrokerUsPerBatch', broker?.usPerPartition],
        ['kafkaBrokerUsPerRecord', broker?.usPerRecord],
        ['dispatchClientUsPerRequest', client?.usPerRequest],
        ['dispatchClientUsPerBatch', client?.usPerPartition],
        ['dispatchClientUsPerRecord', client?.usPerRecord],
      ],
      passedOver: [],
    };
  },
});

interface FollowerRow {
  readonly replicas: number;
}

const FOLLOWERS = kind({
  field: 'usPerBatch',
  by: 'parley batching --followers',
  reader: object<{ measuredAt: string; rows: readonly FollowerRow[]; usPerSecond: number; usPerBatch: number }>({
    measuredAt: instant,
    rows: list(object<FollowerRow>({ replicas: amount })),
    usPerSecond: signed,
    usPerBatch: signed,
  }),
  of: ({ rows, usPerSecond, usPerBatch }) => {
    // On as many brokers as replicas: each follows every other, so the two followers of a record are three times two pairs.
    const replicas = Math.max(...rows.map((row) => row.replicas));
    return {
      values: [
        ['kafkaFollowerCores', usPerSecond / 1e6 / replicas],
        ['kafkaFollowerUsPerBatch', usPerBatch],
      ],
      passedOver: [],
    };
  },
});

const REAL_MESSAGE = kind({
  field: 'parts',
  by: 'parley bench',
  reader: object<{ measuredAt: string; parts: Readonly<Record<string, unknown>> }>({ measuredAt: instant, parts: map((value) => value) }),
  of: ({ parts }) => ({
    values: [],
    passedOver: Object.keys(parts).map((part): readonly [string, string] => [
      `a message at ${part}`,
      'it is a sum of several coefficients, which one figure can’t tell apart',
    ]),
  }),
});

const KINDS: readonly Kind<never>[] = [STORE, REDIS, BATCHING, FOLLOWERS, REAL_MESSAGE];

function middle(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
