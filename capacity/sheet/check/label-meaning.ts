/**
 * What a row's label says it is: a noun, per what, at the peak or on average, and in which time. The answer is a key such as
 * `message@user/t` (messages per user and time), `bytes:stored/t`, `connection@gateway`; rows of one key are one quantity in
 * different times. A label that fits nothing gets the reason, never a guess.
 */
import type { Concept } from './concept-words.ts';
import { conceptsIn, type FoundConcept } from './concepts.ts';
import type { Measure } from './figure.ts';
import { type Entity, FLOWS, type Noun, STOCKS } from './vocabulary.ts';

export type Statistic = 'peak' | 'mean' | 'unsaid';

export interface Meaning {
  /** Without the statistic: `message/t`. */
  readonly key: string;
  readonly noun: Noun;
  readonly per?: Entity;
  readonly rate: boolean;
  readonly statistic: Statistic;
  /** Seconds of the time that the label names: 86,400 for "a day". */
  readonly labelSeconds?: number;
  /** "Daily mean", "peak of the day": the time is what was looked at, not what it is counted per. */
  readonly spans: boolean;
  /** More is said than a name: what it means is not sure. */
  readonly sentence: boolean;
  /** "per 1 M connections". */
  readonly perMillion: boolean;
  /** "With replication": of what, only the rows around it say. */
  readonly vague: boolean;
  /** Says that it is a share (may be written as 40 for 40 %). */
  readonly percent: boolean;
  /** Words that may narrow it: "EU", "voice". Of two rows of one key the plainer one is the quantity. */
  readonly narrowed: readonly string[];
}

export interface NoMeaning {
  readonly unmapped: string;
}

const TIMES: Readonly<Partial<Record<Concept, number>>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  hourly: 3_600,
  day: 86_400,
  daily: 86_400,
  week: 604_800,
  month: 2_592_000,
  monthly: 2_592_000,
  year: 31_536_000,
  yearly: 31_536_000,
};
const ENTITIES = new Set<Concept>([
  'user',
  'device',
  'connection',
  'message',
  'delivery',
  'gateway',
  'broker',
  'node',
  'shard',
  'server',
  'partition',
  'core',
  'cell',
  'region',
  'key',
  'conversation',
  'group',
  'session',
  'receipt',
  'heartbeat',
  'request',
]);
/** Words between "per" and what it divides by. */
const BETWEEN = new Set<Concept>([
  'presence',
  'daily',
  'monthly',
  'concurrent',
  'of',
  'registered',
  'bus',
  'redis',
  'replication',
  'count',
  'million',
  'storage',
]);
const QUALIFIERS = new Set<Concept>(['mean', 'peak', 'total', 'concurrent', 'growth', 'registered', 'bus', 'redis', 'storage', 'memory']);
/** Words that make another thing of a message than one message. */
const NARROWING = new Set<Concept>(['headroom', 'media', 'group', 'churn', 'typing', 'presence', 'offline', 'conversation', 'region']);

export function meaningOf(label: string, measure: Measure, hasUnit: boolean): Meaning | NoMeaning {
  const found = conceptsIn(label);
  const parts = split(ambiguousMedia(found.concepts, label));
  if ('unmapped' in parts) return parts;
  const { head, per, seconds, spans } = parts;
  if (found.headUnknown && measure.seconds !== 1) return { unmapped: `it is not known what "${found.unknown[0]}" counts` };
  const has = (...concepts: readonly Concept[]) => concepts.some((one) => head.has(one));
  const named = nounOf(head, per, measure, hasUnit, seconds !== undefined || measure.seconds === -1);
  const noun = named === 'user' ? usersOf(seconds) : named;
  if (noun === undefined) return { unmapped: 'its label names no quantity that the check knows' };
  if (typeof noun === 'object') return noun;
  const entity = entityOf(noun, per, head);
  if (typeof entity === 'object') return entity;
  const rate = isRate(noun, seconds, measure, has('growth') || has('rate'));
  const statistic: Statistic = has('peak') && noun !== 'factor:peak' ? 'peak' : has('mean') || (seconds ?? 0) > 3_600 ? 'mean' : 'unsaid';
  const narrowed = [...found.unknown, ...[...head].filter((one) => NARROWING.has(one) && !noun.includes(one))];
  return {
    key: `${noun}${entity === undefined ? '' : `@${entity}`}${rate ? '/t' : ''}`,
    noun,
    ...(entity === undefined ? {} : { per: entity }),
    rate,
    statistic,
    ...(seconds === undefined ? {} : { labelSeconds: seconds }),
    perMillion: per.has('million'),
    spans,
    sentence: found.isSentence || found.unknown.filter((word) => word.length > 1).length >= 2,
    vague: noun.startsWith('bytes:re') && !has('storage', 'growth', 'byte', 'memoryOrStorage', 'size'),
    percent: /[%％]|percent|prozent|pour ?cent|por ?cien|процент|パーセント|퍼센트|百分/i.test(label),
    narrowed,
  };
}

/** "Media" is the mean in Italian and Spanish and pictures in English. */
function ambiguousMedia(concepts: readonly FoundConcept[], label: string): readonly FoundConcept[] {
  if (!/\b(messages?|storage|share|bytes?|uploads?|files?|size|traffic|per (user|day))\b/i.test(label)) return concepts;
  return concepts.map((one) => (one.word === 'media' && one.concept === 'mean' ? { concept: 'media', word: 'media' } : one));
}

interface Parts {
  readonly head: ReadonlySet<Concept>;
  readonly per: ReadonlySet<Concept>;
  readonly seconds: number | undefined;
  readonly spans: boolean;
}

function usersOf(seconds: number | undefined): Noun {
  if (seconds === TIMES.day) return 'user:daily';
  return seconds === TIMES.month ? 'user:monthly' : 'user';
}

/** Takes what stands below the line ("per user and day", "ユーザーあたり") from what stands above it. */
function split(concepts: readonly FoundConcept[]): Parts | NoMeaning {
  const head = new Set<Concept>();
  const per = new Set<Concept>();
  let seconds: number | undefined;
  const below = new Set<number>();
  for (let at = 0; at < concepts.length; at++) {
    const { concept } = concepts[at]!;
    if (concept === 'perAfter') {
      let before = at - 1;
      while (before >= 0 && (concepts[before]!.concept === 'of' || concepts[before]!.concept === 'count')) before--;
      if (before >= 0) below.add(before);
    }
    if (concept !== 'per') continue;
    let next = at + 1;
    let took = false;
    while (next < concepts.length) {
      const one = concepts[next]!.concept;
      if (ENTITIES.has(one) || TIMES[one] !== undefined || BETWEEN.has(one)) {
        const last = (ENTITIES.has(one) || TIMES[one] !== undefined) && !isUserAdjective(concepts, next);
        below.add(next);
        took ||= last;
        next++;
        if (!last) continue;
        // "Gateway node", "Kafka broker": two words of one entity.
        const isSame = concepts[next] !== undefined && concepts[next]!.word === concepts[next - 1]!.word;
        const isMachine = one === 'gateway' && (concepts[next]?.concept === 'node' || concepts[next]?.concept === 'server');
        if (isSame || isMachine) below.add(next++);
        if (concepts[next]?.concept === 'and' && isBelowable(concepts[next + 1])) next++;
        else break;
      } else break;
    }
    // "В среднем", "à la pointe": no "per" at all.
    if (!took && concepts[at]!.word !== '/' && !QUALIFIERS.has(concepts[at + 1]?.concept ?? 'per'))
      return { unmapped: 'what it is counted per is not known' };
  }
  for (const [at, { concept, word }] of concepts.entries()) {
    if (concept === 'per' || concept === 'perAfter' || concept === 'and') continue;
    const time = TIMES[concept];
    if (below.has(at)) {
      if (time !== undefined && !isUserAdjective(concepts, at)) seconds = time;
      else per.add(concept);
    } else {
      head.add(concept);
      if (word === 'dau') head.add('daily');
      if (word === 'mau') head.add('monthly');
      if (word === 'ccu' || word === 'pcu') head.add('concurrent');
      if (word === 'qps' || word === 'rps' || word === 'tps' || word === 'mps') seconds ??= 1;
    }
  }
  const isPer = seconds !== undefined;
  if (seconds === undefined && !head.has('user')) seconds = adjectiveSeconds(head);
  return { head, per, seconds, spans: !isPer && seconds !== undefined && (head.has('mean') || head.has('peak')) };
}

/** "Per daily user": the word is the user's. */
function isUserAdjective(concepts: readonly FoundConcept[], at: number): boolean {
  const { concept } = concepts[at]!;
  return (concept === 'daily' || concept === 'monthly') && concepts[at + 1]?.concept === 'user';
}

function isBelowable(next: FoundConcept | undefined): boolean {
  return next !== undefined && (ENTITIES.has(next.concept) || TIMES[next.concept] !== undefined);
}

/** "Daily messages", "日消息数": a day that no "per" stands before. A retention "in days" is for its noun to know. */
function adjectiveSeconds(head: ReadonlySet<Concept>): number | undefined {
  if (head.has('retention') || head.has('interval') || head.has('timeToLive') || head.has('window')) return undefined;
  for (const one of ['daily', 'monthly', 'yearly', 'hourly', 'day', 'month', 'year', 'hour', 'second', 'minute'] as const)
    if (head.has(one)) return TIMES[one];
  return undefined;
}

function nounOf(
  head: ReadonlySet<Concept>,
  per: ReadonlySet<Concept>,
  measure: Measure,
  hasUnit: boolean,
  timed: boolean,
): Noun | NoMeaning | undefined {
  const has = (...concepts: readonly Concept[]) => concepts.some((one) => head.has(one));
  if (measure.dollars !== 0 || has('cost')) {
    const of = (['gateway', 'broker', 'node', 'shard', 'server', 'cell'] as const).find((one) => head.has(one));
    return of === undefined || (of === 'gateway' && head.has('server') && !head.has('total')) ? 'cost' : `cost:${of}`;
  }
  const count = measure.bytes === 0 && measure.seconds === 0;
  const data = has('byte', 'size', 'storage', 'memory', 'memoryOrStorage', 'traffic', 'growth');
  if (count) {
    const ratio = ratioOf(per, has, data);
    if (ratio !== undefined) return ratio;
  }
  if (measure.bytes === 0 && (measure.seconds === 1 || has('retention', 'interval', 'timeToLive', 'window'))) {
    if (has('retention')) return has('bus') ? 'time:busRetention' : 'time:retention';
    if (has('heartbeat')) return 'time:heartbeat';
    if (has('timeToLive')) return 'time:ttl';
    if (has('storm', 'window')) return 'time:storm';
    if (has('session') || per.has('session') || ((has('connection') || per.has('connection')) && has('mean'))) return 'time:session';
    return undefined;
  }
  if (measure.bytes === 1 || (data && !hasUnit)) return bytesNoun(head, per, has, timed);
  if (measure.bytes !== 0) return undefined;
  if (data && hasUnit && has('storage', 'memory', 'traffic', 'memoryOrStorage') && !has('message', 'key', 'connection', 'user'))
    return { unmapped: 'its label says bytes, its unit does not' };
  return countedNoun(head, has, timed);
}

type Has = (...concepts: readonly Concept[]) => boolean;

function ratioOf(per: ReadonlySet<Concept>, has: Has, data: boolean): Noun | NoMeaning | undefined {
  if (has('replication', 'physical') && has('storage', 'memoryOrStorage')) return undefined;
  if (has('replication') && !has('factor') && has('partition', 'broker', 'shard', 'server', 'cell'))
    return { unmapped: 'replicas of what is counted, and how many of each is not said' };
  if (has('replication') && !has('byte', 'traffic', 'message', 'write') && !(data && !has('factor'))) return 'factor:replication';
  if (has('compression')) return 'factor:compression';
  if (has('factor') && has('peak')) return 'factor:peak';
  if (has('fanout')) return per.has('message') || has('factor', 'mean') || !has('rate') ? 'delivery:perMessage' : 'delivery';
  if (has('factor') && has('headroom')) return 'factor:headroom';
  const machines = has('gateway', 'server', 'node', 'broker', 'shard', 'partition', 'core', 'cell');
  if (has('share') || (has('headroom') && !machines)) {
    if (has('headroom')) return 'share:headroom';
    if (has('storm')) return 'share:storm';
    if (has('offline')) return 'share:offline';
    if (has('concurrent')) return 'share:online';
    if (has('group')) return 'share:group';
    if (has('user') && (has('daily') || has('monthly'))) return 'share:daily';
    if (has('peak') && has('user')) return 'share:online';
    return { unmapped: 'a share of what is not known' };
  }
  return undefined;
}

function bytesNoun(head: ReadonlySet<Concept>, per: ReadonlySet<Concept>, has: Has, timed: boolean): Noun | NoMeaning | undefined {
  const stored: Noun = has('physical', 'replication') ? 'bytes:replicated' : has('logical') ? 'bytes:logical' : 'bytes:stored';
  if (has('bus') && has('storage', 'memoryOrStorage', 'physical') && !timed) return 'bytes:bus';
  if (has('media') && !has('message')) return { unmapped: 'media is a store of its own, which the check does not know' };
  if (timed && !per.has('message')) {
    if (has('traffic') || has('ingress', 'egress'))
      return has('egress') ? 'bytes:egress' : has('ingress') ? 'bytes:ingress' : 'bytes:traffic';
    if (has('storage', 'growth', 'memoryOrStorage', 'physical', 'logical', 'replication')) return stored;
    if (has('heartbeat')) return 'bytes:heartbeatTraffic';
    if (has('rate') || (has('message') && !has('size'))) return 'bytes:traffic';
    if (!has('size')) return undefined;
  }
  const small = has('size', 'byte') || head.size === 0;
  if (per.has('message') || (has('message') && (small || head.size === 1 || has('storage', 'memoryOrStorage')) && !has('total')))
    return has('uncompressed') ? 'bytes:raw' : 'bytes:body';
  if (per.has('heartbeat') || (has('heartbeat') && small)) return 'bytes:heartbeat';
  if (per.has('key') || (has('key') && !has('memory', 'storage', 'total'))) return 'bytes:key';
  if (has('presence') && has('redis', 'total')) return 'bytes:presence';
  if (per.has('connection') || (has('connection') && small)) return 'bytes:memory';
  if (has('memory') || (has('memoryOrStorage') && (per.has('gateway') || per.has('connection') || per.has('shard'))))
    return has('redis', 'presence', 'key', 'shard') || per.has('shard') ? 'bytes:presence' : 'bytes:memory';
  if (has('storage', 'memoryOrStorage', 'growth', 'physical', 'logical', 'retention', 'replication') || per.has('node')) return stored;
  if (has('traffic')) return { unmapped: 'a bandwidth without a time' };
  return undefined;
}

function countedNoun(head: ReadonlySet<Concept>, has: Has, timed: boolean): Noun | NoMeaning | undefined {
  if (timed || !has('connection', 'device', 'user')) {
    if (timed && has('connection', 'storm')) return 'connect';
    for (const flow of FLOWS) {
      if (!head.has(flow)) continue;
      // "Kafka partitions for messages", "message brokers": the thing it runs on is what is counted.
      if (!timed && has('partition', 'broker', 'node', 'shard', 'server', 'gateway', 'core')) break;
      return flow;
    }
  }
  if (timed && has('rate') && has('peak')) return undefined;
  if (has('bus') && has('node', 'server')) return 'broker';
  if (has('redis') && has('node', 'server')) return 'shard';
  if (has('gateway') && has('connection')) return has('count') ? undefined : { unmapped: 'gateways or connections: its label names both' };
  // "Peak online": people, where nothing else is said.
  if (head.has('concurrent') && [...head].every((one) => one === 'concurrent' || one === 'peak' || one === 'total' || one === 'count'))
    return 'user:concurrent';
  for (const stock of STOCKS) if (head.has(stock as Concept)) return userVariant(stock, has);
  return undefined;
}

function userVariant(stock: (typeof STOCKS)[number], has: Has): Noun {
  if (stock === 'device' && has('concurrent')) return 'connection';
  if (stock !== 'user') return stock;
  if (has('concurrent')) return 'user:concurrent';
  if (has('daily', 'day')) return 'user:daily';
  if (has('monthly', 'month')) return 'user:monthly';
  return has('registered') || has('total') ? 'user:registered' : 'user';
}

/** What it is counted per; undefined for the whole fleet. */
function entityOf(noun: Noun, per: ReadonlySet<Concept>, head: ReadonlySet<Concept>): Entity | NoMeaning | undefined {
  const entities = [...per].filter((one) => ENTITIES.has(one));
  const chosen = entities.find((one) => one === 'server' || one === 'node')
    ? entities.includes('gateway')
      ? 'gateway'
      : per.has('bus')
        ? 'broker'
        : per.has('redis')
          ? 'shard'
          : entities[0]
    : entities[0];
  if (chosen === undefined) {
    // "Gateway instance": one of them.
    if (noun === 'cost' && head.has('gateway')) return 'gateway';
    if (noun === 'bytes:memory' && head.has('gateway')) return 'gateway';
    if (noun === 'bytes:memory' && head.has('connection') && (head.has('size') || head.has('byte'))) return 'connection';
    if (noun === 'bytes:body' || noun === 'bytes:raw') return 'message';
    if (noun === 'bytes:key') return 'key';
    if (noun === 'bytes:heartbeat') return 'heartbeat';
    return noun === 'delivery:perMessage' ? 'message' : undefined;
  }
  if (entities.length > 1 && !entities.includes('user') && new Set(entities).size > 1 && chosen !== 'gateway')
    return { unmapped: 'counted per two things' };
  return chosen as Entity;
}

function isRate(noun: Noun, seconds: number | undefined, measure: Measure, growing: boolean): boolean {
  if (/^(time|share|factor|user|delivery:perMessage)/.test(noun)) return false;
  if (/^bytes:(body|raw|key|memory|heartbeat$)/.test(noun)) return false;
  if (measure.seconds === -1) return true;
  if (noun.startsWith('bytes:traffic') || noun === 'bytes:ingress' || noun === 'bytes:egress') return true;
  const flows: readonly string[] = FLOWS;
  if (flows.includes(noun) || noun === 'connect' || noun.startsWith('cost')) return seconds !== undefined || growing;
  return noun.startsWith('bytes:') && (seconds !== undefined || growing);
}

/** What a heading says that all below it is counted per: "Per gateway", "Kafka, per cell". */
export function scopeOf(heading: string): Entity | undefined {
  const { concepts } = conceptsIn(heading);
  const at = concepts.findIndex(({ concept }) => concept === 'per');
  const next = at < 0 ? undefined : concepts[at + 1]?.concept;
  return next !== undefined && ENTITIES.has(next) && next !== 'message' ? (next as Entity) : undefined;
}

export function isOnlyScope(heading: string): boolean {
  const { concepts, unknown } = conceptsIn(heading);
  return concepts.length === 2 && concepts[0]!.concept === 'per' && unknown.length === 0;
}

/** The time that a text names, in seconds: "Retention (days)", "TB/day". */
export function timeNamed(text: string): number | undefined {
  const letter = /\(\s*(s|h|d)\s*\)/i.exec(text)?.[1]?.toLowerCase();
  if (letter !== undefined) return letter === 's' ? 1 : letter === 'h' ? 3_600 : 86_400;
  for (const { concept } of conceptsIn(text).concepts) {
    const seconds = TIMES[concept];
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}
