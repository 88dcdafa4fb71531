import { describe, expect, test } from 'bun:test';
import { readSheet } from '../read/read-sheet.ts';
import { checkFigures, type SheetCheck } from './check-figures.ts';
import { membersOf } from './culprit.ts';
import { VARIED_SHEETS } from './varied-sheets.harness.ts';

function checked(text: string, file: string): SheetCheck {
  const read = readSheet(new TextEncoder().encode(text.trim()), file);
  if ('unreadable' in read) throw new Error(read.unreadable);
  return checkFigures(read.figures);
}

function namedIn(check: SheetCheck): readonly string[] {
  return check.findings.flatMap(({ units, diagnosis }) => [
    ...(units === undefined ? [] : [units.figure.label]),
    ...(diagnosis?.clashes.flatMap((clash) => membersOf(clash).map(({ figure }) => figure.label)) ?? []),
  ]);
}

describe.each(Object.entries(VARIED_SHEETS))('%s', (_, { file, text, slip: [from, to, row], missed }) => {
  test('clean: no finding', () => {
    expect(checked(text, file).findings).toEqual([]);
  });

  test('one slip: a finding that names its row, unless it is known to be missed', () => {
    expect(text.split(from).length).toBe(2);
    const named = namedIn(checked(text.replace(from, to), file)).some((label) => label.includes(row));
    expect(named).toBe(missed === undefined);
  });
});
