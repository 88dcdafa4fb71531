/**
 * Reads the JUnit report that `bun test` writes: each test with its full name and how it ended. It reads that one
 * writer's XML, not XML in general.
 */
export type TestEnding = 'passed' | 'failed' | 'skipped';

export interface TestResult {
  /** Names of the enclosing groups, innermost first as the report has them, then the test's own, joined by " > ". */
  readonly name: string;
  readonly ending: TestEnding;
}

export function readJunit(xml: string): TestResult[] {
  const results: TestResult[] = [];
  for (const [, attributes, body] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const group = attribute(attributes!, 'classname');
    const name = attribute(attributes!, 'name');
    results.push({ name: group === '' ? name : `${group} > ${name}`, ending: endingOf(body ?? '') });
  }
  return results;
}

function endingOf(body: string): TestEnding {
  if (/<(failure|error)\b/.test(body)) return 'failed';
  return /<skipped\b/.test(body) ? 'skipped' : 'passed';
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
  return value.replace(/&(?:#(\d+)|(\w+));/g, (entity, number, word) =>
    number === undefined ? (ENTITIES[word] ?? entity) : String.fromCodePoint(Number(number)),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
