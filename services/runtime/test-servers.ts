/**
 * The real servers that tests may ask for with `requires('kafka')`. The test verb starts them, once for all files that need
 * any, and names their settings in the environment; the secure ones speak TLS and want a login. Starts nothing itself.
 */
import type { ToolName } from './tools.ts';

export const SERVERS = ['kafka', 'cassandra', 'valkey', 'secure-kafka', 'secure-cassandra', 'secure-redis'] as const;

export type ServerName = (typeof SERVERS)[number];

/** Programs with which a stack is fetched and run. */
export const STACK_TOOLS: readonly ToolName[] = ['java', 'mvn', 'python', 'openssl'];

/** Environment of a test: the settings file of a stack, or why the test verb could not start one. */
export const TEST_STACKS = {
  plain: { file: 'PARLEY_TEST_STACK', missing: 'PARLEY_TEST_STACK_MISSING' },
  secure: { file: 'PARLEY_SECURE_TEST_STACK', missing: 'PARLEY_SECURE_TEST_STACK_MISSING' },
} as const;

export type TestStackKind = keyof typeof TEST_STACKS;

export function isServer(need: string): need is ServerName {
  return (SERVERS as readonly string[]).includes(need);
}

export function stackKindOf(server: ServerName): TestStackKind {
  return server.startsWith('secure-') ? 'secure' : 'plain';
}

export function serverShortfall(server: ServerName, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const kind = stackKindOf(server);
  const { file, missing } = TEST_STACKS[kind];
  if (environment[file] !== undefined) return undefined;
  const how = `parley test brings it up; for a single file: parley up${kind === 'secure' ? ' --secure' : ''} and ${file}=its backends.json`;
  return environment[missing] ?? `no settings of it in ${file} (${how})`;
}

/** The kinds of stack that some of these sources require. */
export function stacksRequired(sources: readonly string[]): TestStackKind[] {
  const kinds = new Set<TestStackKind>();
  for (const server of SERVERS) {
    if (sources.some((source) => new RegExp(`requires\\([^)]*'${server}'`).test(source))) kinds.add(stackKindOf(server));
  }
  return [...kinds];
}
