import { describe, expect, test } from 'bun:test';
import { readJunit } from './junit.ts';
import { closingLine, describeOutcome, skipTable, sumUp } from './outcome.ts';
import type { FileOutcome } from './run-test-file.ts';

const OUTCOME: FileOutcome = { path: 'a.test.ts', passed: 3, failed: 0, skips: [], seconds: 0.25, problem: undefined, output: '' };
const NEEDS_JAVA = { test: 'b', reason: 'needs java: not on the PATH; apt-get install default-jre-headless' };
const SILENT = { test: 'c', reason: undefined };

describe('the closing line', () => {
  test('leaves skips out when there are none', () => {
    expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  });

  test('has them when there are some', () => {
    expect(closingLine({ passed: 12, failed: 1, skipped: 2 })).toBe('12 passed, 1 failed, 2 skipped');
  });
});

describe('a skip', () => {
  const outcomes = [{ ...OUTCOME, skips: [NEEDS_JAVA, NEEDS_JAVA, SILENT] }];

  test('counts as skipped on a person’s machine', () => {
    expect(sumUp(outcomes, false)).toEqual({ passed: 3, failed: 0, skipped: 3 });
  });

  test('without a reason counts as failed in CI', () => {
    expect(sumUp(outcomes, true)).toEqual({ passed: 3, failed: 1, skipped: 2 });
    expect(describeOutcome(outcomes[0]!, true)).toStartWith('FAIL');
  });

  test('stands in the table by file and reason', () => {
    expect(skipTable(outcomes, ['b.slow.test.ts'])).toBe(
      [
        'Skipped:',
        '  a.test.ts         2  needs java: not on the PATH; apt-get install default-jre-headless',
        '  a.test.ts         1  no reason given: see services/runtime/requires.ts',
        '  b.slow.test.ts  all  left out by --quick',
      ].join('\n'),
    );
  });

  test('that did not happen makes no table', () => {
    expect(skipTable([OUTCOME], [])).toBe('');
  });
});

describe('the JUnit report', () => {
  test('is read with its groups, endings and entities', () => {
    const xml = `<testsuite name="x"><testcase name="a &lt;b&gt; &#10;&quot;c&quot;" classname="g &gt; h" time="0" file="x" />
      <testcase name="d" classname="" time="0"><failure type="AssertionError" message="m">text</failure></testcase>
      <testcase name="e" classname=""><skipped /></testcase><testcase name="f" classname=""><skipped message="TODO" /></testcase></testsuite>`;
    expect(readJunit(xml)).toEqual([
      { name: 'g > h > a <b> \n"c"', ending: 'passed' },
      { name: 'd', ending: 'failed' },
      { name: 'e', ending: 'skipped' },
      { name: 'f', ending: 'skipped' },
    ]);
  });
});
