/**
 * The real servers that tests may ask for with `requires('kafka')`. The test verb starts them, once for all files that need
 * any, and names their settings in the environment; the secure ones speak TLS and want a login. `redis-server` is the program
 * alone, with TLS, for tests that start and kill their own. Starts nothing itself.
 */
import { locate, type ToolName } from './tools.ts';

export const SERVERS = ['kafka', 'cassandra', 'valkey', 'secure-kafka', 'secure-cassandra', 'secure-redis', 'redis-server'] as const;

export type ServerName = (typeof SERVERS)[number];

/** Programs with which a stack is fetched and run. */
export const STACK_TOOLS: readonly ToolName[] = ['java', 'mvn', 'python', 'openssl'];

/** Environment of a test: the settings file of a stack, or the program, or why the test verb could not bring it. */
export const TEST_STACKS = {
  plain: { file: 'PARLEY_TEST_STACK', missing: 'PARLEY_TEST_STACK_MISSING' },
  secure: { file: 'PARLEY_SECURE_TEST_STACK', missing: 'PARLEY_SECURE_TEST_STACK_MISSING' },
  program: { file: 'PARLEY_REDIS_SERVER', missing: 'PARLEY_REDIS_SERVER_MISSING' },
} as const;

const BY_HAND: Readonly<Record<TestStackKind, string>> = {
  plain: 'parley up and PARLEY_TEST_STACK=its backends.json',
  secure: 'parley up --secure and PARLEY_SECURE_TEST_STACK=its backends.json',
  program: 'apt-get install redis-server',
};

export type TestStackKind = keyof typeof TEST_STACKS;

export function isServer(need: string): need is ServerName {
  return (SERVERS as readonly string[]).includes(need);
}

export function stackKindOf(server: ServerName): TestStackKind {
  if (server === 'redis-server') return 'program';
  return server.startsWith('secure-') ? 'secure' : 'plain';
}

export function serverShortfall(server: ServerName, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const kind = stackKindOf(server);
  const { file, missing } = TEST_STACKS[kind];
  if (environment[file] !== undefined || (kind === 'program' && locate('redis', environment.PATH) !== undefined)) return undefined;
  return environment[missing] ?? `${file} names none; parley test brings it, for a single file ${BY_HAND[kind]}`;
}

/** The kinds of stack that some of these sources require. */
export function stacksRequired(sources: readonly string[]): TestStackKind[] {
  const kinds = new Set<TestStackKind>();
  for (const server of SERVERS) {
    if (sources.some((source) => new RegExp(`requires\\([^)]*'${server}'`).test(source))) kinds.add(stackKindOf(server));
  }
  return [...kinds];
}
