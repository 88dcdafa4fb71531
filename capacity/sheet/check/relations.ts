/**
 * How the quantities of a sheet hang together, as a table: each relation says that one is the product of others. Where people compute
 * it in more than one honest way (logical or replicated bytes, users of a day or of a month), each way is an option, and the relation
 * holds if one does. An option that would hide a real slip is closed by `unless`: who has a row "devices per user" multiplies by it.
 */
import { FLOWS, STOCKS } from './vocabulary.ts';

export interface Option {
  /** Keys with their exponents; `^peak` marks a rate at the peak. */
  readonly terms: readonly (readonly [key: string, exponent: 1 | -1])[];
  readonly constant?: number;
  /** Not an option where one of these stands in the sheet. */
  readonly unless?: readonly string[];
  /** How many times larger the output may be for spare, rounding up or overhead; 1 where it must be equal. */
  readonly spare?: number;
  /** How many times smaller it may be; for bounds. */
  readonly short?: number;
}

export interface Relation {
  readonly id: string;
  readonly output: string;
  readonly options: readonly Option[];
  /** Only says what can't be, not what it is: never a derivation. */
  readonly bound: boolean;
}

const SPARE_MACHINES = 1.6;
/** Partitions are rounded up to powers of two and for years of growth. */
const SPARE_PARTITIONS = 8;
/** Framing, headers and TLS come on top of the bytes of a message. */
const OVERHEAD = 1.6;
const ANY = Number.POSITIVE_INFINITY;
/** Nobody plans for a peak above this many times the mean, or for more devices of a user. */
const HIGHEST_PEAK = 50;
const MOST_DEVICES = 10;

const USER_KEYS = ['user:daily', 'user', 'user:monthly', 'user:registered'] as const;

export const RELATIONS: readonly Relation[] = [
  ...[...FLOWS, 'connect', 'bytes:stored', 'bytes:traffic'].flatMap(ofFlow),
  ...FLOWS.filter((flow) => flow !== 'message').flatMap(ofRatio),
  ...['gateway', 'partition', 'broker', 'node', 'shard', 'server', 'cell', 'region', 'core'].flatMap(ofEntity),
  ...users(),
  ...bytes(),
  ...connections(),
  ...money(),
];

type Term = readonly [key: string, exponent: 1 | -1];

function equal(id: string, output: string, ...options: readonly (Option | readonly Term[])[]): Relation {
  return { id, output, options: options.map(asOption), bound: false };
}

function atMost(id: string, output: string, terms: readonly Term[], short = ANY, constant = 1): Relation {
  return { id, output, options: [{ terms, short, constant }], bound: true };
}

function asOption(option: Option | readonly Term[]): Option {
  return 'terms' in option ? option : { terms: option };
}

function product(...keys: readonly string[]): readonly Term[] {
  return keys.map((key) => (key.startsWith('÷') ? ([key.slice(1), -1] as const) : ([key, 1] as const)));
}

/** Times the users: of a day where the sheet has them, else of what it has. */
function timesUsers(key: string): readonly Option[] {
  return [
    { terms: product(key, 'user:daily') },
    { terms: product(key, 'user'), unless: key.endsWith('!dau') ? ['user:daily'] : [] },
    { terms: product(key, 'user:monthly'), unless: ['user:daily', 'user'] },
    { terms: product(key, 'user:registered'), unless: ['user:daily', 'user', 'user:monthly'] },
  ];
}

function ofFlow(flow: string): readonly Relation[] {
  const rate = `${flow}/t`;
  return [
    equal(`${flow} of all users`, rate, ...timesUsers(`${flow}@user/t`)),
    equal(`${flow} at the peak`, `${rate}^peak`, product(rate, 'factor:peak')),
    {
      id: `${flow}: peak above mean`,
      output: `${rate}^peak`,
      bound: true,
      options: [{ terms: product(rate), spare: HIGHEST_PEAK, unless: ['factor:peak'] }],
    },
  ];
}

function ofRatio(flow: string): readonly Relation[] {
  return ['message', 'delivery']
    .filter((base) => base !== flow)
    .flatMap((base) => [
      equal(`${flow} per ${base}`, `${flow}/t`, product(`${base}/t`, `${flow}@${base}`)),
      equal(`${flow} per ${base} at the peak`, `${flow}/t^peak`, product(`${base}/t^peak`, `${flow}@${base}`)),
    ]);
}

/** So many per gateway, partition, broker, …: the number of them, and what each gets. */
function ofEntity(entity: string): readonly Relation[] {
  const spare = entity === 'partition' ? SPARE_PARTITIONS : SPARE_MACHINES;
  const flows = [...FLOWS, 'connect', 'bytes:traffic', 'bytes:ingress', 'bytes:egress'].flatMap((flow) => [
    equal(`${flow} per ${entity} at the peak`, entity, { terms: product(`${flow}/t^peak`, `÷${flow}@${entity}/t^peak`), spare }),
    equal(`${flow} per ${entity}`, entity, { terms: product(`${flow}/t`, `÷${flow}@${entity}/t`), spare }),
  ]);
  const stocks = STOCKS.filter((stock) => stock !== entity && stock !== 'server' && stock !== 'user').map((stock) =>
    equal(
      `${stock} per ${entity}`,
      entity,
      { terms: product(stock, `÷${stock}@${entity}`), spare },
      ...(stock === 'connection' ? usersOnlineFor(entity, spare) : []),
    ),
  );
  const usersOf = ['user', 'user:concurrent', 'user:daily'].map((user) =>
    equal(`${user} per ${entity}`, entity, { terms: product(user, `÷${user}@${entity}`), spare }),
  );
  const memory = equal(`memory per ${entity}`, entity, { terms: product('bytes:memory', `÷bytes:memory@${entity}`), spare });
  const presence = equal(`presence memory per ${entity}`, entity, {
    terms: product('bytes:presence', `÷bytes:presence@${entity}`),
    spare: 2 * SPARE_MACHINES,
  });
  const capacity = `÷bytes:stored@${entity}`;
  const disk = equal(
    `storage per ${entity}`,
    entity,
    { terms: product('bytes:replicated', capacity), spare },
    { terms: product('bytes:stored', capacity), spare, unless: ['bytes:replicated'] },
    { terms: product('bytes:stored', 'factor:replication', capacity), spare, unless: ['bytes:replicated'] },
    { terms: product('bytes:logical', 'factor:replication', capacity), spare, unless: ['bytes:replicated'] },
    { terms: product('bytes:replicated', capacity, '÷share:headroom'), spare },
    { terms: product('bytes:stored', capacity, '÷share:headroom'), spare, unless: ['bytes:replicated'] },
    { terms: product('bytes:stored', 'factor:replication', capacity, '÷share:headroom'), spare, unless: ['bytes:replicated'] },
  );
  return [...flows, ...stocks, ...usersOf, memory, presence, disk];
}

/** Who has no row of connections has one of users online. */
function usersOnlineFor(entity: string, spare: number): readonly Option[] {
  return [{ terms: product('user:concurrent', `÷connection@${entity}`), spare, unless: ['connection', 'device@user'] }];
}

function users(): readonly Relation[] {
  return [
    equal(
      'users of a day',
      'user:daily',
      product('user:monthly', 'share:daily'),
      product('user:registered', 'share:daily'),
      product('user', 'share:daily'),
    ),
    equal(
      'users online',
      'user:concurrent',
      product('user:daily', 'share:online'),
      { terms: product('user', 'share:online') },
      { terms: product('user:monthly', 'share:online'), unless: ['user:daily', 'user'] },
      { terms: product('user:registered', 'share:online'), unless: ['user:daily', 'user'] },
    ),
    equal('devices', 'device', ...timesUsers('device@user'), product('device@user', 'user:monthly')),
    atMost('users of a day are users of the month', 'user:daily', product('user:monthly')),
    atMost('users of the month are registered', 'user:monthly', product('user:registered')),
    atMost('users of a day are registered', 'user:daily', product('user:registered')),
    atMost('users online are users of the day', 'user:concurrent', product('user:daily')),
    atMost('connections are devices of users', 'connection', product('user:daily'), ANY, MOST_DEVICES),
  ];
}

function connections(): readonly Relation[] {
  const peruser = ['device@user', 'connection@user'];
  const online = (users: string, unless: readonly string[]): readonly Option[] => [
    ...peruser.map((each): Option => ({ terms: product(users, 'share:online', each), unless: ['user:concurrent', ...unless] })),
    { terms: product(users, 'share:online'), unless: ['user:concurrent', ...peruser, ...unless] },
  ];
  return [
    equal(
      'connections',
      'connection',
      ...peruser.map((each): Option => ({ terms: product('user:concurrent', each) })),
      ...online('user:daily', []),
      ...online('user', ['user:daily']),
      ...online('user:monthly', ['user:daily', 'user']),
      ...online('user:registered', ['user:daily', 'user', 'user:monthly']),
      { terms: product('device', 'share:online'), unless: ['user:concurrent'] },
    ),
    {
      id: 'connections of users online',
      output: 'connection',
      bound: true,
      options: [{ terms: product('user:concurrent'), spare: 5, unless: peruser }],
    },
    equal('heartbeats', 'heartbeat/t', product('connection', '÷time:heartbeat'), {
      terms: product('user:concurrent', '÷time:heartbeat'),
      unless: ['connection', 'device@user'],
    }),
    equal('heartbeats per gateway', 'heartbeat@gateway/t', product('connection@gateway', '÷time:heartbeat')),
    equal(
      'connects in a storm',
      'connect/t',
      product('connection', 'share:storm', '÷time:storm'),
      { terms: product('connection', '÷time:storm'), unless: ['share:storm'] },
      { terms: product('connection@gateway', '÷time:storm'), unless: ['share:storm'] },
      { terms: product('connection', '÷time:session') },
    ),
    equal(
      'pushes',
      'push/t',
      product('delivery/t', 'share:offline'),
      product('message/t', 'share:offline'),
      product('message/t', 'delivery@message', 'share:offline'),
    ),
  ];
}

function bytes(): readonly Relation[] {
  const growth = (compress: readonly string[]): readonly string[] => ['message/t', 'bytes:body@message', ...compress];
  const bodies = [growth([]), growth(['÷factor:compression']), growth(['factor:compression'])];
  const logical = bodies.map((keys, at): Option => ({ terms: product(...keys), unless: at === 0 ? [] : [] }));
  const replicated = bodies.map((keys): Option => ({ terms: product(...keys, 'factor:replication') }));
  const totals = (each: string, ...more: readonly string[]): Option => ({ terms: product(`${each}/t`, 'time:retention', ...more) });
  const traffic = (key: string, flow: string, at: '' | '^peak'): Option => ({ terms: product(`${flow}/t${at}`, key), spare: OVERHEAD });
  return [
    equal('storage growth', 'bytes:stored/t', ...logical, ...replicated.map((one): Option => ({ ...one, unless: ['bytes:replicated/t'] }))),
    equal('storage growth before replication', 'bytes:logical/t', ...logical),
    equal(
      'storage growth with replicas',
      'bytes:replicated/t',
      product('bytes:stored/t', 'factor:replication'),
      product('bytes:logical/t', 'factor:replication'),
      ...replicated.map((one): Option => ({ ...one, unless: ['bytes:stored/t', 'bytes:logical/t'] })),
    ),
    equal(
      'storage in all',
      'bytes:stored',
      totals('bytes:stored'),
      totals('bytes:logical'),
      totals('bytes:replicated'),
      {
        ...totals('bytes:stored', 'factor:replication'),
        unless: ['bytes:replicated', 'bytes:replicated/t'],
      },
      { ...totals('bytes:logical', 'factor:replication'), unless: ['bytes:replicated', 'bytes:replicated/t'] },
    ),
    equal('storage before replication', 'bytes:logical', totals('bytes:logical'), totals('bytes:stored')),
    equal(
      'storage with replicas',
      'bytes:replicated',
      product('bytes:stored', 'factor:replication'),
      product('bytes:logical', 'factor:replication'),
      { ...totals('bytes:replicated'), unless: ['bytes:stored', 'bytes:logical'] },
      { ...totals('bytes:stored', 'factor:replication'), unless: ['bytes:stored', 'bytes:logical', 'bytes:replicated/t'] },
      { ...totals('bytes:logical', 'factor:replication'), unless: ['bytes:stored', 'bytes:logical', 'bytes:replicated/t'] },
    ),
    ...(['', '^peak'] as const).flatMap((at) => [
      equal(`ingress${at}`, `bytes:ingress/t${at}`, traffic('bytes:body@message', 'message', at)),
      equal(
        `egress${at}`,
        `bytes:egress/t${at}`,
        traffic('bytes:body@message', 'delivery', at),
        {
          terms: product(`message/t${at}`, 'delivery@message', 'bytes:body@message'),
          spare: OVERHEAD,
          unless: [`delivery/t${at}`],
        },
        { terms: product(`message/t${at}`, 'bytes:body@message'), spare: OVERHEAD, unless: [`delivery/t${at}`, 'delivery@message'] },
      ),
      equal(
        `traffic${at}`,
        `bytes:traffic/t${at}`,
        traffic('bytes:body@message', 'message', at),
        traffic('bytes:body@message', 'delivery', at),
        { terms: product(`message/t${at}`, 'delivery@message', 'bytes:body@message'), spare: OVERHEAD },
      ),
    ]),
    equal('heartbeat traffic', 'bytes:heartbeatTraffic/t', product('heartbeat/t', 'bytes:heartbeat@heartbeat')),
    equal(
      'log of the bus',
      'bytes:bus',
      { terms: product('message/t', 'bytes:body@message', 'time:busRetention'), spare: OVERHEAD },
      { terms: product('message/t', 'bytes:body@message', 'time:busRetention', 'factor:replication'), spare: OVERHEAD },
    ),
    equal('memory of connections', 'bytes:memory', product('connection', 'bytes:memory@connection')),
    {
      id: 'memory of a gateway holds its connections',
      output: 'bytes:ram@gateway',
      options: [{ terms: product('connection@gateway', 'bytes:memory@connection'), spare: ANY }],
      bound: true,
    },
    equal('memory of a gateway', 'bytes:memory@gateway', { terms: product('connection@gateway', 'bytes:memory@connection'), spare: 2 }),
    equal(
      'presence memory',
      'bytes:presence',
      product('key', 'bytes:key@key'),
      { terms: product('connection', 'bytes:key@key'), unless: ['key'] },
      { terms: product('user:concurrent', 'bytes:key@key'), unless: ['key'] },
      { terms: product('user:daily', 'bytes:key@key'), unless: ['key'] },
    ),
    equal('storage per user', 'bytes:stored@user', ...USER_KEYS.map((user): Option => ({ terms: product('bytes:stored', `÷${user}`) }))),
    equal(
      'storage per user and time',
      'bytes:stored@user/t',
      ...USER_KEYS.map((user): Option => ({ terms: product('bytes:stored/t', `÷${user}`) })),
      product('message@user/t', 'bytes:body@message'),
    ),
  ];
}

function money(): readonly Relation[] {
  const machines = ['gateway', 'broker', 'node', 'shard', 'server', 'cell'].map((entity) =>
    equal(`cost of ${entity}s`, `cost:${entity}/t`, product(`cost@${entity}/t`, entity)),
  );
  return [
    ...machines,
    equal('cost per connection', 'cost@connection/t', product('cost/t', '÷connection')),
    equal('cost per user', 'cost@user/t', ...USER_KEYS.map((user): Option => ({ terms: product('cost/t', `÷${user}`) }))),
    equal('cost per message', 'cost@message', product('cost/t', '÷message/t')),
  ];
}
