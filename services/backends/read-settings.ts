/** Reads the settings of real systems from their file. What is wrong is said with the path of its field, never its value. */
import { readFileSync } from 'node:fs';
import { BackendError } from '../runtime/backend-error.ts';
import { BACKENDS_SCHEMA, type BackendsSettings } from './settings.ts';

type Check = (value: unknown, path: string) => string | undefined;

const text: Check = (value, path) => (typeof value === 'string' ? undefined : `${path} is no text`);
const flag: Check = (value, path) => (typeof value === 'boolean' ? undefined : `${path} is neither true nor false`);
const whole =
  (least: number, most: number): Check =>
  (value, path) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `${path} is no whole number from ${least} to ${most}`;
const oneOf =
  (...words: readonly unknown[]): Check =>
  (value, path) =>
    words.includes(value) ? undefined : `${path} is none of ${words.join(', ')}`;
const list =
  (check: Check, least: number): Check =>
  (value, path) => {
    if (!Array.isArray(value) || value.length < least) return `${path} is no list of at least ${least}`;
    return first(value.map((one, index) => check(one, `${path}[${index}]`)));
  };
const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path || 'the file'} is no object`;
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(checks, name));
    if (unknown !== undefined) return `${at(unknown)} is not known`;
    return first(Object.entries(checks).map(([name, check]) => check((value as Record<string, unknown>)[name], at(name))));
  };

const server: Check = (value, path) =>
  typeof value === 'string' && /^[^\s/]+:\d{1,5}$/.test(value) ? undefined : `${path} is not host:port`;
const count = whole(1, 100_000);
const secured = {
  tls: optional(fields({ authorityFile: text, serverName: optional(text) })),
  login: optional(fields({ user: text, passwordFile: text })),
};
const positive: Check = (value, path) => (typeof value === 'number' && value > 0 ? undefined : `${path} is no number above 0`);

const SETTINGS = fields({
  schema: oneOf(BACKENDS_SCHEMA),
  cell: whole(0, 4_095),
  rules: optional(list(fields({ fromMs: whole(0, Number.MAX_SAFE_INTEGER), messagesPerSecond: positive, burst: positive }), 1)),
  presence: optional(oneOf('lease', 'key')),
  push: optional(fields({ url: text, authorityFile: optional(text), authorizationFile: optional(text) })),
  kafka: fields({
    brokers: list(server, 1),
    driver: oneOf('platformatic', 'kafkajs'),
    prefix: text,
    replicas: count,
    inSyncReplicas: count,
    partitions: fields({ messages: count, receipts: count, deliveries: count }),
    ...secured,
  }),
  cassandra: fields({ contactPoints: list(server, 1), dataCenter: text, keyspace: text, replicas: count, ...secured }),
  redis: fields({ nodes: list(server, 1), cluster: flag, prefix: text, ...secured }),
});

export function readBackends(path: string): BackendsSettings {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new BackendError('badSettings', `${path}: ${error instanceof SyntaxError ? 'no JSON' : (error as Error).message}`, false);
  }
  const problem = SETTINGS(settings, '');
  if (problem !== undefined) throw new BackendError('badSettings', `${path}: ${problem}`, false);
  return settings as BackendsSettings;
}

function first(problems: ReadonlyArray<string | undefined>): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
